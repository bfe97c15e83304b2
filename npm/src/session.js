// SPDX-License-Identifier: MIT
// session.js: the commands of one connection, which comes anew when the device has closed it.
import { runOrder } from './send.js';

/** @typedef {import('./conversation.js').Conversation} Conversation */

export class Session {
  /** @type {Conversation | null} */
  #conversation = null;
  #isClosed = false;
  /** How many commands wait or are under way. */
  #pending = 0;

  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.client = client;
  }

  /**
   * @param {import('./send.js').Order} order
   * @param {import('./device.js').SendOptions} options
   */
  async run(order, options) {
    this.#pending++;
    try {
      return await this.client.inTurn(options.signal, () => runOrder(this, order, this.client.patience(options)));
    } finally {
      this.#pending--;
      if (this.#isClosed && this.#pending === 0) this.drop();
    }
  }

  /**
   * The conversation to go on with, or a new one.
   * @param {import('./link.js').Patience} patience
   * @returns {Promise<Conversation>}
   */
  async usable(patience) {
    if (this.#conversation?.isUsable) return this.#conversation;
    this.drop();
    this.#conversation = await this.client.converse(patience);
    return this.#conversation;
  }

  /** Ends the conversation; the next command begins another. */
  drop() {
    this.#conversation?.close();
    this.#conversation = null;
  }

  /** Ends it for good, once the commands before have ended. */
  async close() {
    this.#isClosed = true;
    if (this.#pending === 0) this.drop();
    else await this.client.inTurn(undefined, async () => {});
  }
}
