// SPDX-License-Identifier: MIT
// hostile-client.js: a client that misbehaves, each trick by its name, on a socket of its own.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { ClientMachine } from '../src/core.js';
import { fileSettings, readDeviceFile } from '../src/device-file.js';
import { parseKeyText } from '../src/key-text.js';
import { KEY, OTHER_KEY } from './world.js';

/** How many commands run all the same, and whether the last request gets as much as a byte. */
export const sealedHostile = {
  'flip:0': [0, false], 'flip:8': [0, false], 'flip:16': [0, false], 'flip:143': [0, false],
  'flip-wake:0': [0, false], 'flip-wake:127': [0, false], 'cut-end:0': [0, false],
  'cut-end:1': [0, false], 'cut-end:17': [0, false], 'n-zero': [0, false], 'n-over:201': [0, false],
  'wrong-key': [0, false], replay: [1, false], 'replay-same': [1, false], reflect: [1, false],
  pipeline: [1, false], 'chain-wrong-key': [1, false], 'extend:18': [1, true], 'half-close': [1, true],
  fragment: [1, true], slow: [1, true],
};
export const classicHostile = {
  'flip:0': [0, false], 'flip:255': [0, false], 'cut-end:0': [0, false], 'cut-end:31': [0, false],
  'wrong-key': [0, false], replay: [1, false], 'half-close': [1, true], 'extend:18': [1, true],
  'flip-wake:3': [1, true], fragment: [1, true], slow: [1, true],
};

function flipped(bytes, bit) {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] ^= 0x80 >> (bit & 7);
  return copy;
}

export class HostileConnection {
  received = Buffer.alloc(0);
  isEnded = false;

  constructor(file, address, key) {
    const read = readDeviceFile(file, 'client');
    this.settings = fileSettings(read);
    this.code = read.commands[0].code;
    this.machine = new ClientMachine(this.settings, parseKeyText(key), read.answers);
    this.key = key;
    this.file = read;
    const { hostname, port } = new URL(address.replace('tcp:', 'http:'));
    this.socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
    for (const event of ['end', 'close', 'error']) this.socket.on(event, () => {
      this.isEnded = true;
    });
  }

  /** Waits for so many bytes, or the end. */
  async bytes(count) {
    for (let tries = 0; tries < 300 && this.received.length < count && !this.isEnded; tries++) await delay(5);
    return this.received.length >= count;
  }

  /** Wakes the device and takes its challenge; the wake that is sent may differ from N. */
  async begin(change = (wake) => wake, send = (bytes) => this.socket.write(bytes)) {
    const wake = this.machine.wake(randomBytes(this.settings.wake));
    await send(change(wake));
    if (!await this.bytes(this.settings.challenge)) throw new Error('no challenge');
    this.machine.take(this.received.subarray(0, this.settings.challenge));
    this.received = this.received.subarray(this.settings.challenge);
  }

  request() {
    return this.machine.request(this.code).message;
  }

  /** Whether there is a byte that is no part of a reply taken before. */
  async isHeard() {
    await this.bytes(1);
    await delay(20);
    return this.received.length > 0;
  }

  /** Takes the reply to an honest request. */
  async reply() {
    for (let tries = 0; tries < 300 && this.machine.state === 'reply'; tries++) {
      this.received = this.received.subarray(this.machine.take(this.received));
      if (this.machine.state === 'reply') await delay(5);
    }
    return this.machine.state !== 'broken' && this.machine.reply !== null;
  }

  async inPieces(bytes, ms) {
    for (const byte of bytes) {
      this.socket.write(Buffer.from([byte]));
      await delay(ms);
    }
  }
}

/** Each: performs the trick, returns whether the last request was heard. */
const tricks = {
  async flip(c, bit) {
    await c.begin();
    c.socket.write(flipped(c.request(), bit));
    return c.isHeard();
  },
  async 'flip-wake'(c, bit) {
    await c.begin((wake) => flipped(wake, bit));
    c.socket.write(c.request());
    return c.isHeard();
  },
  async 'cut-end'(c, count) {
    await c.begin();
    c.socket.end(c.request().subarray(0, count));
    return c.isHeard();
  },
  async 'n-zero'(c) {
    await c.begin();
    const request = c.request();
    request[0] = 0;
    c.socket.write(request);
    return c.isHeard();
  },
  async 'n-over'(c, length) {
    await c.begin();
    c.socket.write(Buffer.concat([Buffer.from([length]), randomBytes(length + c.settings.tag)]));
    return c.isHeard();
  },
  async 'wrong-key'(c) {
    await c.begin();
    c.socket.write(c.request());
    return c.isHeard();
  },
  async replay(c, _value, again) {
    await c.begin();
    const request = c.request();
    c.socket.write(request);
    if (!await c.isHeard()) throw new Error('the honest request was not heard');
    c.socket.destroy();
    const second = again();
    await second.begin();
    second.socket.write(request);
    return second.isHeard();
  },
  async 'replay-same'(c) {
    await c.begin();
    const request = c.request();
    c.socket.write(request);
    if (!await c.reply()) throw new Error('the honest request was not heard');
    c.socket.write(request);
    return c.isHeard();
  },
  async reflect(c) {
    await c.begin();
    c.socket.write(c.request());
    await c.bytes(18);
    const reply = Buffer.from(c.received);
    if (!await c.reply()) throw new Error('the honest request was not heard');
    c.socket.write(reply);
    return c.isHeard();
  },
  async pipeline(c) {
    await c.begin();
    const request = c.request();
    c.socket.write(Buffer.concat([request, request]));
    if (!await c.reply()) throw new Error('the honest request was not heard');
    await delay(50);
    return c.received.length > 0;
  },
  async 'chain-wrong-key'(c) {
    await c.begin();
    c.socket.write(c.request());
    if (!await c.reply()) throw new Error('the honest request was not heard');
    const other = new ClientMachine(c.settings, parseKeyText(OTHER_KEY), c.file.answers);
    other.wake(randomBytes(c.settings.wake));
    other.take(randomBytes(c.settings.challenge));
    c.socket.write(other.request(c.code).message);
    return c.isHeard();
  },
  async extend(c, count) {
    await c.begin();
    c.socket.write(Buffer.concat([c.request(), randomBytes(count)]));
    return c.isHeard();
  },
  async 'half-close'(c) {
    await c.begin();
    c.socket.end(c.request());
    return c.isHeard();
  },
  async fragment(c) {
    await c.begin(undefined, (wake) => c.inPieces(wake, 0));
    await c.inPieces(c.request(), 0);
    return c.isHeard();
  },
  async slow(c) {
    await c.begin(undefined, (wake) => c.inPieces(wake, 5));
    await c.inPieces(c.request(), 5);
    return c.isHeard();
  },
};

/**
 * @param {string} file  a device file, for settings and commands
 * @param {string} address  where the device is
 * @param {string} trick
 * @returns {Promise<boolean>} whether its last request got as much as a byte
 */
export async function beHostile(file, address, trick) {
  const [name, value] = trick.split(':');
  const opened = [];
  const open = () => {
    const connection = new HostileConnection(file, address, name === 'wrong-key' ? OTHER_KEY : KEY);
    opened.push(connection);
    return connection;
  };
  try {
    return await tricks[name](open(), Number(value), open);
  } finally {
    for (const { socket } of opened) socket.destroy();
  }
}
