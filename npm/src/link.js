// SPDX-License-Identifier: MIT
// link.js: a Duplex, read piece by piece and with limits of time. Nothing is read ahead beyond the
// stream's own buffer, so that a flood waits in the peer's socket.
import { CountersignError } from './errors.js';

/**
 * @typedef {object} Patience
 * @property {number} [ms]  how long to wait; without: for ever
 * @property {AbortSignal} [signal]
 */

/**
 * Waits for what `begin` reports, but no longer than patience allows.
 * @template T
 * @param {Patience} patience
 * @param {string} what  for the error when it took too long
 * @param {(done: (value: T) => void, fail: (error: Error) => void) => (() => void)} begin
 *        begins to wait and returns how to stop
 * @returns {Promise<T>}
 */
export function waitFor({ ms, signal }, what, begin) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new CountersignError('CSIGN_ABORTED', 'aborted', { cause: signal.reason }));
      return;
    }
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    let stop = () => {};
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      stop();
    };
    /** @param {Error} error */
    const fail = (error) => {
      end();
      reject(error);
    };
    const aborted = () =>
      fail(new CountersignError('CSIGN_ABORTED', 'aborted', { cause: signal?.reason }));
    signal?.addEventListener('abort', aborted);
    if (ms !== undefined && ms !== Infinity) {
      timer = setTimeout(() =>
        fail(new CountersignError('CSIGN_TIMEOUT', what)), Math.max(0, ms));
    }
    stop = begin((value) => {
      end();
      resolve(value);
    }, fail);
  });
}

export class Link {
  #duplex;
  /** @type {Buffer | null} */
  #kept = null;
  #isEnded = false;
  /** @type {Error | null} */
  #error = null;
  /** @type {(() => void) | null} */
  #wake = null;
  #listeners = /** @type {[string, (...args: any[]) => void][]} */ ([]);

  /** @param {import('node:stream').Duplex} duplex */
  constructor(duplex) {
    this.#duplex = duplex;
    this.#on('readable', () => this.#changed());
    this.#on('end', () => this.#ended());
    this.#on('close', () => this.#ended());
    this.#on('error', (error) => {
      this.#error = error;
      this.#ended();
    });
    if (duplex.destroyed || duplex.readableEnded) this.#isEnded = true;
  }

  /**
   * @param {string} event
   * @param {(...args: any[]) => void} listener
   */
  #on(event, listener) {
    this.#duplex.on(event, listener);
    this.#listeners.push([event, listener]);
  }

  #ended() {
    this.#isEnded = true;
    this.#wake?.();
  }

  #changed() {
    // An end is told only to who reads.
    if (!this.#wake && this.#duplex.readableLength === 0) this.#duplex.read();
    this.#wake?.();
  }

  /** What the system said when the link broke. */
  get error() {
    return this.#error;
  }

  /** Whether the peer is there, as far as is known, and has sent nothing unasked. */
  get isQuiet() {
    return !this.#isEnded && this.#kept === null && this.#duplex.readableLength === 0;
  }

  /**
   * @returns {Buffer | null} what is there already
   */
  #take() {
    const bytes = this.#kept ?? this.#duplex.read();
    this.#kept = null;
    return bytes;
  }

  /**
   * The next bytes, or null at the end of input.
   * @param {Patience} patience
   * @param {string} what  for the error when it took too long
   * @returns {Promise<Buffer | null>}
   */
  async read(patience, what) {
    const bytes = this.#take();
    if (bytes) return bytes;
    if (this.#isEnded) return null;
    return waitFor(patience, what, (/** @type {(bytes: Buffer | null) => void} */ done) => {
      this.#wake = () => {
        const more = this.#take();
        if (more || this.#isEnded) done(more);
      };
      return () => {
        this.#wake = null;
      };
    });
  }

  /**
   * Gives back what was not wanted yet: it is read next.
   * @param {Buffer} bytes
   */
  unread(bytes) {
    if (bytes.length > 0) this.#kept = bytes;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Patience} patience
   * @param {string} what
   */
  async write(bytes, patience, what) {
    if (this.#duplex.destroyed || this.#duplex.writableEnded) {
      throw this.#error ?? new CountersignError('CSIGN_CLOSED', 'the peer closed');
    }
    await waitFor(patience, what, (/** @type {(nothing: void) => void} */ done, fail) => {
      this.#duplex.write(bytes, (error) => (error ? fail(error) : done()));
      const closed = () => fail(this.#error ?? new CountersignError('CSIGN_CLOSED', 'the peer closed'));
      this.#duplex.once('close', closed);
      return () => this.#duplex.off('close', closed);
    });
  }

  /**
   * Throws away what comes, for so long.
   * @param {number} ms
   * @param {AbortSignal} [signal]
   */
  async discard(ms, signal) {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !this.#isEnded; left = until - performance.now()) {
      try {
        await this.read({ ms: left, signal }, 'silence');
      } catch (error) {
        if (/** @type {CountersignError} */ (error).code !== 'CSIGN_TIMEOUT') throw error;
      }
    }
  }

  /** Lets go of the stream and leaves it open. */
  release() {
    for (const [event, listener] of this.#listeners) this.#duplex.off(event, listener);
    this.#listeners = [];
    if (this.#kept && !this.#duplex.destroyed) this.#duplex.unshift(this.#kept);
    this.#kept = null;
  }

  /** Closes it. What was written is still sent, within reason: the peer may be gone. */
  close() {
    this.#isEnded = true;
    this.#kept = null;
    // A late error, such as a reset, concerns nobody any more.
    this.#duplex.on('error', () => {});
    this.release();
    if (this.#duplex.writableLength === 0) {
      this.#duplex.end();
      this.#duplex.destroy();
      return;
    }
    this.#duplex.end(() => this.#duplex.destroy());
    setTimeout(() => this.#duplex.destroy(), 1000).unref();
  }
}
