// SPDX-License-Identifier: MIT
// attacker.mjs: a connection of an attacker. He has seen what honest clients sent, and here the
// honest client's part is played by the same object, with the key.
import { setTimeout as delay } from 'node:timers/promises';

import { HostileConnection } from '../../npm/test/hostile-client.js';
import { KEY } from '../../npm/test/world.js';

const EVENTS = ['data', 'end', 'close', 'error'];
/** ms; a device says nothing for so long only when it does not mean to. */
const PATIENCE = 8000;
/** A board's chip refuses for the moment between two connections. */
const TRIES = 100;

export class Attacker extends HostileConnection {
  isConnected = false;

  constructor(...rest) {
    super(...rest);
    this.socket.on('connect', () => {
      this.isConnected = true;
    });
  }

  /** Whether something of the socket comes to hold. */
  until(holds, ms = PATIENCE) {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        for (const event of ['connect', ...EVENTS]) this.socket.off(event, check);
        resolve(holds());
      };
      const check = () => holds() && over();
      const timer = setTimeout(over, ms);
      for (const event of ['connect', ...EVENTS]) this.socket.on(event, check);
    });
  }

  async bytes(count) {
    await this.until(() => this.received.length >= count || this.isEnded);
    if (this.flip !== undefined && this.received.length >= count) {
      this.received = flipped(this.received, this.flip);
      this.flip = undefined;
    }
    return this.received.length >= count;
  }

  async reply() {
    const takes = () => {
      this.received = this.received.subarray(this.machine.take(this.received));
      return this.machine.state !== 'reply' || this.isEnded;
    };
    await this.until(takes);
    return !['reply', 'broken'].includes(this.machine.state) && this.machine.reply !== null;
  }

  close() {
    this.socket.destroy();
  }
}

/** A connection that is taken. */
export async function connected({ file, address }, { key = KEY } = {}) {
  for (let tries = 0; tries < TRIES; tries++) {
    const attacker = new Attacker(file, address, key);
    await attacker.until(() => attacker.isConnected || attacker.isEnded);
    if (attacker.isConnected && !attacker.isEnded) return attacker;
    attacker.close();
    await delay(20);
  }
  throw new Error('the device takes no connection');
}

/** A connection that has its challenge. change: of the wake, on its way; flip: a bit of the challenge. */
export async function greeted(target, { key, change, flip } = {}) {
  for (let tries = 0; ; tries++) {
    const attacker = await connected(target, { key });
    attacker.flip = flip;
    try {
      await attacker.begin(change);
      return attacker;
    } catch (error) {
      attacker.close();
      if (tries === TRIES) throw error;
      // Not in step with others who come again.
      await delay(10 + 20 * Math.random());
    }
  }
}

/** An honest command to its end: what was sent, and the connection, which in sealed goes on. */
export async function honest(target) {
  let wake = null;
  const attacker = await greeted(target, { change: (fresh) => (wake = fresh) });
  const request = attacker.request();
  attacker.socket.write(request);
  if (!await attacker.reply()) throw new Error(`the owner got no good answer: ${attacker.machine.state} ${attacker.machine.reason}`);
  return { attacker, wake, request };
}

/** What a device says to what it was sent, but for its challenge: a phrase of the report. */
export async function heard(attacker, ms) {
  await attacker.until(() => attacker.received.length > 0 || attacker.isEnded, ms);
  if (attacker.received.length > 0) await attacker.until(() => attacker.isEnded, 2000);
  const said = attacker.received.length > 0 ? 'an answer' : 'silence';
  const closed = attacker.isEnded;
  attacker.close();
  return closed ? `${said}, a close` : said;
}

/** The same phrases, counted. */
export function tallied(phrases) {
  const counts = new Map();
  for (const phrase of phrases) counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
  return [...counts].map(([phrase, count]) => (counts.size === 1 ? `each time ${phrase}` : `${count} times ${phrase}`)).join('; ');
}

export function flipped(bytes, bit) {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] ^= 0x80 >> (bit & 7);
  return copy;
}
