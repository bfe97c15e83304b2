// SPDX-License-Identifier: MIT
// State files: their bytes, what survives a cut, and what is remembered.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { test } from 'node:test';

import { RING_MAX, RING_START, lookUp } from '../src/challenge-ring.js';
import { Device, serve } from '../src/index.js';
import { parseKeyText } from '../src/key-text.js';
import { StateFile, stateDirectory, stateName } from '../src/state-file.js';
import { firstRecord, fnv1a, readRecord, writeRecord } from '../src/state-record.js';
import { falseDevice } from './false-device.js';
import { KEY, World, sealed } from './world.js';

const patience = { ms: 2000 };
const openIn = (directory) => StateFile.open(directory, 'name', patience);

test('the check is FNV-1a of 64 bits', () => {
  const text = (value) => value.high.toString(16).padStart(8, '0') + value.low.toString(16).padStart(8, '0');
  assert.equal(text(fnv1a(Buffer.from(''))), 'cbf29ce484222325');
  assert.equal(text(fnv1a(Buffer.from('a'))), 'af63dc4c8601ec8c');
  assert.equal(text(fnv1a(Buffer.from('foobar'))), '85944171f73967e8');
});

test('a record has the bytes that docs/state-file.md says, and is read again', () => {
  const record = {
    generation: 0x0102n, doubt: /** @type {const} */ ('further'), isProven: true, window: 35000, bootTime: 0x17f690n,
    time: 0x1a21fdd7da3n, bootId: Buffer.alloc(16, 0xb0), tag: Buffer.from('0011223344556677', 'hex'),
    provenTag: Buffer.from('8899aabbccddeeff', 'hex'), name: 'on', provenName: 'off',
  };
  const bytes = writeRecord(record);
  assert.equal(bytes.toString('hex', 0, 64), '0000000000000102' + '0201' + '0000' + '000088b8' + '000000000017f690'
    + '000001a21fdd7da3' + 'b0'.repeat(16) + '0011223344556677' + '8899aabbccddeeff');
  assert.equal(bytes.toString('latin1', 64, 67), 'on\0');
  assert.equal(bytes.toString('latin1', 112, 116), 'off\0');
  assert.deepEqual(readRecord(bytes), record);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] ^= 1 << (bit & 7);
    assert.equal(readRecord(flipped), null, `bit ${bit}`);
  }
  assert.equal(readRecord(firstRecord()).generation, 1n);
});

test('the name is a file a key and id, and tells neither', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_none, i) => i));
  assert.equal(stateName(key, 'lamp-1'), '807da688652b205f');
  assert.equal(stateName(key, ''), '2cbbed28a26d7365');
  const { XDG_STATE_HOME, HOME } = process.env;
  process.env.XDG_STATE_HOME = 'relative';
  process.env.HOME = '/home/me';
  assert.equal(stateDirectory(), '/home/me/.local/state/countersign');
  process.env.XDG_STATE_HOME = '/var/state';
  assert.equal(stateDirectory(), '/var/state/countersign');
  Object.assign(process.env, { HOME });
  if (XDG_STATE_HOME === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = XDG_STATE_HOME;
});

test('a note is on the disk before the request leaves, and private', async () => {
  const world = new World();
  const file = world.deviceFile(sealed, 'tcp://127.0.0.1:1');
  const device = await falseDevice(file, 'silent-reply');
  const client = await Device.open(world.deviceFile(sealed, device.address), { state: world.state, timeout: 200 });
  await assert.rejects(client.send('off'), { outcome: 'unknown' });
  const name = `${world.state}/${stateName(parseKeyText(KEY), 'lamp-1')}`;
  assert.equal(statSync(name).mode & 0o777, 0o600);
  assert.equal(statSync(world.state).mode & 0o777, 0o700);
  const bytes = readFileSync(name);
  assert.equal(bytes.length, RING_START);
  const { doubt, name: command, window } = readRecord(bytes.subarray(1024, 1192));
  assert.deepEqual([doubt, command, window], ['first', 'off', 5000]);
  await client.close();
  await device.close();
});

test('a record that was cut while it was written leaves the one before', async () => {
  const world = new World();
  const state = await openIn(world.state);
  await state.note('on', Buffer.alloc(32, 1), false, 5000);
  await state.settle(true);
  await state.note('off', Buffer.alloc(32, 2), false, 5000);
  await state.close();
  const name = `${world.state}/name`;
  const bytes = readFileSync(name);
  for (let at = 1024; at < 1192; at++) {
    const cut = Buffer.from(bytes);
    cut.fill(0xee, at, 1192);
    writeFileSync(name, cut);
    const again = await openIn(world.state);
    assert.deepEqual([again.record.name, again.record.doubt], ['on', 'none']);
    await again.close();
  }
});

test('a request that did not count leaves what was known before it', async () => {
  const world = new World();
  const state = await openIn(world.state);
  await state.note('first', Buffer.alloc(32, 1), false, 5000);
  await state.settle(true);
  await state.note('doubtful', Buffer.alloc(32, 2), true, 5000);
  await state.note('refused', Buffer.alloc(32, 3), false, 5000);
  await state.settle(false);
  const { doubt, name, provenName, window } = state.record;
  assert.deepEqual([doubt, name, provenName, window], ['further', 'doubtful', 'first', 35000]);
  assert.ok(state.leftMs > 30000 && state.leftMs <= 35350);
  await state.close();
});

