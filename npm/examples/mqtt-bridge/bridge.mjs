// SPDX-License-Identifier: MIT
// bridge.mjs: the broker's side: what is announced, which messages are commands, what is published.
import { EventEmitter } from 'node:events';

import mqtt from 'mqtt';

import { BridgedDevice } from './bridged-device.mjs';
import { Freshness, Gate } from './gate.mjs';
import { NOT_KNOWN, kinds } from './kinds.mjs';
import { Limited, log } from './log.mjs';
import { Topics } from './topics.mjs';
import { Trouble } from './trouble.mjs';

const BEAT = 1000;
const PACKET_MOST = 65536;
/** Reasons of MQTT 5 and 3.1.1 for which trying again is of no use. */
const FINAL = new Set([1, 2, 4, 5, 0x84, 0x85, 0x86, 0x87, 0x8a]);

/** Emits `failed` with a line when it is of no use to go on. */
export class Bridge extends EventEmitter {
  #config;
  #topics;
  #freshness = new Freshness();
  #gate;
  #drops = new Limited();
  #trouble;
  /** @type {Map<string, BridgedDevice>} */
  #devices = new Map();
  /** What is retained at the broker, by topic. @type {Map<string, string>} */
  #retained = new Map();
  /** @type {import('mqtt').MqttClient | null} */
  #client = null;
  /** @type {NodeJS.Timeout | undefined} */
  #beating;

  /** @param {import('./config.mjs').Config} config */
  constructor(config) {
    super();
    this.#config = config;
    this.#trouble = new Trouble(config.broker);
    this.#topics = new Topics(config);
    this.#gate = new Gate(config, this.#topics, this.#freshness);
  }

