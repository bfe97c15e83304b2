// SPDX-License-Identifier: MIT
// store.js: the file in which a device keeps its keys (docs/store.md and device-file.md, section 8).
// Each byte is on the disk, and read back, before the next one is written, so that a cut of power or a
// kill at any instant leaves the old or the new state.
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import { constants } from 'node:fs';
import path from 'node:path';

import { wipe } from './bytes.js';
import { counterChallenge } from './challenge-source.js';
import { CountersignError, reasonOf } from './errors.js';
import { lock } from './state-lock.js';
import {
  counterCell, counterValues, emptyRecord, heldRecord, imageState, keyBody, layout, newImage, recordState,
  recordsOf, slotAt,
} from './store-image.js';

const MOST_BYTES = layout(255).length;

/**
 * What the rights in a store belong to: how many rows there were (31 at most), and their codes.
 * @param {{ code: Buffer }[]} commands
 * @param {number} count
 */
export function setupOf(commands, count) {
  const codes = commands.slice(0, count).map(({ code }) => code);
  const digest = createHash('sha256').update(Buffer.from([commands[0].code.length]))
    .update(Buffer.concat(codes)).digest();
  return Buffer.concat([Buffer.from([count]), digest.subarray(0, 7)]);
}

export class Store {
  #name;
  /** @type {import('node:fs/promises').FileHandle} */
  #file;
  /** @type {Buffer} */
  #image;
  #slots;
  #upper = 0;
  #lower = 0;
  /** @type {() => void} */
  #unlock;

  /**
   * @param {string} name
   * @param {import('node:fs/promises').FileHandle} file
   * @param {Buffer} image
   * @param {() => void} unlock
   */
  constructor(name, file, image, unlock) {
    this.#name = name;
    this.#file = file;
    this.#image = image;
    this.#slots = image[6];
    this.#unlock = unlock;
  }

  /**
   * Opens a store, fills an empty one, and starts it.
   * @param {string} name
   * @param {{ id: string, commands: { code: Buffer }[] }} device
   * @param {() => { key: Buffer, rights: number }[]} keys  what an empty one is filled with
   * @returns {Promise<Store>}
   */
  static async open(name, device, keys) {
    let opened = await openLocked(name);
    try {
      if (opened === null || ['erased', 'begun'].includes(imageState(opened.image))) {
        const filled = await fill(name, device, keys());
        await closeOpened(opened);
        opened = filled;
      }
      const store = new Store(name, opened.file, opened.image, opened.unlock);
      store.#checkBelongs(device);
      await store.#start();
      return store;
    } catch (error) {
      await closeOpened(opened);
      throw error instanceof CountersignError ? error : storeError(name, reasonOf(error), error);
    }
  }

  get slots() {
    return this.#slots;
  }

  /** The keys that it holds; the caller wipes them. */
  keys() {
    return recordsOf(this.#image, this.#slots).keys.flatMap((bytes, slot) =>
      (recordState(bytes, 2 + slot) === 'held'
        ? [{ slot, key: Buffer.from(bytes.subarray(2, 34)), rights: bytes.readUInt32BE(34) }] : []));
  }

