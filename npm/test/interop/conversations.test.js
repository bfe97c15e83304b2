// SPDX-License-Identifier: MIT
// Each side of this package with the other side of the C program, whatever the setting, and against
// each other's misbehaviour.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';

import { Device, serve } from '../../src/index.js';
import { classicTricks, falseDevice, sealedTricks } from '../false-device.js';
import { beHostile, classicHostile, sealedHostile } from '../hostile-client.js';
import { cProgram, endSoon, run, startServe } from '../program.js';
import { World, classic, classicWithWake, counting, nameOf, sealed, settings } from '../world.js';

const EXIT = { done: 0, sent: 0, failed: 1, 'not-sent': 3, unknown: 4 };

/** Sends with the C program; its lines as objects. */
async function programSend(world, words, { state = false, timeout = 3000 } = {}) {
  const options = ['--json', '--timeout', String(timeout), ...(state ? [] : ['--no-state'])];
  const told = await run([...cProgram(), 'send', ...options, world.path('lamp.ini'), ...words], { state: world.state });
  return { ...told, lines: told.out.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) };
}

/** A device file whose programs count. */
function countingFile(world, setting, address) {
  world.file('count', '#!/bin/sh\nprintf x >>"$(dirname "$0")/runs"\n', 0o755);
  const echo = setting.profile === 'sealed' ? '/bin/cat' : './count echo';
  const rest = `[run]\non = ./count on\noff = ./count off\necho = ${echo}`;
  return world.deviceFile(setting, address, { rest });
}

function takeRuns(world) {
  try {
    const { length } = readFileSync(world.path('runs'));
    rmSync(world.path('runs'));
    return length;
  } catch {
    return 0;
  }
}

for (const setting of settings) {
  const isSealed = setting.profile === 'sealed';

  test(`the program commands this device: ${nameOf(setting)}`, async () => {
    const world = new World();
    const { counts, handlers } = counting();
    const server = await serve(world.deviceFile(setting, 'tcp://127.0.0.1:0'), handlers);
    world.deviceFile(setting, server.address);
    const words = isSealed ? ['on', '+', 'echo', 'hello', '+', 'echo', 'x'.repeat(199)] : ['off'];
    const { status, lines, err } = await programSend(world, words);
    assert.equal(status, 0, err);
    assert.deepEqual(lines.map(({ outcome }) => outcome), words.includes('+') ? ['done', 'done', 'done'] : ['done']);
    if (isSealed) assert.equal(Buffer.from(lines[1].data, 'hex').toString(), 'hello');
    if (isSealed) assert.equal(Buffer.from(lines[2].data, 'hex').length, 199);
    assert.equal(counts.runs, 1);
    await server.close();
  });

  test(`this client commands the program's device: ${nameOf(setting)}`, async () => {
    const world = new World();
    const device = await startServe(countingFile(world, setting, 'tcp://127.0.0.1:1'));
    const client = await Device.open(world.deviceFile(setting, device.address), { state: false });
    const connection = client.connect();
    assert.equal((await connection.send('on')).outcome, 'done');
    if (isSealed) {
      const { data } = await connection.send('echo', Buffer.from('00ff', 'hex'));
      assert.equal(data.toString('hex'), '00ff');
      const long = await connection.send('echo', Buffer.alloc(199, 7));
      assert.equal(long.data.length, 199);
    }
    assert.equal(takeRuns(world), 1);
    await client.close();
    await device.stop();
  });
}

for (const [setting, tricks] of [[sealed, sealedTricks], [classic, classicTricks]]) {
  for (const [trick, expected] of Object.entries(tricks)) {
    test(`the program calls a ${setting.profile} device that plays ${trick} ${expected}`, async () => {
      const world = new World();
      const device = await falseDevice(world.deviceFile(setting, 'tcp://127.0.0.1:1'), trick);
      world.deviceFile(setting, device.address);
      const { status, lines } = await programSend(world, ['on'], { timeout: 700 });
      assert.equal(lines[0].outcome, expected);
      assert.equal(status, EXIT[expected]);
      await device.close();
    });
  }
}

test('to the program, a reply to another request of the chain is unknown', async () => {
  const world = new World();
  const device = await falseDevice(world.deviceFile(sealed, 'tcp://127.0.0.1:1'), 'swap:1');
  world.deviceFile(sealed, device.address);
  const { status, lines } = await programSend(world, ['on', '+', 'off', '+', 'on']);
  assert.equal(status, 4);
  assert.deepEqual(lines.map(({ outcome }) => outcome), ['done', 'unknown', 'not-sent']);
  await device.close();
});

for (const [setting, statuses, state] of [[sealed, [0, 4], false], [classic, [0, 3], true]]) {
  test(`to the program, an old ${setting.profile} conversation played again proves nothing`, async () => {
    const world = new World();
    const device = await falseDevice(world.deviceFile(setting, 'tcp://127.0.0.1:1'), 'replay-old');
    world.deviceFile(setting, device.address);
    const found = [];
    for (let time = 0; time < 2; time++) found.push((await programSend(world, ['on'], { state })).status);
    assert.deepEqual(found, statuses);
    await device.close();
  });
}

for (const [setting, tricks] of [[sealed, sealedHostile], [classicWithWake, classicHostile]]) {
  test(`hostile clients of the program's ${setting.profile} device run nothing`, async (t) => {
    const world = new World();
    const file = countingFile(world, setting, 'tcp://127.0.0.1:1');
    const device = await startServe(file);
    for (const [trick, [runs, isHeard]] of Object.entries(tricks)) {
      await t.test(trick, async () => {
        assert.equal(await beHostile(file, device.address, trick), isHeard);
        assert.equal(takeRuns(world), runs);
      });
    }
    const owner = await Device.open(world.deviceFile(setting, device.address), { state: false });
    assert.equal((await owner.send('on')).outcome, 'done');
    await owner.close();
    await device.stop();
  });
}

test('its process ends', endSoon);