test('a doubt from before the machine started is waited out, whatever the time of day is', async () => {
  const world = new World();
  const state = await openIn(world.state);
  await state.note('on', Buffer.alloc(32, 1), false, 5000);
  await state.close();
  const name = `${world.state}/name`;
  const bytes = readFileSync(name);
  const record = readRecord(bytes.subarray(1024, 1192));
  const since = (ms) => ({ ...record, bootId: Buffer.alloc(16, 9), time: BigInt(Date.now() - ms) });
  for (const ms of [1000, 6000, 86400000, -100000]) {
    bytes.set(writeRecord(since(ms)), 1024);
    writeFileSync(name, bytes);
    const again = await openIn(world.state);
    assert.equal(again.leftMs, 5050, `${ms}`);
    await again.close();
  }
});

test('a file that is damaged, or of somebody else, is told and left alone', async () => {
  const world = new World();
  mkdirSync(world.state);
  const name = `${world.state}/name`;
  for (const [bytes, message] of [
    [Buffer.alloc(5000, 1), /of another program or version; move it away/],
    [Buffer.concat([Buffer.from('countersign state 2\n'), Buffer.alloc(4076)]), /of another program or version/],
    [Buffer.concat([Buffer.from('countersign state 1\n'), Buffer.alloc(4076)]), /is damaged; move it away/],
  ]) {
    writeFileSync(name, bytes);
    await assert.rejects(openIn(world.state), { code: 'CSIGN_STATE', message });
    assert.ok(readFileSync(name).equals(bytes));
  }
  await assert.rejects(StateFile.open('/proc/nowhere', 'name', patience), { code: 'CSIGN_STATE', message: /No such file or directory; make that possible/ });
});

test('what can not be noted is not sent', async () => {
  const world = new World();
  const server = await serve(world.deviceFile(sealed, 'tcp://127.0.0.1:0'));
  let runs = 0;
  server.on('exchange', () => {
    runs++;
  });
  const client = await Device.open(world.deviceFile(sealed, server.address), { state: '/proc/nowhere' });
  await assert.rejects(client.send('on'), { code: 'CSIGN_STATE', outcome: 'not-sent' });
  assert.equal(runs, 0);
  await client.close();
  await server.close();
});

test('a request whose note does not reach the disk is not sent', async () => {
  const world = new World();
  const server = await serve(world.deviceFile(sealed, 'tcp://127.0.0.1:0'));
  let runs = 0;
  server.on('exchange', () => {
    runs++;
  });
  const client = await Device.open(world.deviceFile(sealed, server.address), { state: world.state });
  assert.equal((await client.send('on')).outcome, 'done');
  const any = await open(world.path('lamp.key'));
  const handles = Object.getPrototypeOf(any);
  const { datasync } = handles;
  await any.close();
  handles.datasync = () => Promise.reject(new Error('no room'));
  try {
    await assert.rejects(client.send('on'), { code: 'CSIGN_STATE', outcome: 'not-sent' });
  } finally {
    handles.datasync = datasync;
  }
  assert.equal(runs, 1);
  await client.close();
  await server.close();
});

test('one holds the file at a time', async () => {
  const world = new World();
  const first = await openIn(world.state);
  await assert.rejects(StateFile.open(world.state, 'name', { ms: 100 }), { code: 'CSIGN_TIMEOUT' });
  const second = openIn(world.state);
  await first.close();
  await (await second).close();
});

test('challenges are remembered in a ring, past cut entries, and the oldest is forgotten', async () => {
  const world = new World();
  const state = await openIn(world.state);
  const challenge = (number) => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(number);
    return bytes;
  };
  for (let i = 0; i < 5; i++) assert.equal(await state.remember(challenge(i)), false);
  for (let i = 0; i < 5; i++) assert.equal(await state.remember(challenge(i)), true);
  await state.close();
  const name = `${world.state}/name`;
  assert.equal(statSync(name).size, RING_START + 5 * 16);
  truncateSync(name, RING_START + 4 * 16 + 7);
  const again = await openIn(world.state);
  assert.equal(await again.remember(challenge(3)), true);
  assert.equal(await again.remember(challenge(4)), false, 'it was cut');
  await again.close();
  assert.equal(statSync(name).size, RING_START + 5 * 16);
  chmodSync(name, 0o600);
});

test('a full ring writes over its oldest entry', () => {
  const ring = Buffer.alloc(RING_MAX * 16);
  let filled = Buffer.alloc(0);
  const challenge = (number) => Buffer.from(`challenge ${number}`);
  // Entries are made by looking up in a ring that has only the one before.
  for (let i = 0; i < RING_MAX + 3; i++) {
    const { entry } = lookUp(filled, challenge(i));
    filled = entry;
    entry.copy(ring, (i % RING_MAX) * 16);
  }
  assert.equal(lookUp(ring, challenge(0)).isKnown, false);
  assert.equal(lookUp(ring, challenge(3)).isKnown, true);
  assert.equal(lookUp(ring, challenge(RING_MAX + 2)).isKnown, true);
  assert.equal(lookUp(ring, challenge(-1)).offset, 3 * 16);
});
