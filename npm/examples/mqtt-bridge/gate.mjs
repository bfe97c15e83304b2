// SPDX-License-Identifier: MIT
// gate.mjs: which message is a command to run now. Whatever is not certain to be one is dropped.
import { randomBytes } from 'node:crypto';

import { kinds } from './kinds.mjs';

const LONGEST = 16;
/** The same again so soon is a sender's second try, not a second wish. */
const REPEATED = 1000;
const BEATS_KEPT = 64;

/**
 * Two clocks: one goes on while the machine sleeps, the other can't be set.
 * @typedef {{ wall: number, steady: number }} Moment
 * @returns {Moment}
 */
export function now() {
  return { wall: Date.now(), steady: performance.now() };
}

/** In ms. @param {Moment} moment */
export function since({ wall, steady }) {
  const present = now();
  return Math.max(present.wall - wall, present.steady - steady);
}

/**
 * How old a message from the broker can be, at most. The bridge sends beats to itself; the broker
 * keeps the order in which it hands things to one client, so what comes behind a beat came to the
 * broker after that beat was sent.
 */
export class Freshness {
  /** @type {Moment | null} */
  #since = null;
  /** @type {Map<string, Moment>} */
  #beats = new Map();

  /** A subscription begins: nothing sent before it comes, but what is marked as retained. */
  begin() {
    this.#beats.clear();
    this.#since = now();
  }

  end() {
    this.#since = null;
  }

  /** A beat to send. */
  beat() {
    const name = randomBytes(9).toString('base64url');
    this.#beats.set(name, now());
    const [oldest] = this.#beats.keys();
    if (this.#beats.size > BEATS_KEPT) this.#beats.delete(oldest);
    return name;
  }

  /** @param {string} name  of a beat that came back */
  heard(name) {
    const sent = this.#beats.get(name);
    if (!sent) return;
    this.#beats.delete(name);
    this.#since = sent;
  }

  /** In ms, at most so old. */
  get age() {
    return this.#since ? since(this.#since) : Infinity;
  }
}

/**
 * @typedef {object} Order
 * @property {import('./config.mjs').DeviceConfig} device
 * @property {import('./config.mjs').Entity} entity
 * @property {string} action
 */

export class Gate {
  #within;
  #freshness;
  /** @type {Map<string, { device: Order['device'], entity: Order['entity'] }>} */
  #targets = new Map();
  /** @type {Map<string, Moment>} */
  #latest = new Map();

  /**
   * @param {import('./config.mjs').Config} config
   * @param {import('./topics.mjs').Topics} topics
   * @param {Freshness} freshness
   */
  constructor(config, topics, freshness) {
    this.#within = config.within;
    this.#freshness = freshness;
    for (const device of config.devices) {
      for (const entity of device.entities) this.#targets.set(topics.command(device.key, entity.key), { device, entity });
    }
  }

  /**
   * Why a message is dropped, whatever it asks for.
   * @param {{ retain?: boolean, dup?: boolean, qos?: number }} packet
   * @param {Buffer} payload
   */
  #refusal({ retain, dup, qos }, payload) {
    if (retain) return 'retained; publish commands without retain';
    if (dup) return 'marked as a duplicate; it may have come before';
    if (qos) return `came with QoS ${qos}, though QoS 0 was asked for`;
    if (payload.length > LONGEST) return `${payload.length} bytes long; a command has ${LONGEST} at most`;
    const { age } = this.#freshness;
    if (age > this.#within) {
      return age === Infinity ? 'the connection is not ready' : `may be ${(age / 1000).toFixed(1)} s old; it was queued on its way`;
    }
    return null;
  }

  /**
   * @param {string} topic
   * @param {Buffer} payload
   * @param {{ retain?: boolean, dup?: boolean, qos?: number }} packet
   * @returns {{ order: Order | null, target: { device: Order['device'], entity: Order['entity'] } | null, dropped: string | null }}
   */
  judge(topic, payload, packet) {
    const target = this.#targets.get(topic) ?? null;
    if (!target) return { order: null, target, dropped: 'no entity has this topic' };
    const dropped = this.#refusal(packet, payload);
    if (dropped) return { order: null, target, dropped };
    const { actions } = kinds[target.entity.kind];
    const known = Object.keys(target.entity.actions);
    const action = known.find((name) => payload.equals(Buffer.from(actions[name])));
    if (!action) return { order: null, target, dropped: `is none of ${known.map((name) => actions[name]).join(', ')}` };
    const before = this.#latest.get(`${topic} ${action}`);
    if (before && since(before) < REPEATED) return { order: null, target, dropped: 'the same as less than a second ago' };
    this.#latest.set(`${topic} ${action}`, now());
    return { order: { ...target, action }, target, dropped: null };
  }
}
