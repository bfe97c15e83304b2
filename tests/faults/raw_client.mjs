// SPDX-License-Identifier: MIT
// raw_client.mjs: a client that keeps the bytes it sent and sends them again to later starts.
import { randomBytes } from 'node:crypto';
import net from 'node:net';

import { ClientMachine } from '../../npm/src/core.js';

const PATIENCE = 2000;

/** A socket that is read in turns. */
class Wire {
  #heard = Buffer.alloc(0);
  #isOver = false;
  #changed = () => {};

  /** Its patience was over before anything happened. */
  isSilent = false;

  constructor(address, patience) {
    const { port } = new URL(address.replace('tcp:', 'http:'));
    this.socket = net.connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
    this.socket.setTimeout(patience, () => {
      this.isSilent = true;
      this.socket.destroy();
    });
    this.socket.on('data', (bytes) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
      this.#changed();
    });
    for (const event of ['end', 'close', 'error']) this.socket.on(event, () => {
      this.#isOver = true;
      this.#changed();
    });
  }

  /** So many bytes, or undefined at the end. */
  async take(count) {
    while (this.#heard.length < count && !this.#isOver) await new Promise((resolve) => {
      this.#changed = resolve;
    });
    if (this.#heard.length < count) return undefined;
    const taken = this.#heard.subarray(0, count);
    this.#heard = this.#heard.subarray(count);
    return taken;
  }
}

/** One conversation, step by step. */
export class Conversation {
  constructor(address, settings, key, patience = PATIENCE) {
    this.settings = settings;
    this.machine = new ClientMachine(settings, key);
    this.wire = new Wire(address, patience);
  }

  /** Wakes the device; whether its challenge came. */
  async greet() {
    const wake = Buffer.from(this.machine.wake(randomBytes(this.settings.wake)));
    this.wire.socket.write(wake);
    const challenge = await this.wire.take(this.settings.challenge);
    if (!challenge) return false;
    this.machine.take(challenge);
    this.recorded = { wake, challenge };
    return true;
  }

  request(code, argument) {
    this.recorded.request = Buffer.from(this.machine.request(code, Buffer.from(argument)).message);
    this.wire.socket.write(this.recorded.request);
  }

  async outcome() {
    for (let byte; !this.machine.reply && (byte = await this.wire.take(1)) !== undefined;) this.machine.take(byte);
    if (!this.machine.reply) return 'unknown';
    return this.machine.reply.status === 0 ? 'done' : 'failed';
  }

  /** Whether the device hangs up within the patience, saying nothing more. */
  async isClosed() {
    return await this.wire.take(1) === undefined && !this.wire.isSilent;
  }

  close() {
    this.wire.socket.destroy();
  }
}

/** One command; what became of it and what was sent. */
export async function exchange(address, settings, key, code, argument) {
  const conversation = new Conversation(address, settings, key);
  if (!await conversation.greet()) return { outcome: 'not-sent' };
  conversation.request(code, argument);
  const outcome = await conversation.outcome();
  conversation.close();
  return { outcome, recorded: conversation.recorded };
}

/** Sends what was recorded. Whether the device challenged it, and whether a byte came for it. */
export async function resend(address, settings, { wake, request }) {
  const wire = new Wire(address, PATIENCE);
  wire.socket.write(wake);
  const challenge = await wire.take(settings.challenge);
  if (!challenge) return { isTried: false };
  wire.socket.write(request);
  const answered = await wire.take(1) !== undefined;
  wire.socket.destroy();
  return { isTried: true, answered };
}
