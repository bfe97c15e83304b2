// SPDX-License-Identifier: MIT
// pause.mjs: a pause that can be ended, also before it begins.

export class Pause {
  #isEnded = false;
  #end = () => {};

  /** @param {number} ms */
  async begin(ms) {
    if (!this.#isEnded) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#end = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
    this.#isEnded = false;
  }

  /** Ends the pause under way, or the next one. */
  end() {
    this.#isEnded = true;
    this.#end();
  }
}
