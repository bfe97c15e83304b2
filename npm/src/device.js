// SPDX-License-Identifier: MIT
// device.js: the client's side of a device.
import { setTimeout as delay } from 'node:timers/promises';

import { wipe } from './bytes.js';
import { ClientMachine } from './client-machine.js';
import { Connection } from './connection.js';
import { Conversation } from './conversation.js';
import { fileSettings, readDeviceFile } from './device-file.js';
import { CountersignError } from './errors.js';
import { readKey } from './key-reference.js';
import { askLast } from './last.js';
import { Queue } from './queue.js';
import { StateFile, stateDirectory, stateName } from './state-file.js';
import { StateMemory } from './state-memory.js';
import { openAddress } from './transport.js';

/**
 * @typedef {import('node:stream').Duplex} Duplex
 *
 * @typedef {object} OpenOptions
 * @property {number} [timeout]  ms; the longest wait for each of: the state file, a connection, the
 *   challenge, a reply. 10000 unless given
 * @property {boolean | string} [state]  a directory for state files, true for the usual one (the
 *   default), or false: then last() knows this process's commands only, and a repeated classic
 *   challenge is not noticed
 * @property {Duplex | ((patience: { signal?: AbortSignal }) => Duplex | Promise<Duplex>)} [stream]
 *   instead of the file's address: a stream that stays open and has no connections, like a serial
 *   line; or a function that opens one for each connection
 * @property {boolean} [line]  whether `stream` is a link without connections; true for a stream,
 *   false for a function, unless given
 *
 * @typedef {object} SendOptions
 * @property {number} [timeout]
 * @property {AbortSignal} [signal]
 *
 * @typedef {object} Result
 * @property {string} command
 * @property {'done' | 'sent'} outcome
 * @property {number | null} status  sealed: 0
 * @property {string | null} answer  classic: the answer's name; sealed: the status' name
 * @property {Buffer} data
 * @property {number} ms  how long it took
 *
 * @typedef {object} LastResult
 * @property {'ran' | 'not-the-last' | 'not-known'} last
 * @property {string} command  the command that was asked about
 */

export class Device {
  /** @type {import('./device-file.js').DeviceFile} */
  #file;
  /** @type {Buffer} */
  #key;
  #options;
  #queue = new Queue();
  #isClosed = false;
  /** @type {Set<Connection>} */
  #connections = new Set();
  /** Instead of a state file. */
  #memory = new StateMemory();

  /**
   * @param {import('./device-file.js').DeviceFile} file
   * @param {Buffer} key
   * @param {OpenOptions} options
   */
  constructor(file, key, options) {
    this.#file = file;
    this.#key = key;
    this.#options = options;
  }

  /**
   * Reads a device file and its key. Connects nowhere yet.
   * @param {string} name
   * @param {OpenOptions} [options]
   */
  static async open(name, options = {}) {
    const file = readDeviceFile(name, 'client');
    return Device.of(file, options);
  }

  /**
   * @param {import('./device-file.js').DeviceFile} file
   * @param {OpenOptions} options
   * @param {Buffer} [otherKey]  instead of the file's; the device owns it from now on
   */
  static of(file, options = {}, otherKey) {
    const reference = /** @type {import('./key-reference.js').KeyReference} */ (file.key);
    const key = otherKey ?? readKey(reference, file.directory, `${file.path}:${file.keyLine}`);
    if (file.profile === 'sealed' && key.length < 16) {
      wipe(key);
      throw new CountersignError('CSIGN_KEY', `${file.path}:${file.keyLine}: the key has fewer than 16 bytes, the least that sealed takes; make one with countersign keygen`);
    }
    return new Device(file, key, options);
  }

  /** The names of its commands. */
  get commands() {
    return this.#file.commands.map(({ name }) => name);
  }

  get id() {
    return this.#file.id;
  }

  get file() {
    return this.#file;
  }

