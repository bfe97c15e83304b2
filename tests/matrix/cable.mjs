// SPDX-License-Identifier: MIT
// cable.mjs: a serial cable over pseudo-terminals that keeps what passes, and an attacker who has
// clamped on to it (cable.c).
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { BAUD } from './board.mjs';

/** Longer than the silence after which a device takes a wake again. */
const SILENCE = 800;

class Attacker {
  isOver = false;

  constructor(cable) {
    this.cable = cable;
    this.from = cable.heard.toClient.length;
  }

  get heard() {
    return this.cable.heard.toClient.subarray(this.from);
  }

  write(bytes) {
    this.cable.inject(bytes).catch(() => {});
  }

  close() {}
}

export class Cable {
  isLine = true;
  heard = { toDevice: Buffer.alloc(0), toClient: Buffer.alloc(0) };
  /** The longest that this machine held up a terminal, in ms; 0: not long enough to matter. */
  held = 0;
  #ends = [];
  #settled = [];
  #text = '';

  /** Each end is `pty` or a terminal that is there. */
  static async open(clientEnd, deviceEnd) {
    const cable = new Cable();
    cable.child = spawn(process.env.COUNTERSIGN_CABLE, [clientEnd, deviceEnd], { stdio: ['pipe', 'pipe', 'inherit'] });
    cable.child.stdin.on('error', () => {});
    cable.child.on('exit', (status) => {
      for (const { reject } of cable.#settled.splice(0)) reject(new Error(`the cable ended with ${status}`));
    });
    cable.child.stdout.on('data', (bytes) => cable.#hear(bytes));
    await cable.#settle();
    return cable;
  }

  get address() {
    return this.#address(0);
  }

  get deviceAddress() {
    return this.#address(1);
  }

  get ends() {
    return this.#ends;
  }

  #address(end) {
    return `serial:${this.#ends[end]}?baud=${BAUD}&boot=0`;
  }

  #hear(bytes) {
    const lines = (this.#text + bytes).split('\n');
    this.#text = lines.pop();
    for (const line of lines) this.#line(line[0], line.slice(2), line);
  }

  #line(mark, hex, line) {
    if (mark === '>') this.#add('toDevice', hex);
    else if (mark === '<') this.#add('toClient', hex);
    else if (mark === '=') this.#settled.shift().resolve();
    else if (mark === 'l') this.held = Math.max(this.held, Number(line.slice('late '.length)));
    else this.#ends.push(line.slice('end '.length));
  }

  #add(way, hex) {
    this.heard[way] = Buffer.concat([this.heard[way], Buffer.from(hex, 'hex')]);
  }

  /** When it is over, all that passed before is known here. */
  inject(bytes) {
    this.child.stdin.write(`${bytes.toString('hex')}\n`);
    return new Promise((resolve, reject) => this.#settled.push({ resolve, reject }));
  }

  #settle() {
    return this.inject(Buffer.alloc(0));
  }

  /** What has passed since the last call. */
  async take() {
    await this.#settle();
    const taken = this.heard;
    this.heard = { toDevice: Buffer.alloc(0), toClient: Buffer.alloc(0) };
    return taken;
  }

  async attacker() {
    await delay(SILENCE);
    return new Attacker(this);
  }

  async close() {
    const ended = this.child.exitCode === null ? new Promise((resolve) => this.child.once('exit', resolve)) : null;
    this.child.stdin.end();
    await ended;
  }
}
