// SPDX-License-Identifier: MIT
// disk.mjs: no room on the disk, and directories that cannot be written, for the device and for the
// client: a clear word, nothing lost, and what cannot be noted is not done.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { cProgram, run } from '../../npm/test/program.js';
import { KilledDevice } from './device.mjs';
import { judge, readJournal } from './journal.mjs';
import { report, reportJudge } from './report.mjs';
import { Scene } from './scene.mjs';

const NOBODY = 65534;
const isRoot = process.getuid() === 0;

/** No file may grow, nor be written at all: what a full disk comes to. */
const NO_ROOM = ['/usr/bin/prlimit', '--fsize=0', '--'];
/** Root may write anywhere. */
const UNPRIVILEGED = isRoot ? ['/usr/bin/setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];

/** Where this package is only its owner may be allowed to look. */
const copy = mkdtempSync(path.join(os.tmpdir(), 'csign-faults-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
chmodSync(copy, 0o755);
for (const part of ['npm/src', 'npm/package.json', 'tests/faults/node_device.mjs']) {
  cpSync(fileURLToPath(new URL(`../../${part}`, import.meta.url)), path.join(copy, part), { recursive: true });
}
const scripts = path.join(copy, 'tests/faults');
const tools = { program: cProgram(), node: [process.execPath, path.join(copy, 'npm/src/cli/main.js')] };

function give(path) {
  if (isRoot) chownSync(path, NOBODY, NOBODY);
}

class Trial {
  wrong = [];
  count = 0;
  #sent = 0;
  outcomes = new Map();

  constructor() {
    this.scene = new Scene(['owner']);
    chmodSync(this.scene.directory, 0o755);
    mkdirSync(this.state, { mode: 0o700 });
  }

  get state() {
    return `${this.scene.directory}/state`;
  }

  check(holds, what) {
    this.count++;
    if (!holds) this.wrong.push(what);
  }

  /** One command by a tool; its line and what it says. */
  async send(tool, { wrap = [], command } = {}) {
    const argument = `${++this.#sent}`;
    const { status, out, err } = await run([...wrap, ...tools[tool], 'send', '--json', this.client, ...(command ?? ['it', argument])], { state: this.state });
    const told = JSON.parse(out.trim().split('\n').at(-1) || '{}');
    if (!command) this.outcomes.set(argument, told.outcome);
    return { ...told, exit: status, err };
  }

  /** A command that must not leave, and be told why. */
  async isNotSent(tool, words, options, what) {
    const before = readJournal(this.scene.journal).length;
    const { outcome, exit, err } = await this.send(tool, options);
    this.check(outcome === 'not-sent' && exit === 3 && words.test(err), `${what}: ${outcome}, ${exit}: ${err}`);
    this.check(readJournal(this.scene.journal).length === before, `${what}: executed all the same`);
  }

  async isDone(tool, what, options) {
    const { outcome, exit, err } = await this.send(tool, options);
    this.check(outcome === 'done' && exit === 0, `${what}: ${outcome}, ${exit}: ${err}`);
  }

  async lastRan(tool, what) {
    const { last, err } = await this.send(tool, { command: ['last'] });
    this.check(last === 'ran', `${what}: last is ${last}: ${err}`);
  }

  async startDevice({ kind = 'program', ...options } = {}) {
    this.device = new KilledDevice(kind, this.scene.device, options);
    await this.device.start();
    this.client = this.scene.clientFile('owner', this.device.address);
    chmodSync(this.client, 0o600);
    give(this.client);
  }

  /** Root's directory nobody may write in as it is. */
  lock(isLocked) {
    if (!isRoot) chmodSync(this.scene.directory, isLocked ? 0o555 : 0o755);
  }

  /** A device that must not begin to serve, and says why. */
  async isRefused(options, words, what) {
    const device = new KilledDevice(options.kind ?? 'program', this.scene.device, { ...options, scripts });
    const said = await device.start().then(() => 'it serves', (error) => error.message);
    if (said === 'it serves') await device.end('SIGKILL');
    this.check(words.test(said), `${what}: ${said}`);
  }

  end(name, expected) {
    const lies = judge(readJournal(this.scene.journal), this.outcomes);
    report(name, this.count, expected, [...this.wrong, ...lies]);
  }
}

async function clientWithoutRoom(tool) {
  const trial = new Trial();
  const full = { wrap: NO_ROOM };
  await trial.startDevice();
  await trial.isNotSent(tool, /cannot be (written|made)|File too large|EFBIG/, full, 'no state file yet');
  await trial.isDone(tool, 'room again');
  await trial.isNotSent(tool, /cannot be written|File too large|EFBIG/, full, 'there is a state file');
  await trial.lastRan(tool, 'the command before');
  await trial.isDone(tool, 'room again');
  await trial.device.end('SIGTERM');
  trial.end(`${tool === 'node' ? 'package' : 'send'}: no room for its state`, 'not-sent, nothing runs, last kept');
}

async function clientWithoutRights(tool) {
  const trial = new Trial();
  const nobody = { wrap: UNPRIVILEGED };
  await trial.startDevice();
  give(trial.state);
  chmodSync(trial.state, 0o500);
  await trial.isNotSent(tool, /denied|EACCES/, nobody, 'a directory that is read-only');
  chmodSync(trial.state, 0o700);
  await trial.isDone(tool, 'it may write again', nobody);
  const file = spawnSync('find', [trial.state, '-type', 'f']).stdout.toString().trim();
  chmodSync(file, 0o400);
  await trial.isNotSent(tool, /denied|EACCES/, nobody, 'a state file that is read-only');
  chmodSync(file, 0o600);
  const { last } = await trial.send(tool, { ...nobody, command: ['last'] });
  trial.check(last === 'ran', `last is ${last}`);
  await trial.device.end('SIGTERM');
  trial.end(`${tool === 'node' ? 'package' : 'send'}: a state directory, a state file read-only`, 'not-sent, nothing runs, last kept');
}

async function storeWithoutRoom() {
  const trial = new Trial();
  const full = { wrap: NO_ROOM };
  const store = trial.scene.path('device.store');
  await trial.isRefused(full, /store .*(File too large|make room)/s, 'a new store');
  trial.check(!existsSync(store) || statSync(store).size === 0, 'half a store was left');
  await trial.startDevice();
  await trial.isDone('program', 'room again');
  await trial.device.end('SIGKILL');
  const before = readFileSync(store);
  await trial.isRefused(full, /store .*make room for it/s, 'a store that cannot count this start');
  trial.check(readFileSync(store).equals(before), 'the store was changed');
  await trial.startDevice();
  await trial.isDone('program', 'room again');
  await trial.device.end('SIGTERM');
  trial.end('serve: no room for its store', 'refuses to serve, keys kept');
}

async function storeWithoutRights() {
  const trial = new Trial();
  const nobody = { wrap: UNPRIVILEGED };
  const store = trial.scene.path('device.store');
  give(trial.scene.device);
  trial.lock(true);
  await trial.isRefused(nobody, /store .*Permission denied/s, 'a directory that is read-only');
  trial.lock(false);
  trial.check(!existsSync(store), 'a store was made');
  await trial.startDevice();
  await trial.isDone('program', 'who may write');
  await trial.device.end('SIGTERM');
  give(store);
  chmodSync(store, 0o400);
  const before = readFileSync(store);
  await trial.isRefused(nobody, /store .*Permission denied/s, 'a store that is read-only');
  trial.check(readFileSync(store).equals(before), 'the store was changed');
  chmodSync(store, 0o600);
  give(trial.scene.path('journal'));
  await trial.startDevice(nobody);
  await trial.isDone('program', 'a store that may be written, in a directory that may not');
  await trial.device.end('SIGTERM');
  trial.end('serve: a directory, a store read-only', 'refuses to serve, keys kept');
}

async function nodeStore(wrap, name, words) {
  const trial = new Trial();
  const store = trial.scene.path('device.store');
  give(trial.scene.device);
  trial.lock(wrap === UNPRIVILEGED);
  await trial.isRefused({ kind: 'node', wrap }, words, 'a new store');
  trial.lock(false);
  trial.check(!existsSync(store) || statSync(store).size === 0, 'half a store was left');
  await trial.startDevice();
  await trial.isDone('program', 'the program serves that store');
  await trial.device.end('SIGTERM');
  if (wrap === UNPRIVILEGED) {
    give(store);
    chmodSync(store, 0o400);
  }
  const before = readFileSync(store);
  await trial.isRefused({ kind: 'node', wrap }, words, 'a store that is there');
  trial.check(readFileSync(store).equals(before), 'the store was changed');
  trial.end(`package's serve: ${name}`, 'refuses to serve, keys kept');
}

/** The disk fills while it serves: a key change fails, and is neither half done nor lost later. */
async function keyChangeWithoutRoom(kind) {
  const trial = new Trial();
  const key = trial.scene.file('new.key', `hex:${trial.scene.keyOf('new').toString('hex')}\n`);
  const change = async (...words) =>
    (await run([...tools.program, 'key', ...words.slice(0, 1), '--no-state', trial.client, ...words.slice(1)], { state: trial.state })).status;
  const set = () => change('set', '--slot', '3', '--rights', 'all', '--key', key);
  const limit = (size) => spawnSync('/usr/bin/prlimit', [`--pid=${trial.device.child.pid}`, `--fsize=${size}:unlimited`]);
  const knowsNew = async () => {
    const file = trial.scene.clientFile('new', trial.device.address);
    const argument = `new-${trial.count}`;
    trial.outcomes.set(argument, 'asked');
    const { status } = await run([...tools.program, 'send', '--no-state', '--timeout', '2000', file, 'it', argument], { state: trial.state });
    return status === 0;
  };
  await trial.startDevice({ kind });
  limit(0);
  trial.check(await set() === 1, 'a key was set without room for it');
  limit('unlimited'); // the handler's journal needs room too
  trial.check(!await knowsNew(), 'the key that was not stored works');
  trial.check(await set() === 0, 'no key can be set although there is room again');
  trial.check(await knowsNew(), 'the key that was stored does not work');
  limit(0);
  trial.check(await change('drop', '--slot', '3') === 1, 'a key was dropped without room for it');
  limit('unlimited');
  trial.check(await knowsNew(), 'the key whose drop failed does not work');
  trial.check(await change('drop', '--slot', '3') === 0, 'no key can be dropped although there is room again');
  await trial.device.end('SIGKILL');
  await trial.startDevice({ kind });
  trial.check(!await knowsNew(), 'a dropped key works after a restart');
  await trial.isDone('program', 'the other key');
  await trial.device.end('SIGTERM');
  trial.end(`${kind === 'node' ? "package's serve" : 'serve'}: no room for a key change`, 'failed, old keys, then done');
}

/** Output and log go nowhere; commands go on. */
async function fullLog() {
  const trial = new Trial();
  await trial.startDevice({ wrap: ['/bin/sh', '-c', 'exec "$@" 2>/dev/full', 'sh'] });
  for (let i = 0; i < 5; i++) await trial.isDone('program', 'no room for the log');
  trial.check(trial.device.child.exitCode === null, 'it ended');
  await trial.device.end('SIGTERM');
  trial.end('serve: no room for its log', 'goes on, all done');
}

async function fullOutput() {
  const trial = new Trial();
  await trial.startDevice();
  for (const tool of ['program', 'node']) {
    const argument = `into-full-${tool}`;
    const { status } = await run(['/bin/sh', '-c', 'exec "$@" >/dev/full', 'sh', ...tools[tool], 'send', trial.client, 'it', argument], { state: trial.state });
    trial.outcomes.set(argument, 'done');
    trial.check(status !== 2 && status !== 3, `${tool}: told not sent (${status}) and executed`);
    await trial.lastRan(tool, 'what could not be printed');
  }
  await trial.device.end('SIGTERM');
  trial.end('send, package: no room for the output', 'state kept, never told as not sent');
}

/** A file system of 64 KiB, if one may be mounted, filled to the last byte. */
async function fullTmpfs() {
  const trial = new Trial();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', trial.state]);
  if (status !== 0) {
    console.log('row|a full tmpfs|0|as without room|may not be mounted here; the rows above stand for it');
    return;
  }
  try {
    await trial.startDevice();
    for (const tool of ['program', 'node']) {
      const filler = `${trial.state}/filler`;
      const fd = openSync(filler, 'w');
      try {
        for (;;) writeSync(fd, Buffer.alloc(4096));
      } catch {
        closeSync(fd);
      }
      await trial.isNotSent(tool, /No space left|ENOSPC/, {}, `${tool}, full`);
      rmSync(filler);
      await trial.isDone(tool, `${tool}, room again`);
      await trial.lastRan(tool, tool);
      spawnSync('find', [trial.state, '-mindepth', '1', '-delete']);
    }
    await trial.device.end('SIGTERM');
  } finally {
    spawnSync('umount', [trial.state]);
  }
  trial.end('send, package: a full tmpfs', 'not-sent, nothing runs');
}

/** A client that goes on where it cannot note what it sends would be seen. */
async function judgeIsJudged() {
  const trial = new Trial();
  await trial.startDevice();
  await trial.isNotSent('program', /./, { wrap: NO_ROOM, command: ['--no-state', 'it', '0'] }, 'without a state');
  await trial.device.end('SIGTERM');
  reportJudge('a client that sends without its state', trial.wrong, 'executed all the same');
}

for (const tool of ['program', 'node']) {
  await clientWithoutRoom(tool);
  await clientWithoutRights(tool);
}
await storeWithoutRoom();
await storeWithoutRights();
await nodeStore(NO_ROOM, 'no room for its store', /File too large|EFBIG|SIGXFSZ/);
await nodeStore(UNPRIVILEGED, 'a directory, a store read-only', /denied|EACCES/);
for (const kind of ['program', 'node']) await keyChangeWithoutRoom(kind);
await fullLog();
await fullOutput();
await fullTmpfs();
await judgeIsJudged();
