// SPDX-License-Identifier: MIT
// state-memory.js: what a state file would say, for as long as this process lives.
import { RING_MAX } from './challenge-ring.js';

export class StateMemory {
  /** @type {{ doubt: 'none' | 'first' | 'further', isProven: boolean, tag: Buffer, name: string,
   *           provenTag: Buffer, provenName: string, time: bigint }} */
  record = {
    doubt: 'none',
    isProven: false,
    tag: Buffer.alloc(8),
    name: '',
    provenTag: Buffer.alloc(8),
    provenName: '',
    time: 0n,
  };

  name = 'this process';
  #until = 0;
  #before = { record: this.record, until: 0 };
  /** @type {Set<string>} */
  #challenges = new Set();

  /**
   * @param {string} name
   * @param {Uint8Array} tag
   * @param {boolean} isFurther
   * @param {number} deadline
   */
  async note(name, tag, isFurther, deadline) {
    this.#before = { record: this.record, until: this.#until };
    const window = deadline + (isFurther ? 30000 : 0);
    this.#until = performance.now() + window * 1.01;
    this.record = {
      ...this.record,
      doubt: isFurther ? 'further' : 'first',
      tag: Buffer.from(tag.subarray(0, 8)),
      name,
      time: BigInt(Date.now()),
    };
  }

  /** @param {boolean} isExecuted */
  async settle(isExecuted) {
    const { tag, name } = this.record;
    if (isExecuted) {
      this.record = { ...this.record, doubt: 'none', isProven: true, provenTag: tag, provenName: name };
    } else {
      this.record = this.#before.record;
      this.#until = this.#before.until;
    }
  }

  get leftMs() {
    return Math.max(0, Math.ceil(this.#until - performance.now()));
  }

  /** @param {Uint8Array} challenge */
  async remember(challenge) {
    const text = Buffer.from(challenge).toString('base64');
    if (this.#challenges.has(text)) return true;
    this.#challenges.add(text);
    if (this.#challenges.size > RING_MAX) {
      const [oldest] = this.#challenges;
      this.#challenges.delete(oldest);
    }
    return false;
  }

  async close() {}
}
