// SPDX-License-Identifier: MIT
// config.mjs: reads the bridge's own file.
import fs from 'node:fs';
import path from 'node:path';

import { ConfigError, bytesOf, checkNames, entriesOf, seconds, text, wishOf } from './checks.mjs';
import { kinds } from './kinds.mjs';
import { readSecret } from './secret.mjs';

/**
 * @typedef {import('./checks.mjs').Wish} Wish
 *
 * @typedef {object} Entity
 * @property {string} key
 * @property {string | null} name
 * @property {string} kind
 * @property {string | undefined} deviceClass
 * @property {Record<string, Wish>} actions
 * @property {{ wish: Wish, values: Map<string, string> } | null} state  values: by the data in hex, the state
 *
 * @typedef {object} DeviceConfig
 * @property {string} key
 * @property {string} file
 * @property {string} name
 * @property {number} poll  ms
 * @property {Entity[]} entities
 *
 * @typedef {object} Config
 * @property {{ url: string, username?: string, password?: string, ca?: Buffer, clientId: string }} broker
 * @property {string} prefix
 * @property {string} discovery
 * @property {number} within  ms
 * @property {string | undefined} state  directory of the package's state files
 * @property {DeviceConfig[]} devices
 */

// No wildcard, no $ in front, nothing that a log would show as something else.
const TOPIC = { pattern: /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, what: 'a topic of letters, digits, _ and -' };

/**
 * @param {string} where
 * @param {any} value
 * @param {import('./kinds.mjs').Kind} kind
 */
function stateOf(where, value, kind) {
  if (value === undefined) return null;
  const names = Object.fromEntries(Object.keys(kind.states).map((name) => [name, false]));
  const { command, ...states } = checkNames(where, value, { command: true, ...names });
  /** @type {Map<string, string>} */
  const values = new Map();
  for (const [state, written] of Object.entries(states)) {
    for (const one of [written].flat()) {
      const hex = bytesOf(`${where}.${state}`, text(`${where}.${state}`, one)).toString('hex');
      if (values.has(hex)) throw new ConfigError(`${where}.${state}: ${JSON.stringify(one)} is there twice; let it mean one state`);
      values.set(hex, state);
    }
  }
  if (values.size === 0) throw new ConfigError(`${where}: says of no data what it means; write ${Object.keys(kind.states).join(', ')}`);
  return { wish: wishOf(`${where}.command`, text(`${where}.command`, command)), values };
}

/**
 * @param {string} where
 * @param {string} key
 * @param {any} value
 * @returns {Entity}
 */
function entityOf(where, key, value) {
  const kind = Object.hasOwn(kinds, value?.kind) ? kinds[value.kind] : null;
  if (!kind) throw new ConfigError(`${where}.kind: is none of ${Object.keys(kinds).join(', ')}; write one of them`);
  const wanted = Object.keys(kind.actions);
  const given = checkNames(where, value, {
    kind: true, name: false, device_class: false,
    ...Object.fromEntries(wanted.map((action) => [action, !kind.optional.includes(action)])),
    ...(Object.keys(kind.states).length > 0 ? { state: false } : {}),
  });
  const actions = Object.fromEntries(wanted.filter((action) => given[action] !== undefined)
    .map((action) => [action, wishOf(`${where}.${action}`, text(`${where}.${action}`, given[action]))]));
  const { name = null, device_class: deviceClass } = given;
  return {
    key,
    kind: value.kind,
    name: name === null ? null : text(`${where}.name`, name),
    deviceClass: deviceClass && text(`${where}.device_class`, deviceClass, { pattern: /^[a-z_]{1,32}$/, what: 'a class of Home Assistant' }),
    actions,
    state: stateOf(`${where}.state`, given.state, kind),
  };
}

/**
 * @param {string} key
 * @param {unknown} value
 * @param {string} directory
 * @returns {DeviceConfig}
 */
function deviceOf(key, value, directory) {
  const where = `devices.${key}`;
  const given = checkNames(where, value, { file: true, name: false, poll: false, entities: true });
  return {
    key,
    file: path.resolve(directory, text(`${where}.file`, given.file)),
    name: text(`${where}.name`, given.name ?? key),
    poll: seconds(`${where}.poll`, given.poll ?? 60, 1, 86400),
    entities: entriesOf(`${where}.entities`, given.entities, 'outcome')
      .map(([name, entity]) => entityOf(`${where}.entities.${name}`, name, entity)),
  };
}

/** @param {unknown} written */
function urlOf(written) {
  try {
    return new URL(String(written));
  } catch {
    return null;
  }
}

/**
 * @param {unknown} value
 * @param {string} directory
 * @param {string} prefix
 */
function brokerOf(value, directory, prefix) {
  const given = checkNames('broker', value, { url: true, username: false, password: false, ca: false, client_id: false });
  const url = urlOf(given.url);
  if (!url || !['mqtt:', 'mqtts:'].includes(url.protocol) || url.hostname === '') {
    throw new ConfigError('broker.url: is no address of a broker; write mqtt://HOST:PORT or mqtts://HOST:PORT');
  }
  if (url.username || url.password) {
    throw new ConfigError('broker.url: holds a user name or a password, which logs would show; write username and password');
  }
  const client = { pattern: /^[A-Za-z0-9_-]{1,64}$/, what: '1 to 64 letters, digits, _ and -' };
  const { username, password, ca, client_id: clientId = `countersign-${prefix.replaceAll('/', '-')}` } = given;
  try {
    return {
      url: url.href,
      username: username && readSecret(text('username', username), directory, false),
      password: password && readSecret(text('password', password), directory, true),
      ca: ca && fs.readFileSync(path.resolve(directory, text('ca', ca))),
      clientId: text('client_id', clientId, client),
    };
  } catch (error) {
    throw new ConfigError(`broker: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {unknown} value
 * @param {string} directory
 * @returns {Config}
 */
function configOf(value, directory) {
  const given = checkNames('the file', value, {
    broker: true, prefix: false, discovery: false, within: false, state: false, devices: true,
  });
  const prefix = text('prefix', given.prefix ?? 'countersign', TOPIC);
  const devices = entriesOf('devices', given.devices, 'bridge').map(([key, device]) => deviceOf(key, device, directory));
  for (const [at, { key, file }] of devices.entries()) {
    const other = devices.findIndex((device) => device.file === file);
    if (other < at) throw new ConfigError(`devices.${key}.file: is that of devices.${devices[other].key}; give one device several entities instead`);
  }
  return {
    broker: brokerOf(given.broker, directory, prefix),
    prefix,
    discovery: text('discovery', given.discovery ?? 'homeassistant', TOPIC),
    within: seconds('within', given.within ?? 10, 2, 60),
    state: given.state && path.resolve(directory, text('state', given.state)),
    devices,
  };
}

/**
 * @param {string} name
 * @returns {Config}
 */
export function readConfig(name) {
  try {
    return configOf(parsed(fs.readFileSync(name, 'utf8')), path.dirname(path.resolve(name)));
  } catch (error) {
    throw new ConfigError(`${name}: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string} bytes */
function parsed(bytes) {
  try {
    return JSON.parse(bytes);
  } catch {
    // The parser's own words may repeat a part of the file.
    throw new ConfigError('is no JSON; look for a comma too many or too few');
  }
}
