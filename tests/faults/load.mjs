// SPDX-License-Identifier: MIT
// load.mjs: clients that command without pause and note what they were told.
import { setTimeout as delay } from 'node:timers/promises';

import { Device } from '../../npm/src/index.js';
import { fileSettings, readDeviceFile } from '../../npm/src/device-file.js';
import { cProgram, run } from '../../npm/test/program.js';
import { exchange, resend } from './raw_client.mjs';

const CODE = Buffer.from([1]);

export class Load {
  outcomes = new Map();
  resent = { tried: 0, answered: [] };
  #count = 0;
  #isOver = false;
  #recorded = [];

  constructor(scene, device) {
    this.scene = scene;
    this.device = device;
  }

  #argument(client) {
    const argument = `${client}-${++this.#count}`;
    this.outcomes.set(argument, 'asked');
    return argument;
  }

  #file(client) {
    return this.scene.clientFile(client, this.device.address);
  }

  /** The package: one after another, every second on a connection that goes on. */
  async #node(client) {
    const device = await Device.open(this.#file(client), { state: false, timeout: 2000 });
    let connection = device.connect();
    while (!this.#isOver) {
      const argument = this.#argument(client);
      const outcome = await connection.send('it', argument).then((result) => result.outcome, (error) => error.outcome);
      this.outcomes.set(argument, outcome);
      if (outcome === 'done' && this.#count % 5 !== 0) continue;
      await connection.close();
      connection = device.connect();
      if (outcome === 'not-sent') await delay(5);
    }
    await device.close();
  }

  /** The program: chains of two; what is unknown is settled by `last`. */
  async #program(client) {
    const file = this.#file(client);
    const state = this.scene.path('state');
    while (!this.#isOver) {
      const both = [this.#argument(client), this.#argument(client)];
      const { out, err, status } = await run([...cProgram(), 'send', '--json', '--timeout', '2000', file, 'it', both[0], '+', 'it', both[1]], { state });
      const told = out.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line).outcome);
      if (told.length === 0) throw new Error(`send ended with ${status}: ${err}`);
      both.forEach((argument, at) => this.outcomes.set(argument, told[at] ?? 'not-sent'));
      const doubtful = told.indexOf('unknown');
      if (doubtful === 0) await this.#settle(file, state, both[0]);
    }
  }

  async #settle(file, state, argument) {
    const { out } = await run([...cProgram(), 'send', '--json', '--timeout', '2000', file, 'last'], { state });
    const { last } = JSON.parse(out.trim().split('\n').at(-1));
    if (last !== 'ran' && last !== 'not-the-last') return;
    this.outcomes.set(argument, last);
  }

  /** Bytes that are kept, those of requests with an unknown outcome too. */
  async #raw(client) {
    const settings = fileSettings(readDeviceFile(this.#file(client), 'client'));
    const key = this.scene.keyOf(client);
    while (!this.#isOver) {
      const argument = this.#argument(client);
      const { outcome, recorded } = await exchange(this.device.address, settings, key, CODE, argument);
      this.outcomes.set(argument, outcome);
      if (recorded) this.#recorded.push({ ...recorded, settings, outcome });
      if (outcome === 'not-sent') await delay(5);
    }
  }

  /** Sends again the newest of each outcome; nothing may come of it. */
  async resendRecorded() {
    const newest = ['done', 'unknown'].flatMap((wanted) => this.#recorded.filter(({ outcome }) => outcome === wanted).slice(-2));
    for (const recorded of newest) {
      const { isTried, answered } = await resend(this.device.address, recorded.settings, recorded);
      if (!isTried) continue;
      this.resent.tried++;
      if (answered) this.resent.answered.push('answered a recorded request');
    }
  }

  begin() {
    this.all = Promise.all([this.#node('node'), this.#node('node-2'), this.#program('program'), this.#raw('raw')]);
    this.all.catch(() => {});
  }

  async end() {
    this.#isOver = true;
    await this.all;
  }

  /** Waits until so many were done, 20 s at most. */
  async hasDone(least) {
    for (let tries = 0; tries < 4000 && this.count('done') < least; tries++) await delay(5);
  }

  count(outcome) {
    return [...this.outcomes.values()].filter((told) => told === outcome).length;
  }
}

export const CLIENTS = ['node', 'node-2', 'program', 'raw'];
