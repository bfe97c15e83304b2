// SPDX-License-Identifier: MIT
// rotate.js: replaces the key that a device file names, on the device and in its key file
// (protocol.md, section 4.11).
//
//     KEY.new  made      the new key, before the device has it
//     set-key            in the empty slot, under the old key
//     an exchange        under the new key
//     KEY -> KEY.old     and KEY.new -> KEY
//     drop-key           of the old slot, under the new key
//     KEY.old  removed   once the device takes the old key no more
//
// Wherever this is cut, the key in KEY works, and the same call goes on from what it finds.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { placed } from './address.js';
import { same, wipe } from './bytes.js';
import { Client } from './client.js';
import { Device, clientOf } from './device.js';
import { readDeviceFile } from './device-file.js';
import { CountersignError } from './errors.js';
import { dropKey, rightsFrom, setKey } from './key-change.js';
import { makeKeyFile, syncDirectory } from './key-file.js';
import { readKey, readKeyFile } from './key-reference.js';
import { fingerprint } from './key-text.js';
import { askDevice } from './last.js';

/**
 * One exchange of a rotation.
 * @typedef {object} Step
 * @property {string} command  set-key, last or drop-key
 * @property {import('./errors.js').Outcome} outcome
 * @property {number | null} status
 * @property {string | null} answer
 * @property {Buffer} data
 * @property {number} ms
 * @property {string | null} message  why, where it was not done
 *
 * @typedef {object} RotateOptions
 * @property {number} from  the slot that the key is in
 * @property {number} to  an empty slot
 * @property {number | string} [rights]  of the new key; those that [keys] gives the old one unless given
 * @property {(step: Step) => void} [step]  is told each exchange
 * @property {number} [timeout]
 * @property {boolean | string} [state]
 * @property {AbortSignal} [signal]
 */

/**
 * @param {import('./device-file.js').DeviceFile} file
 * @returns {string} the key file
 */
function keyFileOf(file) {
  const { key } = file;
  if (key?.kind !== 'file') {
    throw new CountersignError('CSIGN_USAGE', `${file.path}: key is no file:PATH, so that no new key can take its place; put the key into a file`);
  }
  return fs.realpathSync(placed(file.directory, key.reveal().slice(5)));
}

/**
 * The rights that [keys] gives the key, or all of them where there is no [keys].
 * @param {string} name
 * @param {Buffer} key
 */
function rightsInFile(name, key) {
  const file = readDeviceFile(name, 'device');
  if (!file.hasKeys) return 0xffffffff;
  for (const { reference, rights, line } of file.keys) {
    let other;
    try {
      other = readKey(reference, file.directory, `${file.path}:${line}`);
    } catch {
      continue; // The key of somebody else, kept elsewhere.
    }
    const isSame = same(other, key);
    wipe(other);
    if (isSame) return rights;
  }
  throw new CountersignError('CSIGN_USAGE', `${name}: [keys] does not have the key, so that its rights are not known; say which the new one gets`);
}

/**
 * @param {Device} device
 * @param {import('./device.js').SendOptions} options
 */
function ask(device, options) {
  const client = clientOf(device);
  return askDevice(client, client.patience(options));
}

class Rotation {
  /**
   * @param {string} name  the device file
   * @param {RotateOptions} options
   */
  constructor(name, options) {
    this.options = options;
    this.name = name;
    this.file = readDeviceFile(name, 'client');
    this.keyFile = keyFileOf(this.file);
    this.newFile = `${this.keyFile}.new`;
    this.oldFile = `${this.keyFile}.old`;
  }

