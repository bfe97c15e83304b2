// SPDX-License-Identifier: MIT
// provision-line.js: a tool's side of the provisioning line (protocol.md, section 12).
import { setTimeout as delay } from 'node:timers/promises';

import { CountersignError } from './errors.js';
import { Link } from './link.js';
import { FrameReader, REPLY_BIT, frame, kinds, readHello } from './provision-frame.js';

const REPLY = 2000;
const SILENCE = 700;
const TRIES = 3;
/** Kind to devices whose receive buffer is small. */
const PIECE = 32;
const PAUSE = 10;

/** Why a device did not do as it was told. */
const STATUSES = [
  '', 'the device does not know the request', 'the device has no run open', 'the device refused',
  'a length or a slot is wrong', 'the slot is taken, or another has this key', 'the store is busy with something else',
  'the store did not take it, or a part is missing',
];

/** A reply that did not come. */
export class NoReply extends Error {}

/** A status other than 00. */
export class Refusal extends Error {
  /** @param {number} status */
  constructor(status) {
    super(STATUSES[status] ?? `the device answered status ${status.toString(16).padStart(2, '0')}`);
    this.status = status;
  }
}

export class ProvisionLine {
  #link;
  #signal;
  #sequence = 0;
  #reader = new FrameReader();

  /**
   * @param {import('node:stream').Duplex} duplex
   * @param {AbortSignal} [signal]
   */
  constructor(duplex, signal) {
    this.#link = new Link(duplex);
    this.#signal = signal;
  }

  /** Lets go of the stream and leaves it open. */
  release() {
    this.#link.release();
  }

  /** @param {Buffer} bytes */
  async #send(bytes) {
    for (let at = 0; at < bytes.length; at += PIECE) {
      if (at > 0) await delay(PAUSE);
      const patience = { ms: REPLY, signal: this.#signal };
      await this.#link.write(bytes.subarray(at, at + PIECE), patience, 'the line takes nothing');
    }
  }

  /**
   * @param {number} sequence
   * @param {number} kind
   * @param {number} ms
   * @returns {Promise<Buffer | null>} the body; null: none came in time
   */
  async #reply(sequence, kind, ms) {
    const until = performance.now() + ms;
    for (let left = ms; left > 0; left = until - performance.now()) {
      const bytes = await this.#read(left);
      if (bytes === null) return null;
      const found = this.#reader.take(bytes)
        .find((other) => other.sequence === sequence && other.kind === (kind | REPLY_BIT));
      if (found) return found.body;
    }
    return null;
  }

  /** @param {number} ms */
  async #read(ms) {
    try {
      const bytes = await this.#link.read({ ms, signal: this.#signal }, 'no reply');
      if (bytes) return bytes;
    } catch (error) {
      if (/** @type {CountersignError} */ (error).code !== 'CSIGN_TIMEOUT') throw error;
      return null;
    }
    throw new CountersignError('CSIGN_CLOSED', 'the line is gone; plug the device in again');
  }

  /**
   * Says hello until a device answers.
   * @param {number} ms
   * @param {() => void} [waiting]  is told when no answer came yet
   */
  async hello(ms, waiting) {
    const until = performance.now() + ms;
    for (let tries = 0; performance.now() < until; tries++) {
      if (tries === 1) waiting?.();
      await this.#link.discard(SILENCE, this.#signal);
      this.#reader = new FrameReader();
      this.#sequence = (this.#sequence + 1) & 0xff;
      await this.#send(frame(this.#sequence, kinds.hello, Buffer.from([1])));
      const wait = Math.min(REPLY, Math.max(300, until - performance.now()));
      const body = await this.#reply(this.#sequence, kinds.hello, wait);
      const hello = body && readHello(body);
      if (hello) return hello;
    }
    return null;
  }

  /**
   * One request and its reply, the same bytes again where none comes.
   * @param {number} kind
   * @param {Uint8Array} [body]
   * @returns {Promise<Buffer>} what follows the status 00
   */
  async ask(kind, body = Buffer.alloc(0)) {
    this.#sequence = (this.#sequence + 1) & 0xff;
    const request = frame(this.#sequence, kind, body);
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        await this.#send(request);
        const reply = await this.#reply(this.#sequence, kind, REPLY);
        if (!reply || reply.length === 0) continue;
        if (reply[0] !== 0) throw new Refusal(reply[0]);
        return reply.subarray(1);
      }
    } finally {
      request.fill(0);
    }
    throw new NoReply('the device stopped answering');
  }
}
