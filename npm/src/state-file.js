// SPDX-License-Identifier: MIT
// state-file.js: what a client remembers of a device under a key (docs/state-file.md). The C program
// reads and writes the same files.
import { createHmac, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import { constants, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { RING_MAX, RING_START, lookUp } from './challenge-ring.js';
import { CountersignError, reasonOf } from './errors.js';
import { lock } from './state-lock.js';
import { RECORD_LENGTH, firstRecord, readRecord, writeRecord } from './state-record.js';

const MAGIC = Buffer.alloc(32);
MAGIC.write('countersign state 1\n', 'latin1');
const SLOTS = [1024, 512];
const AWAY = 'move it away (what it remembers is then forgotten)';
const CURE = 'make that possible, name another place in XDG_STATE_HOME';

/** Where state files lie unless told. */
export function stateDirectory() {
  const { XDG_STATE_HOME: base, HOME: home } = process.env;
  if (base && path.isAbsolute(base)) return path.join(base, 'countersign');
  return path.join(home || os.homedir(), '.local', 'state', 'countersign');
}

/**
 * @param {Uint8Array} key  the client's, as it is
 * @param {string | Uint8Array} id
 */
export function stateName(key, id) {
  return createHmac('sha256', key).update('countersign/1 state').update(id).digest('hex').slice(0, 16);
}

/** Which start of the machine this is; zeros where the system does not tell. */
function bootId() {
  try {
    const text = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
    return Buffer.from(text.replaceAll(/[^0-9a-f]/g, '').slice(0, 32).padEnd(32, '0'), 'hex');
  } catch {
    return Buffer.alloc(16);
  }
}

function clocks() {
  const bootTime = BigInt(Math.round(os.uptime() * 1000));
  return { bootId: bootId(), bootTime, time: BigInt(Date.now()) };
}

/** @param {string} directory */
async function syncDirectory(directory) {
  if (process.platform === 'win32') return;
  const handle = await fs.open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}

/**
 * Makes a directory and those above it. Node's own way to do it never ends in /proc.
 * @param {string} directory
 */
async function makeDirectories(directory) {
  try {
    await fs.mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EEXIST') return;
    const above = path.dirname(directory);
    if (code !== 'ENOENT' || above === directory || await exists(above)) throw error;
    await makeDirectories(above);
    await fs.mkdir(directory, { mode: 0o700 });
  }
  await syncDirectory(path.dirname(directory));
}

/** @param {string} name */
function exists(name) {
  return fs.access(name).then(() => true, () => false);
}

/**
 * Makes the file whole before it has its name, so that no other process sees a part of it.
 * @param {string} name
 */
async function create(name) {
  const directory = path.dirname(name);
  await makeDirectories(directory);
  const draft = path.join(directory, `.${path.basename(name)}.${randomBytes(6).toString('hex')}`);
  const bytes = Buffer.alloc(RING_START);
  bytes.set(MAGIC);
  bytes.set(firstRecord(), SLOTS[1]);
  const handle = await fs.open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await fs.link(draft, name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  } finally {
    await fs.unlink(draft);
  }
  await syncDirectory(directory);
}

/** @param {string} name */
async function openFile(name) {
  const flags = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  try {
    return await fs.open(name, flags);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
  await create(name);
  return fs.open(name, flags);
}

/**
 * @param {string} name
 * @param {string} what
 * @param {unknown} [cause]
 */
function stateError(name, what, cause) {
  return new CountersignError('CSIGN_STATE', `the state file ${name} ${what}`, { cause });
}

/** One state file, locked while it is open. */
export class StateFile {
  /** @type {import('node:fs/promises').FileHandle} */
  #file;
  #name;
  /** @type {() => void} */
  #unlock;
  /** @type {import('./state-record.js').StateRecord} */
  #record;
  /** What was known before the request under way. @type {import('./state-record.js').StateRecord} */
  #before;

  /**
   * @param {import('node:fs/promises').FileHandle} file
   * @param {string} name
   * @param {() => void} unlock
   * @param {import('./state-record.js').StateRecord} record
   */
  constructor(file, name, unlock, record) {
    this.#file = file;
    this.#name = name;
    this.#unlock = unlock;
    this.#record = record;
    this.#before = record;
  }

  /**
   * @param {string} directory
   * @param {string} name  from stateName()
   * @param {import('./link.js').Patience} patience
   */
  static async open(directory, name, patience) {
    const whole = path.join(directory, name);
    let file;
    try {
      file = await openFile(whole);
    } catch (error) {
      throw stateError(whole, `cannot be written: ${reasonOf(error)}; ${CURE}, or send with --no-state`, error);
    }
    try {
      const unlock = await lock(file, whole, patience, `the state file ${whole} is held by another send; try again`);
      return new StateFile(file, whole, unlock, await StateFile.#read(file, whole));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * @param {import('node:fs/promises').FileHandle} file
   * @param {string} name
   */
  static async #read(file, name) {
    const bytes = Buffer.alloc(SLOTS[0] + RECORD_LENGTH);
    const stats = await file.stat();
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const records = SLOTS.map((at) => readRecord(bytes.subarray(at, at + RECORD_LENGTH)))
      .filter((record) => record !== null);
    if (!stats.isFile() || (bytesRead >= MAGIC.length && !bytes.subarray(0, MAGIC.length).equals(MAGIC))) {
      throw stateError(name, `is of another program or version; ${AWAY}, or send with --no-state`);
    }
    if (bytesRead < bytes.length || records.length === 0) {
      throw stateError(name, `is damaged; ${AWAY}, or send with --no-state`);
    }
    const all = /** @type {import('./state-record.js').StateRecord[]} */ (records);
    return all.reduce((newest, record) => (record.generation > newest.generation ? record : newest));
  }

  get name() {
    return this.#name;
  }

  get record() {
    return this.#record;
  }

  /** @param {Partial<import('./state-record.js').StateRecord>} change */
  async #write(change) {
    const record = { ...this.#record, ...change, generation: this.#record.generation + 1n };
    const at = SLOTS[Number(record.generation & 1n)];
    try {
      await this.#file.write(writeRecord(record), 0, RECORD_LENGTH, at);
      await this.#file.datasync();
    } catch (error) {
      throw stateError(this.#name, `cannot be written: ${reasonOf(error)}; ${CURE}, or send with --no-state`, error);
    }
    this.#record = record;
  }

  /**
   * Notes a request before its first byte leaves.
   * @param {string} name  the command's
   * @param {Uint8Array} tag
   * @param {boolean} isFurther
   * @param {number} deadline  the device's, ms
   */
  async note(name, tag, isFurther, deadline) {
    this.#before = this.#record;
    await this.#write({
      ...clocks(),
      doubt: isFurther ? 'further' : 'first',
      window: deadline + (isFurther ? 30000 : 0),
      tag: Buffer.from(tag.subarray(0, 8)),
      name,
    });
  }

  /**
   * The last request's outcome is known.
   * @param {boolean} isExecuted
   */
  async settle(isExecuted) {
    const { tag, name } = this.#record;
    // A request that did not count leaves what was known before it, a doubt too.
    const known = isExecuted
      ? { doubt: /** @type {const} */ ('none'), isProven: true, provenTag: tag, provenName: name } : this.#before;
    await this.#write(known);
  }

  /**
   * How long the request in doubt may still run, in ms; a clock that drifts is allowed for. After
   * another start of the machine none of it counts as passed: the time of day may have been set.
   * @returns {number}
   */
  get leftMs() {
    const { window, bootTime, bootId: noted } = this.#record;
    const now = clocks();
    const isSameStart = noted.equals(now.bootId) && noted.some((byte) => byte !== 0);
    const passed = isSameStart ? Number(now.bootTime - bootTime) : 0;
    return Math.max(0, Math.ceil(window * 1.01) - Math.max(0, passed));
  }

  /**
   * Notes a classic challenge.
   * @param {Uint8Array} challenge
   * @returns {Promise<boolean>} whether it was given before
   */
  async remember(challenge) {
    const { size } = await this.#file.stat();
    const length = Math.min(Math.max(0, size - RING_START), RING_MAX * 16);
    const ring = Buffer.alloc(length);
    const { bytesRead } = await this.#file.read(ring, 0, length, RING_START);
    const { isKnown, offset, entry } = lookUp(ring.subarray(0, bytesRead), challenge);
    if (isKnown) return true;
    try {
      await this.#file.write(entry, 0, entry.length, RING_START + offset);
      await this.#file.datasync();
    } catch (error) {
      throw stateError(this.#name, `cannot be written: ${reasonOf(error)}; ${CURE}, or send with --no-state`, error);
    }
    return false;
  }

  async close() {
    this.#unlock();
    await this.#file.close();
  }
}
