// SPDX-License-Identifier: MIT
// topics.mjs: where things are published, and what Home Assistant is told about them.
import { kinds } from './kinds.mjs';

/** What an outcome is called. */
export const EVENTS = ['done', 'failed', 'sent', 'not-sent', 'unknown', 'dropped', 'ran', 'not-the-last', 'not-known'];

export class Topics {
  #config;

  /** @param {import('./config.mjs').Config} config */
  constructor(config) {
    this.#config = config;
  }

  get bridge() {
    return `${this.#config.prefix}/bridge/availability`;
  }

  /** What the bridge sends to itself, to learn how old a message can be. */
  get beat() {
    return `${this.#config.prefix}/bridge/beat`;
  }

  /** Every command, those for names that nobody has too: they are told as mistakes. */
  get commands() {
    return `${this.#config.prefix}/+/+/set`;
  }

  /** @param {string} device @param {string} entity */
  command(device, entity) {
    return `${this.#config.prefix}/${device}/${entity}/set`;
  }

  /** @param {string} device @param {string} entity */
  state(device, entity) {
    return `${this.#config.prefix}/${device}/${entity}/state`;
  }

  /** @param {string} device */
  availability(device) {
    return `${this.#config.prefix}/${device}/availability`;
  }

  /** @param {string} device */
  outcome(device) {
    return `${this.#config.prefix}/${device}/outcome`;
  }

  /**
   * @param {import('./config.mjs').DeviceConfig} device
   * @param {string} component
   * @param {string} key
   * @param {Record<string, unknown>} more
   * @returns {[topic: string, payload: string]}
   */
  #discovery(device, component, key, more) {
    const { prefix, discovery } = this.#config;
    const node = `${prefix.replaceAll('/', '-')}_${device.key}`;
    const isPolled = device.entities.some(({ state }) => state !== null);
    const available = [this.bridge, ...(isPolled ? [this.availability(device.key)] : [])];
    return [`${discovery}/${component}/${node}/${key}/config`, JSON.stringify({
      unique_id: `${node}_${key}`,
      availability: available.map((topic) => ({ topic })),
      availability_mode: 'all',
      device: { identifiers: [node], name: device.name, manufacturer: 'Countersign' },
      origin: { name: 'countersign mqtt-bridge' },
      qos: 0,
      ...more,
    })];
  }

  /**
   * The topics and payloads that announce a device.
   * @param {import('./config.mjs').DeviceConfig} device
   */
  announcements(device) {
    const entities = device.entities.map((entity) => {
      const kind = kinds[entity.kind];
      const hasState = Object.keys(kind.states).length > 0;
      return this.#discovery(device, entity.kind, entity.key, {
        name: entity.name,
        command_topic: this.command(device.key, entity.key),
        ...(hasState ? { state_topic: this.state(device.key, entity.key) } : {}),
        ...(entity.deviceClass ? { device_class: entity.deviceClass } : {}),
        // A broker repeats what it retains to whoever comes later.
        retain: false,
        ...kind.discovery(Object.keys(entity.actions)),
      });
    });
    const outcome = this.#discovery(device, 'event', 'outcome',
      { name: 'Outcome', state_topic: this.outcome(device.key), event_types: EVENTS, entity_category: 'diagnostic' });
    return [...entities, outcome];
  }
}
