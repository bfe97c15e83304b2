// SPDX-License-Identifier: MIT
// What a false device and a hostile client achieve against this package: nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CountersignError, Device, serve } from '../src/index.js';
import { classicTricks, falseDevice, sealedTricks } from './false-device.js';
import { beHostile, classicHostile, sealedHostile } from './hostile-client.js';
import { World, classic, classicWithWake, counting, sealed, until } from './world.js';

async function outcomesOf(device, commands) {
  const connection = device.connect();
  const outcomes = [];
  for (const command of commands) {
    const told = await connection.send(command).catch((error) => error);
    assert.ok(told.outcome, told.stack);
    outcomes.push(told.outcome);
  }
  await connection.close();
  return outcomes;
}

async function meet(setting, trick, commands, { state = false, times = 1, timeout = 700 } = {}) {
  const world = new World();
  const device = await falseDevice(world.deviceFile(setting, 'tcp://127.0.0.1:1'), trick);
  const file = world.deviceFile(setting, device.address);
  const outcomes = [];
  for (let time = 0; time < times; time++) {
    const client = await Device.open(file, { timeout, state: state && world.state });
    outcomes.push(...await outcomesOf(client, commands));
    await client.close();
  }
  await device.close();
  return { outcomes, runs: device.runs };
}

for (const [setting, tricks] of [[sealed, sealedTricks], [classic, classicTricks]]) {
  for (const [trick, expected] of Object.entries(tricks)) {
    test(`a ${setting.profile} device that plays ${trick} is called ${expected}`, async () => {
      // Only who is to be given up is given up soon: a busy machine makes a slow device slower.
      const timeout = expected === 'done' ? 10000 : 700;
      const { outcomes } = await meet(setting, trick, ['on'], { timeout });
      assert.deepEqual(outcomes, [expected]);
    });
  }
}

test('a reply to another request of the chain is unknown, and nothing is sent again by itself', async () => {
  const { outcomes, runs } = await meet(sealed, 'swap:1', ['on', 'off']);
  assert.deepEqual(outcomes, ['done', 'unknown']);
  assert.equal(runs, 2);
});

test('an old conversation played again proves nothing in sealed', async () => {
  const { outcomes } = await meet(sealed, 'replay-old', ['on'], { times: 2 });
  assert.deepEqual(outcomes, ['done', 'unknown']);
});

test('a classic client with a memory refuses a repeated challenge', async () => {
  const { outcomes } = await meet(classic, 'replay-old', ['on'], { times: 2, state: true });
  assert.deepEqual(outcomes, ['done', 'not-sent']);
});

test('a classic client without a state file remembers while it lives', async () => {
  const world = new World();
  const device = await falseDevice(world.deviceFile(classic, 'tcp://127.0.0.1:1'), 'replay-old');
  const client = await Device.open(world.deviceFile(classic, device.address), { state: false });
  assert.equal((await client.send('on')).outcome, 'done');
  await assert.rejects(client.send('on'), { code: 'CSIGN_REPEATED_CHALLENGE', outcome: 'not-sent' });
  await client.close();
  await device.close();
});

for (const [setting, tricks] of [[sealed, sealedHostile], [classicWithWake, classicHostile]]) {
  test(`hostile clients of a ${setting.profile} device run nothing`, async (t) => {
    const world = new World();
    const file = world.deviceFile(setting, 'tcp://127.0.0.1:0');
    const { counts, handlers } = counting();
    const server = await serve(file, handlers);
    for (const [trick, [runs, isHeard]] of Object.entries(tricks)) {
      await t.test(trick, async () => {
        counts.runs = 0;
        assert.equal(await beHostile(file, server.address, trick), isHeard);
        assert.equal(counts.runs, runs);
      });
    }
    const owner = await Device.open(world.deviceFile(setting, server.address), { state: false });
    assert.equal((await owner.send('on')).outcome, 'done');
    await owner.close();
    await server.close();
  });
}

test('every error is a CountersignError and shows no key', async () => {
  const { inspect } = await import('node:util');
  const world = new World();
  const client = await Device.open(world.deviceFile(sealed, 'tcp://127.0.0.1:1'), { state: false });
  const error = await client.send('on').catch((caught) => caught);
  assert.ok(error instanceof CountersignError);
  assert.equal(error.code, 'CSIGN_CONNECT');
  const shown = inspect(client, { depth: 9, showHidden: true }) + inspect(error, { depth: 9 }) + JSON.stringify(error);
  assert.ok(!/8b1f4c6a|8b 1f 4c 6a/.test(shown), shown);
  await client.close();
});

test('a flood does not grow the device: what is not asked for waits in the socket', async () => {
  const world = new World();
  const file = world.deviceFile(sealed, 'tcp://127.0.0.1:0');
  let release = () => {};
  const server = await serve(file, {
    on: () => new Promise((resolve) => {
      release = resolve;
    }),
  });
  const net = await import('node:net');
  const { port } = new URL(server.address.replace('tcp:', 'http:'));
  const { ClientMachine } = await import('../src/core.js');
  const { fileSettings, readDeviceFile } = await import('../src/device-file.js');
  const { parseKeyText } = await import('../src/key-text.js');
  const { KEY } = await import('./world.js');
  const settings = fileSettings(readDeviceFile(file));
  const machine = new ClientMachine(settings, parseKeyText(KEY));
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(machine.wake(Buffer.alloc(16, 1)));
  const [challenge] = await (await import('node:events')).once(socket, 'data');
  machine.take(challenge);
  socket.write(machine.request(Buffer.from([1])).message);
  const chunk = Buffer.alloc(1 << 20);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 64; i++) socket.write(chunk);
  await until(() => socket.writableLength > 32 << 20, 'the kernel takes no more');
  // The chunk is one buffer here, so what grew is what the device holds.
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 << 20);
  release();
  socket.destroy();
  await server.close();
});