  /**
   * The device under the key of a file.
   * @template T
   * @param {string} keyFile
   * @param {(device: Device) => Promise<T>} use
   */
  async #under(keyFile, use) {
    const { timeout, state } = this.options;
    const device = new Device(new Client(this.file, { timeout, state }, readKeyFile(keyFile)));
    try {
      return await use(device);
    } finally {
      await device.close();
    }
  }

  /**
   * @param {string} command
   * @param {() => Promise<{ status: number | null, data: Buffer }>} exchange
   * @param {(status: number | null) => boolean} isGood
   */
  async #step(command, exchange, isGood) {
    const begun = performance.now();
    const ms = () => Math.round(performance.now() - begun);
    try {
      const { status, data } = await exchange();
      this.options.step?.({ command, outcome: 'done', status, answer: status === 5 ? 'nothing' : 'done', data, ms: ms(), message: null });
      return true;
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      const { outcome, status, answer, data, message } = error;
      this.options.step?.({ command, outcome, status, answer, data, ms: ms(), message });
      if (isGood(status)) return false;
      throw error;
    }
  }

  /** Whether the device takes the key of a file. @param {string} keyFile */
  async #isTaken(keyFile) {
    const { timeout, signal } = this.options;
    try {
      await this.#under(keyFile, (device) => ask(device, { timeout, signal }));
      return true;
    } catch (error) {
      if (error instanceof CountersignError && error.code === 'CSIGN_CLOSED' && error.outcome === 'unknown') return false;
      throw error;
    }
  }

  /** Puts the new key into the device, and then into the key file. */
  async #set() {
    const { to, rights, timeout, signal } = this.options;
    const isResumed = fs.existsSync(this.newFile);
    const old = readKeyFile(this.keyFile);
    const number = rights === undefined ? rightsInFile(this.name, old) : rightsFrom(this.file, rights);
    wipe(old);
    if (!isResumed) this.#makeNew();
    const key = readKeyFile(this.newFile);
    try {
      const isSet = await this.#step('set-key', () => this.#under(this.keyFile, (device) =>
        setKey(device, { slot: to, rights: number, key }, { timeout, signal })), (status) => status === 4 && isResumed);
      if (!isSet && !await this.#isTaken(this.newFile)) {
        throw new CountersignError('CSIGN_STATUS', 'the slot is taken by another key', { outcome: 'failed', command: 'set-key', status: 4, answer: 'failed' });
      }
    } catch (error) {
      // Only where it is proven that no device has the new key.
      const isNowhere = error instanceof CountersignError && ['failed', 'not-sent'].includes(error.outcome);
      if (isNowhere && !isResumed) fs.unlinkSync(this.newFile);
      throw error;
    } finally {
      wipe(key);
    }
    await this.#step('last', () => this.#under(this.newFile, (device) =>
      ask(device, { timeout, signal })), () => false);
    fs.linkSync(this.keyFile, this.oldFile);
    syncDirectory(this.oldFile);
    fs.renameSync(this.newFile, this.keyFile);
    syncDirectory(this.keyFile);
  }

  #makeNew() {
    const fresh = randomBytes(32);
    makeKeyFile(this.newFile, fresh);
    wipe(fresh);
  }

  async run() {
    const { from, timeout, signal } = this.options;
    // A cut between link and rename leaves both, and the key file still the old key.
    if (fs.existsSync(this.newFile) && fs.existsSync(this.oldFile)) fs.unlinkSync(this.oldFile);
    if (!fs.existsSync(this.oldFile)) await this.#set();
    await this.#step('drop-key', () => this.#under(this.keyFile, (device) =>
      dropKey(device, from, { timeout, signal })), (status) => status === 4);
    if (await this.#isTaken(this.oldFile)) {
      throw new CountersignError('CSIGN_STATUS', `the new key is the key; the device still takes the old one, so that it is in another slot than from says; the old one is kept in ${this.oldFile}; the same command again goes on with the rotation`, { outcome: 'failed' });
    }
    fs.unlinkSync(this.oldFile);
    syncDirectory(this.oldFile);
    const key = readKeyFile(this.keyFile);
    const print = fingerprint(key);
    wipe(key);
    return { slot: this.options.to, fingerprint: print };
  }

  /** Which key is in force after a failure. */
  get standing() {
    if (fs.existsSync(this.oldFile)) return `the new key is the key; the old one is kept in ${path.basename(this.oldFile)}`;
    if (fs.existsSync(this.newFile)) return `the old key is the key; the new one is kept in ${path.basename(this.newFile)}`;
    return 'the old key is the key, as before';
  }
}

/**
 * Replaces the key that a device file names.
 * @param {string} name  the device file
 * @param {RotateOptions} options
 * @returns {Promise<{ slot: number, fingerprint: string }>}
 */
export async function rotateKey(name, options) {
  const { from, to } = options;
  if (from === to) {
    throw new CountersignError('CSIGN_USAGE', 'from and to are two slots: the new key goes into an empty one');
  }
  const rotation = new Rotation(name, options);
  try {
    return await rotation.run();
  } catch (error) {
    if (error instanceof CountersignError && error.code !== 'CSIGN_USAGE') {
      Object.defineProperty(error, 'standing', { value: rotation.standing });
    }
    throw error;
  }
}
