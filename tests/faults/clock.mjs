// SPDX-License-Identifier: MIT
// clock.mjs: the time of day is set a day forward and a day back while commands run. Deadlines and
// timeouts go by a clock that nobody sets; none of the numbers here is a measurement.
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { fileSettings, readDeviceFile } from '../../npm/src/device-file.js';
import { NODE_PROGRAM, cProgram, run } from '../../npm/test/program.js';
import { KilledDevice } from './device.mjs';
import { HANDLER, judge, readJournal } from './journal.mjs';
import { Conversation } from './raw_client.mjs';
import { report, reportJudge } from './report.mjs';
import { Scene } from './scene.mjs';

const DAY = 86400n;
const tools = { program: cProgram(), node: NODE_PROGRAM };
const nameOf = { program: 'send', node: 'package' };
/** Whoever has to wait for the clock to have gone a day has not ended by then. */
const PATIENCE = 15000;

class Clocks {
  constructor(file) {
    this.file = file;
    this.fd = openSync(file, 'w');
    this.set();
  }

  /** Seconds by which they are wrong: time of day, time since the start, steady clock. */
  set(real = 0n, boot = 0n, steady = 0n) {
    writeSync(this.fd, Buffer.from(BigInt64Array.of(real, boot, steady).buffer), 0, 24, 0);
  }

  get env() {
    return { LD_PRELOAD: path.join(process.env.FAULTS_BIN, 'libfaults_clock_step.so'), CLOCK_STEP: this.file };
  }

  close() {
    closeSync(this.fd);
  }
}

class Trial {
  wrong = [];
  count = 0;
  outcomes = new Map();
  #sent = 0;

  constructor(kind, { patience = PATIENCE, ...options } = {}) {
    this.kind = kind;
    this.patience = patience;
    this.scene = new Scene(['owner'], { store: false, ...options });
    this.clocks = new Clocks(this.scene.path('clocks'));
  }

  async start() {
    this.device = new KilledDevice(this.kind, this.scene.device, { env: this.clocks.env });
    await this.device.start();
    this.client = this.scene.clientFile('owner', this.device.address);
    return this;
  }

  check(holds, what) {
    this.count++;
    if (!holds) this.wrong.push(what);
  }

  open() {
    const settings = fileSettings(readDeviceFile(this.client, 'client'));
    return new Conversation(this.device.address, settings, this.scene.keyOf('owner'), this.patience);
  }

  argument() {
    const argument = `clock-${++this.#sent}`;
    this.outcomes.set(argument, 'asked');
    return argument;
  }

  /** Up to the challenge; then the clocks are set, and the request follows. */
  async ask(steps, wait = 0) {
    const conversation = this.open();
    const argument = this.argument();
    if (!await conversation.greet()) return 'no challenge';
    this.clocks.set(...steps);
    if (wait > 0) await delay(wait);
    conversation.request(Buffer.from([1]), argument);
    const outcome = await conversation.outcome();
    this.outcomes.set(argument, outcome);
    conversation.close();
    this.clocks.set();
    return outcome;
  }

  async end() {
    await this.device.end('SIGTERM');
    await delay(100);
    this.wrong.push(...judge(readJournal(this.scene.journal), this.outcomes));
    this.clocks.close();
  }
}

const deviceName = { program: 'serve', node: "package's serve" };

/** No step of the time of day ends a conversation early. */
async function stepsForward(kind) {
  const trial = await new Trial(kind, { deadline: 20000 }).start();
  for (let i = 0; i < 10; i++) {
    const outcome = await trial.ask([i % 2 === 0 ? DAY : -DAY]);
    trial.check(outcome === 'done', `a command under way: ${outcome}`);
  }
  await trial.end();
  report(`${deviceName[kind]}: the clock set by a day before a request`, trial.count, 'done', trial.wrong);
}

/** A request that comes after the deadline does not run, whatever the time of day. */
async function lateRequests(kind, steps, patience = PATIENCE) {
  const trial = await new Trial(kind, { deadline: 1000, patience }).start();
  for (let i = 0; i < 2; i++) {
    const outcome = await trial.ask(steps, 1500);
    trial.check(outcome === 'unknown', `a request after the deadline: ${outcome}`);
  }
  const idle = trial.open();
  trial.check(await idle.greet(), 'no challenge');
  trial.clocks.set(...steps);
  trial.check(await idle.isClosed(), 'a silent connection stays open');
  idle.close();
  trial.clocks.set();
  await trial.end();
  return trial;
}

/** The machine slept longer than the deadline between challenge and request. */
async function sleeps(kind) {
  const trial = await new Trial(kind, { deadline: 20000 }).start();
  for (let i = 0; i < 5; i++) {
    const outcome = await trial.ask([DAY, DAY]);
    trial.check(outcome === 'unknown', `a request from before the sleep: ${outcome}`);
  }
  trial.check(readJournal(trial.scene.journal).length === 0, 'a request from before the sleep ran');
  await trial.end();
  return trial;
}