  /** Opens the device files, and connects nowhere yet. */
  async open() {
    for (const device of this.#config.devices) {
      this.#devices.set(device.key, await BridgedDevice.open(device, this.#config.state, this.#tellOf(device)));
      for (const [topic, payload] of this.#topics.announcements(device)) this.#retained.set(topic, payload);
    }
  }

  start() {
    const { url, username, password, ca, clientId } = this.#config.broker;
    const client = mqtt.connect(url, {
      username, password, ca, clientId,
      protocolVersion: 5,
      // A broker keeps nothing for a session that ends with its connection.
      clean: true,
      properties: { sessionExpiryInterval: 0, maximumPacketSize: PACKET_MOST },
      keepalive: 10,
      reconnectPeriod: 2000,
      connectTimeout: 10000,
      resubscribe: false,
      queueQoSZero: false,
      will: { topic: this.#topics.bridge, payload: Buffer.from('offline'), retain: true, qos: 1 },
    });
    this.#client = client;
    client.on('connect', (packet) => void this.#connected(packet));
    client.on('message', (topic, payload, packet) => this.#take(topic, payload, packet));
    client.on('close', () => this.#disconnected());
    client.on('error', (error) => this.#failed(error));
    this.#trouble.warn();
    for (const device of this.#devices.values()) device.start();
  }

  /** Lets what is under way come to its end, and says good-bye. */
  async close() {
    await Promise.all([...this.#devices.values()].map((device) => device.close()));
    clearInterval(this.#beating);
    if (this.#client?.connected) {
      await this.#client.publishAsync(this.#topics.bridge, 'offline', { retain: true, qos: 1 }).catch(() => {});
    }
    await this.#client?.endAsync(!this.#client.connected);
  }

  /** @param {import('mqtt').IConnackPacket} connack */
  async #connected({ sessionPresent }) {
    if (sessionPresent) {
      this.#giveUp('the broker kept a session though a clean one was asked for; what it queued can not be told apart');
      return;
    }
    const client = /** @type {import('mqtt').MqttClient} */ (this.#client);
    try {
      // QoS 0: the broker sends each message once and never again. rap: it leaves the retain mark.
      this.#freshness.begin();
      const granted = await client.subscribeAsync([this.#topics.commands, this.#topics.beat], { qos: 0, rap: true, rh: 0 });
      if (granted.some(({ qos }) => qos !== 0)) throw new Error('not allowed');
    } catch (error) {
      if (client.connected) this.#giveUp(`the broker refuses the subscription to ${this.#topics.commands}: ${/** @type {Error} */ (error).message}`);
      return;
    }
    this.#trouble.connected();
    for (const [topic, payload] of this.#retained) this.#send(topic, payload, { retain: true });
    this.#send(this.#topics.bridge, 'online', { retain: true });
    clearInterval(this.#beating);
    this.#beating = setInterval(() => this.#send(this.#topics.beat, this.#freshness.beat(), {}), BEAT);
  }

  #disconnected() {
    clearInterval(this.#beating);
    this.#freshness.end();
    if (this.#client?.disconnecting) return;
    this.#trouble.disconnected();
  }

  /** @param {Error & { code?: unknown }} error */
  #failed(error) {
    if (FINAL.has(/** @type {number} */ (error.code))) {
      this.#giveUp(`the broker refuses the connection: ${error.message}`);
    } else {
      this.#trouble.mention(error.message || String(error.code));
    }
  }

  /** @param {string} why */
  #giveUp(why) {
    this.#client?.end(true);
    this.emit('failed', why);
  }

  /**
   * @param {string} topic
   * @param {Buffer} payload
   * @param {{ retain?: boolean, dup?: boolean, qos?: number }} packet
   */
  #take(topic, payload, packet) {
    if (topic === this.#topics.beat) {
      if (!packet.retain && payload.length < 32) this.#freshness.heard(payload.toString());
      return;
    }
    const { order, target, dropped } = this.#gate.judge(topic, payload, packet);
    const within = this.#config.within - this.#freshness.age;
    const why = order
      ? this.#devices.get(order.device.key)?.command(order.entity, order.action, Math.max(1, within)) ?? null : dropped;
    if (why !== null) this.#drop(topic, target, why);
  }

  /**
   * @param {string} topic
   * @param {{ device: { key: string }, entity: { key: string } } | null} target
   * @param {string} reason
   */
  #drop(topic, target, reason) {
    if (!this.#drops.admits()) return;
    const shown = target ? topic : JSON.stringify(topic.slice(0, 80));
    log(`dropped: ${shown}: ${reason}`);
    if (target) this.#event(target.device.key, { event_type: 'dropped', entity: target.entity.key, reason });
  }

  /**
   * @param {import('./config.mjs').DeviceConfig} device
   * @returns {import('./bridged-device.mjs').Tell}
   */
  #tellOf(device) {
    return {
      outcome: (event) => this.#event(device.key, event),
      availability: (isThere) => this.#retain(this.#topics.availability(device.key), isThere ? 'online' : 'offline'),
      state: (entity, state) => {
        const { states } = kinds[entity.kind];
        if (Object.keys(states).length === 0) return;
        this.#retain(this.#topics.state(device.key, entity.key), states[state] ?? NOT_KNOWN);
      },
    };
  }

  /** @param {string} device @param {Record<string, unknown>} event */
  #event(device, event) {
    // QoS 1: the client keeps it until the broker has it, also over a lost connection.
    this.#client?.publish(this.#topics.outcome(device), JSON.stringify({ ...event, at: new Date().toISOString() }),
      { qos: 1 }, () => {});
  }

  /** @param {string} topic @param {string} payload */
  #retain(topic, payload) {
    if (this.#retained.get(topic) === payload) return;
    this.#retained.set(topic, payload);
    this.#send(topic, payload, { retain: true });
  }

  /** @param {string} topic @param {string} payload @param {{ retain?: boolean }} options */
  #send(topic, payload, options) {
    // What is not sent now is published anew with the next connection.
    if (this.#client?.connected) this.#client.publish(topic, payload, { qos: 0, ...options }, () => {});
  }
}
