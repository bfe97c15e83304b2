// SPDX-License-Identifier: MIT
// device.js: the client's side of a device, as an application sees it.
import { Client } from './client.js';
import { Connection } from './connection.js';
import { readDeviceFile } from './device-file.js';
import { askLast } from './last.js';
import { Session } from './session.js';

/**
 * @typedef {import('node:stream').Duplex} Duplex
 *
 * @typedef {object} OpenOptions
 * @property {number} [timeout]  ms; the longest wait for each of: the state file, a connection, the
 *   challenge, a reply. 10000 unless given
 * @property {boolean | string} [state]  a directory for state files, true for the usual one (the
 *   default), or false: then last() knows this object's commands only, and a classic challenge is
 *   remembered only as long as it lives
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

/**
 * What a device stands on, for this package's own use.
 * @type {(device: Device) => Client}
 */
export let clientOf;

export class Device {
  #client;
  /** @type {Set<Connection>} */
  #connections = new Set();

  static {
    clientOf = (device) => device.#client;
  }

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  /**
   * Reads a device file and its key. Connects nowhere yet.
   * @param {string} name
   * @param {OpenOptions} [options]
   */
  static async open(name, options = {}) {
    return new Device(new Client(readDeviceFile(name, 'client'), options));
  }

  /** The names of its commands. */
  get commands() {
    return this.#client.file.commands.map(({ name }) => name);
  }

  /** The device file as it was read; keys in it are not shown. */
  get file() {
    return this.#client.file;
  }

  get id() {
    return this.#client.file.id;
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
    const connection = this.connect();
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
    const connection = new Connection(new Session(this.#client), (closed) => this.#connections.delete(closed));
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
    const { last, command } = await this.#client.inTurn(options.signal, () => askLast(this.#client, options));
    return { last, command };
  }

  /** Closes its connections and wipes the key. */
  async close() {
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    this.#client.close();
  }
}
