// SPDX-License-Identifier: MIT
// queue.js: one at a time, in order; who is aborted while waiting never gets a turn.
import { waitFor } from './link.js';

export class Queue {
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @template T
   * @param {AbortSignal | undefined} signal
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  async run(signal, task) {
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise((resolve) => {
      done = () => resolve(undefined);
    });
    try {
      await waitFor({ signal }, 'no turn', (/** @type {(nothing: void) => void} */ go) => {
        before.then(() => go());
        return () => {};
      });
    } catch (error) {
      before.then(done);
      throw error;
    }
    return task().finally(done);
  }
}
