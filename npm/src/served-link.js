// SPDX-License-Identifier: MIT
// served-link.js: a device's side of one connection, or of one exchange on a line, with the limits of
// protocol.md, sections 5.3 and 6.
import { DeviceMachine } from './device-machine.js';
import { CountersignError } from './errors.js';

/** A further request begins within 30 s; on a line each byte follows the last within 500 ms. */
const FURTHER = 30000;
const SILENCE = 500;

/**
 * @typedef {object} Served
 * @property {import('./device-machine.js').DeviceTable} table
 * @property {number} deadline  ms
 * @property {() => Promise<Buffer> | Buffer} challenge
 * @property {(machine: DeviceMachine, link: ServedLink) => Promise<void>} run  runs the command and replies
 * @property {(machine: DeviceMachine, link: ServedLink) => Promise<void>} settle
 */

export class ServedLink {
  #link;
  #served;
  #isLine;
  #machine;
  #stop = new AbortController();
  /** Who is at the other end, for logs. */
  peer;
  /** Whether a request was accepted. */
  hasProven = false;
  /** Whether a handler runs. */
  isRunning = false;
  /** Whether it ends after the reply under way. */
  #isLast = false;

  /**
   * @param {import('./link.js').Link} link
   * @param {Served} served
   * @param {{ isLine: boolean, peer: string }} kind
   */
  constructor(link, served, { isLine, peer }) {
    this.#link = link;
    this.#served = served;
    this.#isLine = isLine;
    this.peer = peer;
    this.#machine = new DeviceMachine(served.table);
  }

  get key() {
    return this.#machine.key;
  }

  /** The link as it is. */
  get link() {
    return this.#link;
  }

  /** Aborted when the connection is to end at once. @returns {AbortSignal} */
  get signal() {
    return this.#stop.signal;
  }

  /**
   * Ends it at once.
   * @param {string} reason
   */
  close(reason) {
    this.#machine.close(reason);
    this.#stop.abort();
  }

  /** Lets what runs finish and be answered, and ends then. */
  finish() {
    if (this.isRunning) this.#isLast = true;
    else this.close('stopped');
  }

  /**
   * One conversation to its end.
   * @returns {Promise<string>} why it ended
   */
  async converse() {
    const machine = this.#machine;
    try {
      while (machine.wants !== 'close') await this.#step();
    } catch (error) {
      const { code } = /** @type {CountersignError} */ (error);
      machine.close(code === 'CSIGN_TIMEOUT' ? 'late' : code === 'CSIGN_ABORTED' ? 'stopped' : 'broken');
    }
    return machine.reason ?? 'done';
  }

  async #step() {
    const machine = this.#machine;
    switch (machine.wants) {
      case 'challenge':
        machine.challenge(await this.#served.challenge());
        break;
      case 'send':
        await this.#link.write(machine.out, { ms: this.#served.deadline, signal: this.signal }, 'not taken');
        machine.sent();
        if (this.#isLast) machine.close('stopped');
        break;
      case 'run':
        await this.#work(() => this.#served.run(machine, this));
        break;
      case 'settle':
        await this.#work(() => this.#served.settle(machine, this));
        break;
      default:
        await this.#message();
    }
  }

  /** @param {() => Promise<void>} work */
  async #work(work) {
    this.hasProven = true;
    this.isRunning = true;
    await work().finally(() => {
      this.isRunning = false;
    });
  }

  /** Takes a message to its end. */
  async #message() {
    const machine = this.#machine;
    const { wants, isFurther } = machine;
    // The first byte of a line's wake, and of a further request, comes before the deadline starts.
    let until = isFurther ? null : this.#isLine && wants === 'wake' ? Infinity : this.#served.deadline;
    let ends = until === null ? performance.now() + FURTHER : performance.now() + until;
    while (machine.wants === wants && !machine.reason) {
      const quiet = this.#isLine && until !== Infinity ? SILENCE : Infinity;
      const ms = Math.min(ends - performance.now(), quiet);
      const bytes = await this.#link.read({ ms, signal: this.signal }, 'no byte');
      if (!bytes) return machine.close(machine.isInside ? 'cut' : 'ended');
      if (until === null || until === Infinity) {
        until = this.#served.deadline;
        ends = performance.now() + until;
      }
      this.#link.unread(bytes.subarray(machine.take(bytes)));
    }
  }
}

/**
 * A line carries one conversation after the other. Whatever ends one, the next begins after a
 * silence; a broken one takes the input along until then.
 * @param {import('./link.js').Link} link
 * @param {(link: import('./link.js').Link) => ServedLink} open
 * @param {(served: ServedLink, reason: string) => void} ended
 * @param {AbortSignal} signal
 */
export async function serveLine(link, open, ended, signal) {
  while (!signal.aborted) {
    const served = open(link);
    const reason = await served.converse();
    ended(served, reason);
    if (reason === 'ended' || reason === 'broken' || reason === 'stopped') return;
    if (reason !== 'late' && reason !== 'done') await quiet(link, signal);
  }
}

/**
 * @param {import('./link.js').Link} link
 * @param {AbortSignal} signal
 */
async function quiet(link, signal) {
  for (;;) {
    try {
      if (!await link.read({ ms: SILENCE, signal }, 'silence')) return;
    } catch {
      return;
    }
  }
}
