// SPDX-License-Identifier: MIT
// key-change.js: sets and drops a device's keys over the network (protocol.md, sections 4.8 to 4.11).
import { wipe } from './bytes.js';
import { clientOf } from './device.js';
import { rightsOf } from './device-file-tables.js';
import { CountersignError } from './errors.js';
import { DROP_KEY, SET_KEY, setKeyArguments } from './sealed.js';
import { Session } from './session.js';

/** @typedef {import('./device.js').Device} Device */

/**
 * Rights as a number, from a number or from names with commas between them.
 * @param {import('./device-file.js').DeviceFile} file
 * @param {number | string} rights
 * @returns {number}
 */
export function rightsFrom(file, rights) {
  if (typeof rights === 'number') return rights >>> 0;
  try {
    return rightsOf(rights, file.commands, 0);
  } catch {
    throw new CountersignError('CSIGN_USAGE', `the rights hold a word that is no command of ${file.path}; write its commands with commas between them, all or admin`);
  }
}

/** @param {import('./client.js').Client} client */
function checkSealed(client) {
  if (client.file.profile !== 'sealed') {
    throw new CountersignError('CSIGN_USAGE', 'a classic device\'s keys are changed by provisioning, over a cable');
  }
}

/**
 * @param {import('./client.js').Client} client
 * @param {import('./send.js').Order} order
 * @param {import('./device.js').SendOptions} options
 */
async function change(client, order, options) {
  const session = new Session(client);
  try {
    return await session.run(order, options);
  } finally {
    wipe(order.args);
    await session.close();
  }
}

/**
 * Puts a key into an empty slot of the device, under an administrator's key.
 * @param {Device} device
 * @param {{ slot: number, rights: number | string, key: Uint8Array }} what
 * @param {import('./device.js').SendOptions} [options]
 * @returns {Promise<import('./device.js').Result>}
 */
export async function setKey(device, { slot, rights, key }, options = {}) {
  const client = clientOf(device);
  checkSealed(client);
  if (client.file.payload < 38) {
    throw new CountersignError('CSIGN_USAGE', 'payload in the device file is under 38, too few for a new key');
  }
  if (key.length < 16 || key.length > 32) {
    throw new CountersignError('CSIGN_KEY', 'a key that a device stores has 16 to 32 bytes; make one with countersign keygen');
  }
  const args = setKeyArguments(slot, rightsFrom(client.file, rights), key);
  return change(client, { name: 'set-key', code: Buffer.from([SET_KEY]), args }, options);
}

/**
 * Empties a slot of the device, under an administrator's key.
 * @param {Device} device
 * @param {number} slot
 * @param {import('./device.js').SendOptions} [options]
 * @returns {Promise<import('./device.js').Result>}
 */
export async function dropKey(device, slot, options = {}) {
  const client = clientOf(device);
  checkSealed(client);
  return change(client, { name: 'drop-key', code: Buffer.from([DROP_KEY]), args: Buffer.from([slot]) }, options);
}