  /** @param {{ id: string, commands: { code: Buffer }[] }} device */
  #checkBelongs({ id, commands }) {
    const state = imageState(this.#image);
    if (state !== 'ready') {
      throw storeError(this.#name, state === 'damaged' ? 'is damaged; remove it to begin anew'
        : 'is no store; name another file');
    }
    const { identity } = recordsOf(this.#image, this.#slots);
    const setup = identity.subarray(2, 10);
    const stored = identity.subarray(11, 11 + identity[10]);
    if (!stored.equals(Buffer.from(id))) {
      throw storeError(this.#name, 'belongs to a device of another id; write the old one, or remove it to begin anew');
    }
    if (commands.length < setup[0] || !setupOf(commands, setup[0]).equals(setup)) {
      throw storeError(this.#name, 'has rights for other commands; keep the codes that were there and append new ones, or remove it to begin anew');
    }
  }

  /** Makes half-written marks whole, wipes what is empty, and moves the counter on. */
  async #start() {
    const { keys } = recordsOf(this.#image, this.#slots);
    for (const [slot, bytes] of keys.entries()) {
      if (recordState(bytes, 2 + slot) === 'held') await this.#put(slotAt(slot), Buffer.from([0x3c, 0x3c]));
      else await this.#put(slotAt(slot), emptyRecord());
    }
    await this.#put(0, Buffer.from([0x3c, 0x3c]));
    await this.#advance();
  }

  /** The next value of the upper counter, in two slots before it is used. */
  async #advance() {
    const values = counterValues(this.#image, this.#slots);
    const greatest = Math.max(...values.map((value) => value ?? -1));
    if (greatest < 0 || greatest >= 0xfffffffe) throw storeError(this.#name, 'has a counter that is at its end');
    const { counter } = layout(this.#slots);
    const order = values.map((value, at) => ({ value: value ?? -1, at })).sort((a, b) => a.value - b.value);
    let good = 0;
    /** @type {unknown} */
    let failure;
    for (const { at } of order) {
      if (good === 2) break;
      try {
        await this.#put(counter + 8 * at, counterCell(greatest + 1));
        good++;
      } catch (error) {
        failure = error; // a slot that does not read back is passed over
      }
    }
    if (good < 2) throw storeError(this.#name, `does not take a new value of its counter: ${reasonOf(failure)}`, failure);
    this.#upper = greatest + 1;
    this.#lower = 0;
  }

  /**
   * A challenge that never comes twice.
   * @param {import('./settings.js').Settings} settings
   */
  async challenge(settings) {
    if (this.#lower === 0xffffffff) await this.#advance();
    const { secret } = recordsOf(this.#image, this.#slots);
    const entropy = randomBytes(32);
    return counterChallenge(settings.hash, secret.subarray(2, 34), this.#upper, this.#lower++,
      settings.challenge, entropy);
  }

  /**
   * @param {number} slot
   * @param {number} rights
   * @param {Uint8Array} key
   */
  async set(slot, rights, key) {
    await this.#checkUntouched();
    const record = heldRecord(2 + slot, keyBody(key, rights));
    await this.#put(slotAt(slot) + 2, record.subarray(2));
    await this.#put(slotAt(slot), record.subarray(0, 2));
    wipe(record);
  }

  /** @param {number} slot */
  async drop(slot) {
    await this.#checkUntouched();
    await this.#put(slotAt(slot), emptyRecord());
  }

  /** Nobody else changed, replaced or removed the file. */
  async #checkUntouched() {
    const [here, there] = await Promise.all([this.#file.stat(), fs.stat(this.#name)]);
    const bytes = Buffer.alloc(this.#image.length);
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, 0);
    const isSame = here.ino === there.ino && here.dev === there.dev && here.size === this.#image.length
      && bytesRead === bytes.length && bytes.equals(this.#image);
    wipe(bytes);
    if (!isSame) throw storeError(this.#name, 'was changed by somebody else');
  }

  /**
   * Writes upwards, byte by byte, each read back before the next.
   * @param {number} at
   * @param {Uint8Array} bytes
   */
  async #put(at, bytes) {
    const cell = Buffer.alloc(1);
    for (let i = 0; i < bytes.length; i++) {
      if (this.#image[at + i] === bytes[i]) continue;
      cell[0] = bytes[i];
      await this.#file.write(cell, 0, 1, at + i);
      await this.#file.read(cell, 0, 1, at + i);
      this.#image[at + i] = cell[0];
      if (cell[0] !== bytes[i]) throw storeError(this.#name, 'does not hold what was written');
    }
  }

  async close() {
    wipe(this.#image);
    this.#unlock();
    await this.#file.close();
  }
}

/**
 * @param {string} name
 * @param {string} what
 * @param {unknown} [cause]
 */
function storeError(name, what, cause) {
  return new CountersignError('CSIGN_STORE', `store ${name}: ${what}`, { cause });
}

/** @typedef {{ file: import('node:fs/promises').FileHandle, image: Buffer, unlock: () => void }} Opened */

/** @param {Opened | null} opened */
async function closeOpened(opened) {
  if (!opened) return;
  wipe(opened.image);
  opened.unlock();
  await opened.file.close().catch(() => {});
}

/**
 * @param {string} name
 * @returns {Promise<Opened | null>} null: there is no such file
 */
async function openLocked(name) {
  let file;
  try {
    file = await fs.open(name, constants.O_RDWR | (constants.O_DSYNC ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw storeError(name, `${reasonOf(error)}; make it readable and writable`, error);
  }
  try {
    await checkPrivate(file, name);
    const unlock = await lock(file, name, { ms: 0 }, `another serve uses the store ${name}; stop it`);
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw storeError(name, 'is no store; name another file');
    const image = Buffer.alloc(size);
    await file.read(image, 0, size, 0);
    return { file, image, unlock };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {string} name
 */
async function checkPrivate(file, name) {
  const stats = await file.stat();
  if (!stats.isFile()) throw storeError(name, 'is not a regular file; name another');
  if (process.platform === 'win32') return;
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.()) throw storeError(name, 'belongs to another user');
  if ((stats.mode & 0o077) !== 0) throw storeError(name, `others have access to it; chmod 600 ${name}`);
}

/**
 * Makes a whole store beside it and gives it the name: a cut leaves nothing, or all of it.
 * @param {string} name
 * @param {{ id: string, commands: { code: Buffer }[] }} device
 * @param {{ key: Buffer, rights: number }[]} keys
 * @returns {Promise<Opened>}
 */
async function fill(name, { id, commands }, keys) {
  const slots = Math.min(250, Math.max(16, keys.length + 4));
  const secret = randomBytes(32);
  const setup = setupOf(commands, Math.min(31, commands.length));
  const image = newImage(slots, { secret, setup, id: Buffer.from(id), keys });
  wipe(secret, ...keys.map(({ key }) => key));
  const draft = `${name}.${randomBytes(6).toString('hex')}`;
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_DSYNC ?? 0);
  const file = await fs.open(draft, flags, 0o600);
  try {
    await file.write(image, 0, image.length, 0);
    await file.sync();
    const unlock = await lock(file, draft, { ms: 0 }, `the store ${name} is in use`);
    await fs.rename(draft, name);
    const directory = await fs.open(path.dirname(name), 'r').catch(() => null);
    await directory?.sync().catch(() => {}).finally(() => directory.close());
    return { file, image, unlock };
  } catch (error) {
    await file.close();
    await fs.unlink(draft).catch(() => {});
    throw error;
  }
}
