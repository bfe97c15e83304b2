// SPDX-License-Identifier: MIT
// judge.mjs: what a cell has to do, and what must not happen in it.
//
//     judge.mjs NAME      prints {"wrong":null,"room":133,"held":0}: what is wrong, what the boards'
//                         memory had left in bytes, and how long this machine held up the line
//
// A process for each cell: what one waits for, such as a disk, must not hold up another's line.
// State files are left out for the same reason; npm/test/interop has them.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { hashes } from '../../npm/src/core.js';
import { readDeviceFile } from '../../npm/src/device-file.js';
import { World } from '../../npm/test/world.js';
import { Board } from './board.mjs';
import { Cable } from './cable.mjs';
import { allCells, nameOf, settingOf } from './cells.mjs';
import { argsOf, clients, sumOf } from './clients.mjs';
import { devices } from './devices.mjs';
import { replay } from './replay.mjs';
import { TcpTap } from './tcp-tap.mjs';

const STEP_MS = 30000;

/** Boards first: on a line the cable has to know their ends. */
async function build(cell, scene) {
  const { world, setting } = scene;
  const isLine = cell.link === 'line';
  const writeFile = (name, address, more) => world.deviceFile(setting, address, { ...more, name });
  scene.commands = readDeviceFile(writeFile('lamp.ini', 'tcp://127.0.0.1:1'), 'client').commands;
  if (!isLine) scene.link = await TcpTap.open();
  const start = (side, route) => Board.start(side, world, setting, scene.commands, { isLine, route });
  if (cell.device === 'board') scene.boards.device = await start('Device');
  if (cell.client === 'board') scene.boards.client = await start('Client', scene.link?.port);
  if (isLine) scene.link = await Cable.open(scene.boards.client?.line ?? 'pty', scene.boards.device?.line ?? 'pty');
  scene.device = await devices[cell.device]({ ...scene, writeFile });
  scene.link.devicePort = scene.device.port;
  scene.files = { right: writeFile('lamp.ini', scene.link.address) };
  scene.files.wrong = writeFile('wrong.ini', scene.link.address, { key: 'other.key' });
  scene.client = await clients[cell.client](scene);
}

async function tearDown({ client, device, boards, link }) {
  await client?.stop();
  await link?.close();
  await device?.stop();
  for (const board of Object.values(boards)) await board.stop();
}

/** How many bytes requests of these orders have. */
function requestBytes({ profile, hash, tag }, orders) {
  if (profile === 'classic') return hashes[hash].length * orders.length;
  return orders.reduce((sum, { length = 0 }) => sum + 2 + length + tag, 0);
}

/** The first exchange of what passed; on a line the client may have woken more than once. */
function firstExchange(passed, setting, orders) {
  const at = passed.toDevice.length - requestBytes(setting, orders);
  const { wake, challenge } = setting;
  assert.equal(wake === 0 ? 0 : at % wake, 0, 'the client sent something else than wakes and requests');
  return {
    wake: passed.toDevice.subarray(at - wake, at),
    challenge: passed.toClient.subarray(0, challenge),
    request: passed.toDevice.subarray(at, at + requestBytes(setting, orders.slice(0, 1))),
    wakes: wake === 0 ? 1 : at / wake,
  };
}

/** What all three clients have to tell of an order. */
function expected({ profile }, { name, length = 0 }) {
  const isDone = name !== 'off';
  const outcome = isDone ? 'done' : 'failed';
  if (profile === 'classic') return { outcome, answer: outcome, length: 0, sum: 0 };
  const data = name === 'echo' ? argsOf(length) : Buffer.alloc(0);
  return { outcome, status: isDone ? 0 : 4, length: data.length, sum: sumOf(data) };
}

