// SPDX-License-Identifier: MIT
// The device: handlers, limits of time, half-open and crowded connections, rights and stopping.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { BadArguments, Device, serve } from '../src/index.js';
import { linksOf } from '../src/serve.js';
import { World, classic, counting, sealed, until } from './world.js';

async function device(handlers, { setting = sealed, more = '', rest = '', options = {} } = {}) {
  const world = new World();
  const server = await serve(world.deviceFile(setting, 'tcp://127.0.0.1:0', { more, rest }), handlers, options);
  const file = world.deviceFile(setting, server.address, { more, rest });
  const { port } = new URL(server.address.replace('tcp:', 'http:'));
  const events = [];
  server.on('refused', ({ reason }) => events.push(reason));
  return { world, server, file, events, open: () => Device.open(file, { state: false }),
    connect: () => net.connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {}) };
}

test('what a handler gives back, or throws, is what the client gets', async () => {
  const results = {
    nothing: [undefined, 0, ''], text: ['on', 0, 'on'], bytes: [Buffer.from([0, 255]), 0, '\0\u00ff'],
    both: [{ status: 0x90, data: 'x' }, 0x90, 'x'], promised: [Promise.resolve('later'), 0, 'later'],
    'too long': ['x'.repeat(255), 4, ''], 'no status': [{ status: 256 }, 4, ''],
    thrown: [() => { throw new Error('broken'); }, 4, ''], bad: [() => { throw new BadArguments('no'); }, 2, ''],
  };
  let current = null;
  const { server, open } = await device({ on: () => (typeof current === 'function' ? current() : current) });
  const client = await open();
  const told = [];
  server.on('exchange', (event) => told.push(event));
  for (const [name, [result, status, data]] of Object.entries(results)) {
    current = result;
    const answer = await client.send('on').catch((error) => error);
    assert.deepEqual([answer.status, answer.data.toString('latin1')], [status, data], name);
  }
  assert.equal(told.length, Object.keys(results).length);
  assert.match(told[7].error.message, /broken/);
  assert.deepEqual([told[0].key, told[0].command, told[0].status], ['key', 'on', 0]);
  await client.close();
  await server.close();
});

test('a classic handler gives the name of an answer', async () => {
  let result;
  const { server, open } = await device({ on: () => result }, { setting: classic });
  const client = await open();
  assert.equal((await client.send('on')).answer, 'done');
  result = 'failed';
  await assert.rejects(client.send('on'), { outcome: 'failed', answer: 'failed', status: null });
  result = 'nosuch';
  await assert.rejects(client.send('on'), { outcome: 'failed' });
  await client.close();
  await server.close();
});

test('a handler is told who calls, and to stop when its time is over', async () => {
  const calls = [];
  const { server, open } = await device({
    on: (args, call) => new Promise((resolve) => {
      calls.push([args.length, call]);
      call.signal.addEventListener('abort', () => resolve('too late'));
    }),
  }, { more: 'limit = 60' });
  const client = await open();
  await assert.rejects(client.send('on'), { outcome: 'failed', status: 4 });
  const [[length, { command, key, peer, signal }]] = calls;
  assert.deepEqual([length, command, key, signal.aborted], [0, 'on', 'key', true]);
  assert.match(peer, /^tcp:\/\/127\.0\.0\.1:\d+$/);
  await client.close();
  await server.close();
});

test('arguments that a handler keeps are its own', async () => {
  const kept = [];
  const { server, open } = await device({ echo: (args) => void kept.push(args) });
  const client = await open();
  await client.send('echo', 'keep me');
  assert.equal(kept[0].toString(), 'keep me');
  await client.close();
  await server.close();
});

test('a command without a handler is done, and a handler without a command an error', async () => {
  const { world, server, open } = await device({});
  const client = await open();
  assert.equal((await client.send('off')).outcome, 'done');
  await client.close();
  await server.close();
  await assert.rejects(serve(world.path('lamp.ini'), { nosuch: () => {} }), { code: 'CSIGN_USAGE' });
});

test('a key runs what its rights allow, and is called by its name', async () => {
  const rest = '[keys]\nowner = file:lamp.key : all, admin\nguest = file:other.key : on';
  const { world, server, file } = await device({}, { rest });
  const { readFileSync } = await import('node:fs');
  world.file('guest.ini', readFileSync(file, 'utf8').replace('key = file:lamp.key', 'key = file:other.key'));
  const guest = await Device.open(world.path('guest.ini'), { state: false });
  const names = [];
  server.on('exchange', ({ key, command, status }) => names.push([key, command, status]));
  assert.equal((await guest.send('on')).outcome, 'done');
  await assert.rejects(guest.send('off'), { status: 3, outcome: 'failed' });
  assert.deepEqual(names, [['guest', 'on', 0], ['guest', 'off', 3]]);
  await guest.close();
  await server.close();
});

