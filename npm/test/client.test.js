// SPDX-License-Identifier: MIT
// The client: time, aborting, order, reconnecting, streams, and what it calls the outcome.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { Device, serve } from '../src/index.js';
import { linksOf } from '../src/serve.js';
import { falseDevice } from './false-device.js';
import { World, classic, counting, sealed, until } from './world.js';

async function pair({ setting = sealed, handlers = counting().handlers, more = '', options = {} } = {}) {
  const world = new World();
  const server = await serve(world.deviceFile(setting, 'tcp://127.0.0.1:0', { more }), handlers);
  const file = world.deviceFile(setting, server.address, { more });
  const client = await Device.open(file, { state: false, timeout: 3000, ...options });
  return { world, server, client, file, end: async () => {
    await client.close();
    await server.close();
  } };
}

/** Counts the connections of a server. */
function connectionsOf(server) {
  const peers = new Set();
  server.on('exchange', ({ peer }) => peers.add(peer));
  return peers;
}

test('a command gives its outcome, status, answer and data', async () => {
  const { client, end } = await pair();
  const { ms, ...result } = await client.send('echo', 'hello');
  assert.deepEqual(result, { command: 'echo', outcome: 'done', status: 0, answer: 'done', data: Buffer.from('hello') });
  assert.ok(ms >= 0);
  await end();
});

test('a failure rejects with its status, name and data', async () => {
  const { client, end } = await pair({ handlers: { on: () => ({ status: 0x85, data: 'why' }) } });
  await assert.rejects(client.send('on'), {
    name: 'CountersignError', code: 'CSIGN_STATUS', outcome: 'failed', command: 'on', status: 0x85, answer: null, data: Buffer.from('why'),
  });
  await end();
});