  /**
   * Runs one command on a connection of its own.
   * @param {string} command
   * @param {string | Uint8Array | SendOptions} [args]  sealed only; text is sent as UTF-8
   * @param {SendOptions} [options]
   * @returns {Promise<Result>} what was done, or sent to a device that does not answer; all else
   *   rejects with a CountersignError
   */
  async send(command, args, options) {
    const connection = new Connection(this);
    try {
      return await connection.send(command, args, options);
    } finally {
      await connection.close();
    }
  }

  /**
   * A connection for chained commands. It connects with its first command, and again when the
   * device has closed.
   * @returns {Connection}
   */
  connect() {
    const connection = new Connection(this);
    this.#connections.add(connection);
    return connection;
  }

  /**
   * Settles an unknown outcome: waits until that request can no longer run and asks the device
   * which one it ran last under this key.
   * @param {SendOptions} [options]
   * @returns {Promise<LastResult>}
   */
  async last(options = {}) {
    const { last, command } = await this.inTurn(options.signal, () => askLast(this, options));
    return { last, command };
  }

  /** Closes its connections and wipes the key. */
  async close() {
    this.#isClosed = true;
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    this.#connections.clear();
    wipe(this.#key);
  }

  /**
   * @internal
   * @template T
   * @param {AbortSignal | undefined} signal
   * @param {() => Promise<T>} task
   */
  inTurn(signal, task) {
    return this.#queue.run(signal, task);
  }

  /**
   * @internal
   * @param {Connection} connection
   */
  forget(connection) {
    this.#connections.delete(connection);
  }

  /**
   * @internal
   * @param {SendOptions} options
   * @returns {import('./link.js').Patience & { ms: number }}
   */
  patience({ timeout, signal }) {
    return { ms: timeout ?? this.#options.timeout ?? 10000, signal };
  }

  /**
   * @internal The state file, locked, or what stands for it.
   * @param {import('./link.js').Patience} patience
   */
  async openState(patience) {
    const { state = true } = this.#options;
    if (state === false) return this.#memory;
    const directory = typeof state === 'string' ? state : stateDirectory();
    return StateFile.open(directory, stateName(this.#key, this.#file.id), patience);
  }

  /**
   * @internal Connects, wakes, and takes the challenge.
   * @param {import('./link.js').Patience} patience
   */
  async converse(patience) {
    if (this.#isClosed) throw new CountersignError('CSIGN_USAGE', 'the device was closed');
    const settings = fileSettings(this.#file);
    const { duplex, kind } = await this.#openStream(patience);
    const machine = new ClientMachine(settings, this.#key, this.#file.answers);
    const conversation = new Conversation(duplex, machine, kind);
    try {
      await conversation.begin(settings.wake, patience);
    } catch (error) {
      conversation.close();
      throw error;
    }
    return conversation;
  }

  /** @param {import('./link.js').Patience} patience */
  async #openStream(patience) {
    const { stream, line } = this.#options;
    if (typeof stream === 'function') {
      const duplex = await stream({ signal: patience.signal });
      return { duplex, kind: { isLine: line ?? false, isKept: false } };
    }
    if (stream) return { duplex: stream, kind: { isLine: line ?? true, isKept: true } };
    const { address } = this.#file;
    const duplex = await openAddress(address, patience);
    const isLine = address.kind === 'serial';
    const kind = { isLine, isKept: false };
    // Opening the line resets an Arduino, whose boot loader eats bytes.
    if (isLine) await patiently(duplex, address.boot, patience.signal);
    return { duplex, kind };
  }
}

/**
 * @param {Duplex} duplex  is closed when the wait is aborted
 * @param {number} ms
 * @param {AbortSignal | undefined} signal
 */
async function patiently(duplex, ms, signal) {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    duplex.destroy();
    throw new CountersignError('CSIGN_ABORTED', 'aborted', { cause: error });
  }
}
