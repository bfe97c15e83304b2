// SPDX-License-Identifier: MIT
// trouble.mjs: what is said about the connection to the broker: once, however often it is tried.
import { log } from './log.mjs';

/** A connection that ends sooner was ended by somebody, and so often is no accident. */
const SHORT = 10000;
const SHORT_ONES = 3;

export class Trouble {
  #broker;
  #isTold = false;
  #connectedAt = 0;
  #shortOnes = 0;

  /** @param {import('./config.mjs').Config['broker']} broker */
  constructor(broker) {
    this.#broker = broker;
  }

  warn() {
    const { protocol, hostname } = new URL(this.#broker.url);
    if (protocol === 'mqtts:' || /^(localhost|127\..*|\[::1\])$/.test(hostname)) return;
    log('the way to the broker is not encrypted: whoever is on it can command the devices; use mqtts:// and ca');
  }

  connected() {
    this.#isTold = false;
    this.#connectedAt = performance.now();
    log(`connected to ${this.#broker.url}`);
  }

  /** @param {string} what */
  mention(what) {
    if (!this.#isTold) log(`broker ${this.#broker.url}: ${what}; trying again every 2 s`);
    this.#isTold = true;
  }

  disconnected() {
    this.mention('there is no connection');
    if (this.#connectedAt === 0) return;
    this.#shortOnes = performance.now() - this.#connectedAt < SHORT ? this.#shortOnes + 1 : 0;
    this.#connectedAt = 0;
    // A broker closes the earlier one of two clients with one client_id, and not all say why.
    if (this.#shortOnes === SHORT_ONES) {
      log(`the broker closes again and again: does another bridge run with the client_id ${this.#broker.clientId}? Stop one`);
    }
  }
}