test('no two wakes are alike', async () => {
  const wakes = new Set();
  const listener = net.createServer((socket) => {
    socket.on('error', () => {}).once('data', (bytes) => {
      wakes.add(bytes.toString('hex'));
      socket.destroy();
    });
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const file = new World().deviceFile(sealed, `tcp://127.0.0.1:${listener.address().port}`);
  const client = await Device.open(file, { state: false });
  for (let i = 0; i < 20; i++) await assert.rejects(client.send('on'), { outcome: 'not-sent' });
  assert.equal(wakes.size, 20);
  await client.close();
  await new Promise((resolve) => listener.close(resolve));
});

test('commands of one connection run one at a time and in order', async () => {
  const order = [];
  let running = 0;
  const handlers = { echo: async (args) => {
    assert.equal(++running, 1);
    await delay(args[0] % 3 * 5);
    order.push(args[0]);
    running--;
  } };
  const { server, client, end } = await pair({ handlers });
  const peers = connectionsOf(server);
  const connection = client.connect();
  await Promise.all(Array.from({ length: 20 }, (_none, i) => connection.send('echo', Buffer.from([i]))));
  assert.deepEqual(order, Array.from({ length: 20 }, (_none, i) => i));
  assert.equal(peers.size, 1);
  await end();
});

test('a connection comes anew when the device has closed it, and nothing is sent twice', async () => {
  const { counts, handlers } = counting();
  const { server, client, end } = await pair({ handlers });
  const peers = connectionsOf(server);
  const connection = client.connect();
  await connection.send('on');
  for (const link of [...linksOf(server)]) link.close('stopped');
  await delay(50);
  await connection.send('on');
  assert.equal(peers.size, 2);
  assert.equal(counts.runs, 2);
  await end();
});

test('a request that has left is never repeated: the outcome is unknown, and last() settles it', async () => {
  const world = new World();
  const more = 'deadline = 200';
  const file = world.deviceFile(sealed, 'tcp://127.0.0.1:1', { more });
  for (const [trick, last] of [['close-early', 'ran'], ['flip-challenge', 'not-known']]) {
    const device = await falseDevice(file, (connection) => (connection === 1 ? trick : 'honest'));
    const client = await Device.open(world.deviceFile(sealed, device.address, { more }), { state: false, timeout: 500 });
    const connection = client.connect();
    await assert.rejects(connection.send('on'), { outcome: 'unknown', code: 'CSIGN_CLOSED' });
    const begun = performance.now();
    assert.deepEqual(await client.last(), { last, command: 'on' });
    assert.ok(performance.now() - begun >= 150, 'it waits until the request can no longer run');
    assert.equal(device.runs, last === 'ran' ? 1 : 0);
    await client.close();
    await device.close();
  }
});

test('last() tells a request that did not run from one that did', async () => {
  const { client, world, file, end } = await pair();
  await client.send('on');
  assert.equal((await client.last()).last, 'ran');
  const other = await Device.open(file, { state: false });
  await other.send('off');
  assert.equal((await client.last()).last, 'not-the-last');
  await other.close();
  assert.ok(world);
  await end();
});

test('a silent device is given up in time: not sent before the request, unknown after it', async () => {
  const world = new World();
  for (const [trick, outcome] of [['silent-challenge', 'not-sent'], ['silent-reply', 'unknown']]) {
    const device = await falseDevice(world.deviceFile(sealed, 'tcp://127.0.0.1:1'), trick);
    const client = await Device.open(world.deviceFile(sealed, device.address), { state: false });
    await assert.rejects(client.send('on', { timeout: 150 }), { outcome, code: 'CSIGN_TIMEOUT' });
    await client.close();
    await device.close();
  }
});

test('an abort ends the wait at once: while waiting for a turn, for the challenge, for the reply', async () => {
  const world = new World();
  for (const [trick, outcome] of [['silent-challenge', 'not-sent'], ['silent-reply', 'unknown']]) {
    const device = await falseDevice(world.deviceFile(sealed, 'tcp://127.0.0.1:1'), trick);
    const client = await Device.open(world.deviceFile(sealed, device.address), { state: false });
    const aborted = new AbortController();
    const first = client.send('on', { signal: aborted.signal });
    const second = client.send('off', { signal: AbortSignal.timeout(30) });
    const outcomes = Promise.allSettled([first, second]);
    await assert.rejects(second, { outcome: 'not-sent', code: 'CSIGN_ABORTED' });
    await delay(100);
    aborted.abort();
    await assert.rejects(first, { outcome, code: 'CSIGN_ABORTED' });
    await outcomes;
    await assert.rejects(client.send('on', { signal: AbortSignal.abort() }), { outcome: 'not-sent', code: 'CSIGN_ABORTED' });
    await client.close();
    await device.close();
  }
});

test('what is wrong with a call is told before anything is connected', async () => {
  const { client, end } = await pair();
  await assert.rejects(client.send('nosuch'), { code: 'CSIGN_USAGE', message: /has no command 'nosuch'; it has on, off, echo/ });
  await assert.rejects(client.send('echo', 'x'.repeat(200)), { code: 'CSIGN_USAGE', message: /more than 199 bytes/ });
  await end();
  await assert.rejects(client.send('on'), { code: 'CSIGN_USAGE', outcome: 'not-sent', message: /was closed/ });
});

test('many devices are commanded at the same time', async () => {
  const pairs = await Promise.all(Array.from({ length: 12 }, (_none, i) =>
    pair({ setting: i % 2 ? sealed : classic, handlers: { on: () => delay(100) } })));
  const begun = performance.now();
  const results = await Promise.all(pairs.map(({ client }) => client.send('on')));
  assert.ok(results.every(({ outcome }) => outcome === 'done'));
  assert.ok(performance.now() - begun < 12 * 100);
  await Promise.all(pairs.map(({ end }) => end()));
});

test('a classic device that does not answer is sent to', async () => {
  const world = new World();
  const text = (address) => `[device]\naddress = ${address}\nprofile = classic\nkey = file:lamp.key\n[commands]\non = 01\n`;
  let runs = 0;
  const server = await serve(world.file('lamp.ini', text('tcp://127.0.0.1:0')), { on: () => {
    runs++;
  } });
  const client = await Device.open(world.file('lamp.ini', text(server.address)), { state: false });
  const { ms, ...result } = await client.send('on');
  assert.ok(ms >= 0);
  assert.deepEqual(result, { command: 'on', outcome: 'sent', status: null, answer: null, data: Buffer.alloc(0) });
  await until(() => runs === 1, 'it ran');
  await client.close();
  await server.close();
});

test('a function gives a stream for each connection', async () => {
  let opened = 0;
  const { server, file, end } = await pair();
  const { port } = new URL(server.address.replace('tcp:', 'http:'));
  const client = await Device.open(file, { state: false, stream: () => {
    opened++;
    return net.connect(Number(port), '127.0.0.1');
  } });
  await client.send('on');
  await client.send('off');
  assert.equal(opened, 2);
  await client.close();
  await end();
});

test('a Unix socket serves as well, also where one was left over', async () => {
  const world = new World();
  const file = world.deviceFile(sealed, 'unix:lamp.sock');
  const { spawnSync } = await import('node:child_process');
  // A device that was killed leaves its socket's file.
  spawnSync(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(world.path('lamp.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`]);
  const server = await serve(file, {});
  const client = await Device.open(file, { state: false });
  assert.equal((await client.send('on')).outcome, 'done');
  await assert.rejects(serve(file, {}), { code: 'CSIGN_LISTEN', message: /Address already in use/ });
  await client.close();
  await server.close();
});