async function sends({ client, setting, link }, orders) {
  const results = await client.send(orders);
  const wanted = orders.map((order) => expected(setting, order));
  const shown = results.map((result, at) =>
    Object.fromEntries(Object.keys(wanted[at] ?? { outcome: '' }).map((name) => [name, result[name]])));
  assert.deepEqual(shown, wanted, `the client tells ${JSON.stringify(shown)} in place of ${JSON.stringify(wanted)}`);
  return firstExchange(await link.take(), setting, orders);
}

/** Known commands: in sealed a chain, with arguments and data at their limits. */
async function knownCommands(scene) {
  const { setting } = scene;
  if (setting.profile === 'classic') {
    scene.recorded = await sends(scene, [{ name: 'on' }]);
    await sends(scene, [{ name: 'off' }]);
  } else {
    const most = { name: 'echo', length: setting.payload - 1 };
    scene.recorded = await sends(scene, [{ name: 'on' }, most, { name: 'echo' }, { name: 'off' }]);
  }
  scene.runs = 2;
}

/** One byte more than the limit is the client's own affair. A sketch's limit is set when it is built. */
async function beyondTheLimit({ client, setting, link, boards }) {
  if (setting.profile === 'classic' || boards.client) return;
  const [{ outcome }] = await client.send([{ name: 'echo', length: setting.payload }]);
  assert.equal(outcome, 'refused', `the client calls it ${outcome}`);
  assert.equal((await link.take()).toDevice.length, 0);
}

async function wrongKey({ client, setting, link }) {
  const orders = [{ name: 'on' }];
  const [{ outcome }] = await client.send(orders, true);
  assert.equal(outcome, 'unknown', `the client calls it ${outcome}`);
  const passed = await link.take();
  const { wakes } = firstExchange(passed, setting, orders);
  assert.equal(passed.toClient.length, wakes * setting.challenge, 'the device said more than its challenge');
}

async function replayed(scene) {
  assert.ok(await replay(scene.link, scene.recorded, scene.setting), 'the device did not hang up in silence');
  await scene.link.take();
}

/** And what was refused has not been run later. */
async function honestAgain(scene) {
  await sends(scene, [{ name: 'on' }]);
  scene.runs++;
}

/** A stack that met the variables would not stop the board. */
async function enoughRoom(scene) {
  const rooms = await Promise.all(Object.values(scene.boards).map((board) => board.room()));
  scene.room = rooms.length > 0 ? Math.min(...rooms) : null;
  assert.ok(rooms.every((room) => room > 0), 'the stack met the variables');
}

const STEPS = [
  ['known commands', knownCommands], ['beyond the limit', beyondTheLimit], ['a wrong key', wrongKey],
  ['a replay', replayed], ['an honest command', honestAgain], ['memory', enoughRoom],
];

/** A step that never ends fails like any other. */
async function limited(task) {
  const controller = new AbortController();
  const over = delay(STEP_MS, null, { signal: controller.signal }).then(() => {
    throw new Error(`not over after ${STEP_MS} ms`);
  });
  try {
    await Promise.race([task, over]);
  } finally {
    over.catch(() => {});
    controller.abort();
  }
}

async function judge(cell) {
  const world = new World();
  const scene = { world, setting: settingOf(cell), boards: {}, runs: 0, room: null };
  let now = 'the start';
  try {
    await limited(build(cell, scene));
    for (const [name, step] of STEPS) {
      now = name;
      await limited(step(scene));
      const runs = await scene.device.runs();
      assert.equal(runs, scene.runs, `${runs} commands run, not ${scene.runs}`);
    }
    return { wrong: null, room: scene.room, held: 0 };
  } catch (error) {
    await scene.link?.take().catch(() => {});
    return { wrong: `${now}: ${error.message}`, room: scene.room, held: scene.link?.held ?? 0 };
  } finally {
    await limited(tearDown(scene));
  }
}

const cell = allCells().find((candidate) => nameOf(candidate) === process.argv[2]);
console.log(JSON.stringify(await judge(cell)));
process.exit(0);
