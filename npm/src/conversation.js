// SPDX-License-Identifier: MIT
// conversation.js: one connection of a client, from the wake to the last reply.
import { randomBytes } from 'node:crypto';

import { ClientMachine } from './client-machine.js';
import { CountersignError } from './errors.js';
import { Link } from './link.js';

/** On a line: silence before a wake, the wait for a challenge, and how soon a further request follows. */
const SILENCE = 750;
const CHALLENGE = 1000;
const FURTHER_ON_LINE = 400;
/** A device closes 30 s after its reply; a request that crosses that close would be in doubt. */
const FURTHER = 29000;

/** @type {Record<string, string>} */
const BROKEN = {
  'bad-reply': 'the peer announced a message of 0 bytes',
  'wrong-tag': 'the tag matches no key and command known here',
  'own-request': 'the peer sent the own request back',
};
const LATE = 'the peer missed the deadline';

export class Conversation {
  #link;
  #machine;
  #isLine;
  #isKept;
  #lastReply = 0;
  /** How many requests have left. */
  requests = 0;

  /**
   * @param {import('node:stream').Duplex} duplex
   * @param {ClientMachine} machine
   * @param {{ isLine: boolean, isKept: boolean }} kind
   *        isLine: a link without connections; isKept: it stays open afterwards
   */
  constructor(duplex, machine, { isLine, isKept }) {
    this.#link = new Link(duplex);
    this.#machine = machine;
    this.#isLine = isLine;
    this.#isKept = isKept;
  }

  /** Whether a further request may be made. */
  get isUsable() {
    const passed = performance.now() - this.#lastReply;
    return this.#machine.state === 'ready' && this.#link.isQuiet
      && (this.requests === 0 || passed < (this.#isLine ? FURTHER_ON_LINE : FURTHER));
  }

  get challenge() {
    return this.#machine.challenge;
  }

  /**
   * Wakes the device and takes its challenge. No request has left when this fails.
   * @param {number} wakeLength
   * @param {import('./link.js').Patience} patience
   */
  async begin(wakeLength, patience) {
    const until = performance.now() + (patience.ms ?? Infinity);
    const left = () => ({ ms: Math.max(0, until - performance.now()), signal: patience.signal });
    for (;;) {
      if (this.#isLine) await this.#link.discard(SILENCE, patience.signal);
      await this.#link.write(this.#machine.wake(randomBytes(wakeLength)), left(), LATE);
      const wait = this.#isLine ? { ...left(), ms: Math.min(CHALLENGE, left().ms) } : left();
      try {
        await this.#receive('challenge', wait);
        return;
      } catch (error) {
        const { code } = /** @type {CountersignError} */ (error);
        if (!this.#isLine || code !== 'CSIGN_TIMEOUT') throw error;
        if (left().ms <= 0) throw error;
      }
    }
  }

  /**
   * @param {Uint8Array} code
   * @param {Uint8Array} args
   */
  request(code, args) {
    return this.#machine.request(code, args);
  }

  /**
   * Sends a request, and takes the reply where there is one.
   * @param {Buffer} message
   * @param {import('./link.js').Patience} patience
   * @returns {Promise<import('./client-machine.js').Reply | null>} null: the device does not answer
   */
  async exchange(message, patience) {
    this.requests++;
    await this.#link.write(message, patience, LATE);
    if (this.#machine.state === 'over') return null;
    await this.#receive('reply', patience);
    this.#lastReply = performance.now();
    return this.#machine.reply;
  }

  /**
   * @param {'challenge' | 'reply'} state
   * @param {import('./link.js').Patience} patience
   */
  async #receive(state, patience) {
    const until = performance.now() + (patience.ms ?? Infinity);
    while (this.#machine.state === state) {
      const ms = Math.max(0, until - performance.now());
      const bytes = await this.#read({ ms, signal: patience.signal });
      this.#link.unread(bytes.subarray(this.#machine.take(bytes)));
    }
    if (this.#machine.state === 'broken') {
      throw new CountersignError('CSIGN_REPLY', BROKEN[/** @type {string} */ (this.#machine.reason)]);
    }
  }

  /**
   * @param {import('./link.js').Patience} patience
   */
  async #read(patience) {
    const bytes = await this.#link.read(patience, LATE);
    if (bytes) return bytes;
    throw this.#link.error ?? new CountersignError('CSIGN_CLOSED',
      'the peer closed before the message was whole');
  }

  /** Ends it and wipes what it held. */
  close() {
    this.#machine.end();
    if (this.#isKept) this.#link.release();
    else this.#link.close();
  }
}