test('who is silent, or slow, is closed when the deadline is over, and gets no byte', async () => {
  const { server, events, connect } = await device({}, { more: 'deadline = 150' });
  const wakes = [Buffer.alloc(0), Buffer.alloc(5, 1), Buffer.alloc(16, 1), Buffer.alloc(20, 1)];
  for (const wake of wakes) {
    const socket = connect();
    let received = 0;
    socket.on('data', (bytes) => {
      received += bytes.length;
    });
    socket.write(wake);
    const begun = performance.now();
    await once(socket, 'end');
    assert.ok(performance.now() - begun >= 140);
    assert.equal(received, wake.length >= 16 ? 16 : 0);
    socket.destroy();
  }
  const slow = connect();
  const dripping = setInterval(() => slow.write(Buffer.from([1])), 20);
  await once(slow, 'end');
  clearInterval(dripping);
  slow.destroy();
  assert.deepEqual(events, ['late', 'late', 'late', 'late', 'late']);
  await server.close();
});

test('a client that goes away without a word leaves nothing behind', async () => {
  const { server, connect } = await device({}, { more: 'deadline = 200' });
  for (let i = 0; i < 20; i++) {
    const socket = connect();
    socket.write(randomBytes(i));
    await once(socket, 'connect');
    if (i % 2) socket.resetAndDestroy?.();
    else socket.destroy();
  }
  await until(() => linksOf(server).size === 0, 'all are gone');
  await server.close();
});

test('an end of input after a whole request does not stop it', async () => {
  const { counts, handlers } = counting();
  const { server, file } = await device({ ...handlers, on: async () => {
    await delay(50);
    counts.runs++;
  } });
  const { beHostile } = await import('./hostile-client.js');
  assert.equal(await beHostile(file, server.address, 'half-close'), true);
  assert.equal(counts.runs, 1);
  await server.close();
});

test('strangers cannot keep the owner out: the oldest that has proven nothing makes room', async () => {
  const { server, events, open, connect } = await device({}, { options: { connections: 5 } });
  const client = await open();
  const connection = client.connect();
  await connection.send('on');
  const strangers = Array.from({ length: 8 }, connect);
  await until(() => events.length >= 4, 'room was made');
  assert.equal((await connection.send('on')).outcome, 'done');
  const other = await open();
  assert.equal((await other.send('off')).outcome, 'done');
  assert.ok(events.every((reason) => reason === 'crowded'));
  for (const socket of strangers) socket.destroy();
  await other.close();
  await client.close();
  await server.close();
});

test('stopping finishes what runs and answers it, and closes the others', async () => {
  let begun = () => {};
  const hasBegun = new Promise((resolve) => {
    begun = resolve;
  });
  const { server, open } = await device({ on: async () => {
    begun();
    await delay(100);
    return 'finished';
  } });
  const [running, idle] = [await open(), await open()];
  const connection = idle.connect();
  await connection.send('off');
  const result = running.send('on');
  await hasBegun;
  const closed = server.close();
  assert.equal((await result).data.toString(), 'finished');
  await closed;
  await assert.rejects(connection.send('off'), { outcome: 'not-sent', code: 'CSIGN_CONNECT' });
  await running.close();
  await idle.close();
});

test('no two challenges are equal', async () => {
  const { server, connect } = await device({}, { more: 'store = lamp.store' });
  const seen = new Set();
  for (let i = 0; i < 50; i++) {
    const socket = connect();
    socket.write(Buffer.alloc(16, 1));
    const [challenge] = await once(socket, 'data');
    seen.add(challenge.toString('hex'));
    socket.destroy();
  }
  assert.equal(seen.size, 50);
  await server.close();
});

test('an address that cannot be listened on is told', async () => {
  const { world, server, file } = await device({});
  await assert.rejects(serve(file), { code: 'CSIGN_LISTEN', message: /Address already in use/ });
  await assert.rejects(serve(file, {}, { listen: 'nonsense' }), { code: 'CSIGN_USAGE', message: /not an address/ });
  const serial = world.deviceFile(sealed, 'serial:/dev/ttyNone', { name: 'serial.ini' });
  await assert.rejects(serve(serial), { code: 'CSIGN_SERIALPORT', message: /^[^\n]*npm install serialport$/ });
  await server.close();
});
