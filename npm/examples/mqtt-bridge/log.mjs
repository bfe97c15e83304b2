// SPDX-License-Identifier: MIT
// log.mjs: one line for each thing that happened. What others sent is never repeated in it.

/** @param {string} line */
export function log(line) {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

/** Lets so many lines through in a second and counts the rest: a flood shall not fill the disk. */
export class Limited {
  #most;
  #shown = 0;
  #hidden = 0;
  /** @type {NodeJS.Timeout | null} */
  #timer = null;

  constructor(most = 20) {
    this.#most = most;
  }

  /** Whether there is room for one more. */
  admits() {
    this.#timer ??= setTimeout(() => this.#over(), 1000).unref();
    if (this.#shown < this.#most) {
      this.#shown++;
      return true;
    }
    this.#hidden++;
    return false;
  }

  #over() {
    if (this.#hidden > 0) log(`dropped: ${this.#hidden} more messages within a second`);
    this.#shown = 0;
    this.#hidden = 0;
    this.#timer = null;
  }
}
