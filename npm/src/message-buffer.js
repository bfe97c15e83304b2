// SPDX-License-Identifier: MIT
// message-buffer.js: collects one message that arrives in any split.
import { wipe } from './bytes.js';

export class MessageBuffer {
  #bytes = Buffer.alloc(0);
  #have = 0;

  /**
   * Begins a message of this many bytes, or goes on with one that turned out longer.
   * @param {number} need
   */
  want(need) {
    const bytes = Buffer.alloc(need);
    this.#bytes.copy(bytes, 0, 0, this.#have);
    wipe(this.#bytes);
    this.#bytes = bytes;
  }

  /** Forgets what it has. */
  clear() {
    wipe(this.#bytes);
    this.#bytes = Buffer.alloc(0);
    this.#have = 0;
  }

  get have() {
    return this.#have;
  }

  get isWhole() {
    return this.#have === this.#bytes.length;
  }

  /** What has come so far; valid until the next call. */
  get bytes() {
    return this.#bytes.subarray(0, this.#have);
  }

  /**
   * Takes up to what is missing.
   * @param {Uint8Array} bytes
   * @returns {number} how many
   */
  add(bytes) {
    const count = Math.min(bytes.length, this.#bytes.length - this.#have);
    this.#bytes.set(bytes.subarray(0, count), this.#have);
    this.#have += count;
    return count;
  }
}
