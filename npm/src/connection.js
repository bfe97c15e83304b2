// SPDX-License-Identifier: MIT
// connection.js: chained commands on one connection, which comes anew when the device has closed it.
import { orderOf, runOrder } from './send.js';

/** @typedef {import('./conversation.js').Conversation} Conversation */

export class Connection {
  /** @type {Conversation | null} */
  #conversation = null;
  #device;
  #isClosed = false;
  /** How many commands wait or are under way. */
  #pending = 0;

  /** @param {import('./device.js').Device} device */
  constructor(device) {
    this.#device = device;
  }

  /** @internal */
  get device() {
    return this.#device;
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
    const order = orderOf(this.#device.file, command, isOptions ? undefined : args);
    return this.run(order, (isOptions ? args : options) ?? {});
  }

  /**
   * @internal
   * @param {import('./send.js').Order} order
   * @param {import('./device.js').SendOptions} options
   */
  async run(order, options) {
    this.#pending++;
    try {
      return await this.#device.inTurn(options.signal, () => runOrder(this, order, this.#device.patience(options)));
    } finally {
      this.#pending--;
      if (this.#isClosed && this.#pending === 0) this.drop();
    }
  }

  /**
   * @internal The conversation to go on with, or a new one.
   * @param {import('./link.js').Patience} patience
   * @returns {Promise<Conversation>}
   */
  async usable(patience) {
    if (this.#conversation?.isUsable) return this.#conversation;
    this.drop();
    this.#conversation = await this.#device.converse(patience);
    return this.#conversation;
  }

  /** @internal */
  drop() {
    this.#conversation?.close();
    this.#conversation = null;
  }

  /** Closes it, once the commands before have ended. */
  async close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#device.forget(this);
    if (this.#pending === 0) this.drop();
    else await this.#device.inTurn(undefined, async () => {});
  }
}