/** The limit of a handler's run. */
async function handlers() {
  const slow = await new Trial('program', { handler: `#!/bin/sh\nsleep 0.3\n${HANDLER.slice(10)}`, more: 'limit = 30000' }).start();
  for (const step of [DAY, -DAY]) {
    const asked = slow.ask([]);
    await delay(100);
    slow.clocks.set(step);
    const outcome = await asked;
    slow.check(outcome === 'done', `a handler that has time: ${outcome}`);
  }
  await slow.end();
  const stuck = await new Trial('program', { handler: '#!/bin/sh\nsleep 60\n', more: 'limit = 300' }).start();
  const asked = stuck.ask([]);
  await delay(100);
  stuck.clocks.set(-DAY);
  const outcome = await asked;
  stuck.check(outcome === 'failed', `a handler without end: ${outcome}`);
  await stuck.end();
  report('serve: the clock set by a day while a handler runs', slow.count + stuck.count, 'its limit holds', [...slow.wrong, ...stuck.wrong]);
}

/** Stands before the device and swallows what is not a wake. */
async function swallowing(address, wakeLength) {
  const port = Number(address.split(':').at(-1));
  const taken = { at: 0 };
  const server = net.createServer((client) => {
    const device = net.connect({ host: '127.0.0.1', port });
    client.on('error', () => {}).on('close', () => device.destroy());
    device.on('error', () => {}).on('data', (bytes) => client.write(bytes));
    let passed = 0;
    client.on('data', (bytes) => {
      if (passed < wakeLength) device.write(bytes.subarray(0, wakeLength - passed));
      else {
        taken.at = performance.now();
        client.destroy();
      }
      passed += bytes.length;
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `tcp://127.0.0.1:${server.address().port}`, taken, close: () => server.close() };
}

/** `last` waits until the request can no longer run, however the time of day was set meanwhile. */
async function lastWaits(tool, steps) {
  const deadline = 1200;
  const trial = await new Trial('program', { deadline }).start();
  const env = trial.clocks.env;
  const state = trial.scene.path('state');
  const send = (file, ...words) => run([...tools[tool], 'send', '--json', file, ...words], { state, env });
  const told = (out) => JSON.parse(out.trim().split('\n').at(-1));
  const first = trial.argument();
  trial.check(told((await send(trial.client, 'it', first)).out).outcome === 'done', 'the first command');
  for (const step of steps) {
    const tap = await swallowing(trial.device.address, 16);
    const argument = trial.argument();
    const { outcome } = told((await send(trial.scene.clientFile('owner', tap.address, 'tap.ini'), 'it', argument)).out);
    trial.check(outcome === 'unknown', `swallowed: ${outcome}`);
    trial.clocks.set(step);
    const { last } = told((await send(trial.client, 'last')).out);
    const waited = performance.now() - tap.taken.at;
    trial.clocks.set();
    tap.close();
    trial.outcomes.set(argument, last);
    trial.check(last === 'not-the-last', `last: ${last}`);
    trial.check(waited >= deadline * 0.8 && waited < PATIENCE, `last took ${Math.round(waited)} ms of ${deadline}`);
  }
  await trial.end();
  report(`${nameOf[tool]}: the clock set by a day before last`, trial.count, 'it waits for the deadline', trial.wrong);
}

/** A client's own timeout. */
async function timeouts(tool) {
  const trial = await new Trial('program', {}).start();
  const silent = net.createServer((socket) => socket.on('error', () => {}));
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const file = trial.scene.clientFile('owner', `tcp://127.0.0.1:${silent.address().port}`, 'silent.ini');
  const child = spawn(tools[tool][0], [...tools[tool].slice(1), 'send', '--no-state', '--timeout', '800', file, 'it', 'x'],
    { env: { ...process.env, ...trial.clocks.env }, stdio: 'ignore' });
  const over = new Promise((resolve) => child.on('exit', resolve));
  await delay(400);
  trial.clocks.set(-DAY);
  const exit = await Promise.race([over, delay(PATIENCE, 'none', { ref: false })]);
  child.kill('SIGKILL');
  trial.check(exit === 3, `it ended with ${exit}`);
  silent.close();
  await trial.end();
  report(`${nameOf[tool]}: the clock set back while it waits`, trial.count, 'not-sent after its timeout', trial.wrong);
}

for (const kind of ['program', 'node']) {
  await stepsForward(kind);
  const late = await lateRequests(kind, [-DAY]);
  report(`${deviceName[kind]}: the clock set back a day, and a late request`, late.count, 'closed, nothing runs', late.wrong);
}
const slept = await sleeps('program');
report('serve: the machine slept between challenge and request', slept.count, 'closed, nothing runs', slept.wrong);
await handlers();
for (const tool of ['program', 'node']) {
  await lastWaits(tool, [DAY, -DAY]);
  await timeouts(tool);
}
// Were deadlines kept by a clock that can be set, this is what would be seen.
reportJudge('deadlines kept by the time of day', (await lateRequests('program', [-DAY, 0n, -DAY], 2000)).wrong, 'stays open');
