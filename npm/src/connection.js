// SPDX-License-Identifier: MIT
// connection.js: chained commands on one connection.
import { orderOf } from './send.js';

export class Connection {
  #session;
  #forget;

  /**
   * @param {import('./session.js').Session} session
   * @param {(connection: Connection) => void} forget
   */
  constructor(session, forget) {
    this.#session = session;
    this.#forget = forget;
  }

  /**
   * Runs a command, after those before it. Where the device has closed meanwhile it connects
   * again; a request that has left is never sent again.
   * @param {string} command
   * @param {string | Uint8Array | import('./device.js').SendOptions} [args]
   * @param {import('./device.js').SendOptions} [options]
   * @returns {Promise<import('./device.js').Result>}
   */
  async send(command, args, options) {
    const isOptions = typeof args === 'object' && !(args instanceof Uint8Array);
    const order = orderOf(this.#session.client.file, command, isOptions ? undefined : args);
    return this.#session.run(order, (isOptions ? args : options) ?? {});
  }

  /** Closes it, once the commands before have ended. */
  async close() {
    this.#forget(this);
    await this.#session.close();
  }
}
