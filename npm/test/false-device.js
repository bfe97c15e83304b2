// SPDX-License-Identifier: MIT
// false-device.js: a device that knows the key and misbehaves, each trick by its name.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { DeviceMachine, Keyring } from '../src/core.js';
import { fileSettings, readDeviceFile } from '../src/device-file.js';
import { readKey } from '../src/key-reference.js';

/** What the client is expected to say of each trick. */
export const sealedTricks = {
  flip: 'unknown', 'flip:0': 'unknown', 'flip:8': 'unknown', 'short:0': 'unknown',
  'short:1': 'unknown', 'short:17': 'unknown', reflect: 'unknown', 'silent-reply': 'unknown',
  'silent-challenge': 'not-sent', 'short-challenge': 'not-sent', 'close-challenge': 'not-sent',
  'flip-challenge': 'unknown', flood: 'unknown', zero: 'unknown', 'close-early': 'unknown',
  'unknown-status': 'failed', 'flood-after': 'done', extra: 'done', fragment: 'done', slow: 'done',
};
export const classicTricks = {
  flip: 'unknown', 'flip:0': 'unknown', 'short:31': 'unknown', reflect: 'unknown',
  'silent-reply': 'unknown', 'silent-challenge': 'not-sent', 'flip-challenge': 'unknown',
  flood: 'unknown', 'close-early': 'unknown', 'flood-after': 'done', fragment: 'done', slow: 'done',
};

function flipped(bytes, bit) {
  const copy = Buffer.from(bytes);
  const at = bit ?? copy.length * 8 - 1;
  copy[at >> 3] ^= 0x80 >> (at & 7);
  return copy;
}

/** What a trick makes of a challenge: bytes to send, and whether it ends there. */
function falseChallenge(trick, bytes) {
  if (trick === 'silent-challenge') return { bytes: Buffer.alloc(0), holds: true };
  if (trick === 'close-challenge') return { bytes: Buffer.alloc(0), ends: true };
  if (trick === 'short-challenge') return { bytes: bytes.subarray(0, 5), ends: true };
  const [name, bit = 3] = trick.split(':');
  if (name === 'flip-challenge') return { bytes: flipped(bytes, Number(bit)) };
  return { bytes };
}

/** What a trick makes of a reply. */
function falseReply(trick, bytes, { request, replies }) {
  const [name, number] = trick.split(':');
  const value = number === undefined ? undefined : Number(number);
  switch (name) {
    case 'flip': return { bytes: flipped(bytes, value) };
    case 'short': return { bytes: bytes.subarray(0, value), ends: true };
    case 'reflect': return { bytes: request };
    case 'silent-reply': return { bytes: Buffer.alloc(0), holds: true };
    case 'zero': return { bytes: Buffer.alloc(17) };
    case 'flood': return { bytes: randomBytes(1 << 18) };
    case 'close-early': return { bytes: Buffer.alloc(0), ends: true };
    case 'flood-after': return { bytes: Buffer.concat([bytes, randomBytes(1 << 18)]) };
    case 'extra': return { bytes: Buffer.concat([bytes, randomBytes(7)]) };
    case 'swap': return { bytes: replies.length === value ? replies[value - 1] : bytes };
    default: return { bytes };
  }
}

class FalseConnection {
  replies = [];
  request = Buffer.alloc(0);

  constructor(socket, device, trick) {
    this.socket = socket;
    this.device = device;
    this.trick = trick;
    this.machine = new DeviceMachine(device.table);
    this.turn = Promise.resolve();
    socket.on('data', (bytes) => this.later(() => this.take(bytes)));
    this.later(() => this.step());
  }

  later(task) {
    this.turn = this.turn.then(task).catch(() => this.socket.destroy());
  }

  async take(bytes) {
    for (let at = 0; at < bytes.length;) {
      const used = this.machine.take(bytes.subarray(at));
      if (this.machine.key === null || this.machine.wants === 'run') {
        this.request = Buffer.concat([this.request, bytes.subarray(at, at + used)]);
      }
      if (used === 0) return;
      at += used;
      await this.step();
    }
  }

  async write(bytes) {
    if (this.trick !== 'fragment' && this.trick !== 'slow') return void this.socket.write(bytes);
    for (const byte of bytes) {
      this.socket.write(Buffer.from([byte]));
      await delay(this.trick === 'slow' ? 5 : 0);
    }
  }

  async step() {
    const { machine } = this;
    for (;;) {
      switch (machine.wants) {
        case 'challenge':
          machine.challenge(randomBytes(this.device.table.settings.challenge));
          if (!await this.deliver(falseChallenge(this.trick, Buffer.from(machine.out)))) return;
          machine.sent();
          this.request = Buffer.alloc(0);
          break;
        case 'run':
          this.device.runs++;
          this.reply();
          break;
        case 'settle':
          await machine.settle();
          break;
        case 'send': {
          const honest = Buffer.from(machine.out);
          if (!await this.deliver(falseReply(this.trick, honest, this))) return;
          this.replies.push(honest);
          machine.sent();
          break;
        }
        case 'close':
          this.socket.end();
          return;
        default:
          return;
      }
    }
  }

  reply() {
    const { machine } = this;
    if (this.device.table.settings.profile === 'classic') machine.answer('done');
    else machine.reply(this.trick === 'unknown-status' ? 0x33 : 0, machine.command.args);
  }

  async deliver({ bytes, ends, holds }) {
    await this.write(bytes);
    if (ends) this.socket.end();
    return !ends && !holds;
  }
}

/** Plays the first conversation honestly, and what the device said in it to everybody after it. */
function replayer(device) {
  let recorded = null;
  return (socket) => {
    if (recorded === null) {
      recorded = [];
      const write = socket.write.bind(socket);
      socket.write = (bytes, ...rest) => {
        recorded.push(Buffer.from(bytes));
        return write(bytes, ...rest);
      };
      return void new FalseConnection(socket, device, 'honest');
    }
    let said = 0;
    let heard = 0;
    const { wake, hash, tag } = device.table.settings;
    const lengths = [wake, wake + (device.table.settings.profile === 'classic' ? hash.length : 2 + tag)];
    const answer = () => {
      while (said < recorded.length && heard >= lengths[said]) socket.write(recorded[said++]);
    };
    socket.on('data', (bytes) => {
      heard += bytes.length;
      answer();
    });
    answer();
  };
}

/**
 * @param {string} file  a device file, for its key and settings
 * @param {string} trick
 */
export async function falseDevice(file, trick) {
  const read = readDeviceFile(file, 'client');
  const settings = fileSettings(read);
  const keyring = new Keyring(settings);
  keyring.hold(0, 'key', 0xffffffff, readKey(read.key, read.directory, file));
  const device = { table: { settings, keyring, commands: read.commands, answers: read.answers }, runs: 0, connections: 0 };
  const replay = trick === 'replay-old' ? replayer(device) : null;
  const sockets = new Set();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    device.connections++;
    socket.on('error', () => {}).on('end', () => socket.end());
    if (replay) replay(socket);
    else new FalseConnection(socket, device, typeof trick === 'function' ? trick(device.connections) : trick);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  device.address = `tcp://127.0.0.1:${server.address().port}`;
  device.close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return device;
}
