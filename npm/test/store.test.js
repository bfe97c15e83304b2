// SPDX-License-Identifier: MIT
// The store: its layout, power cut in every write, damage, and key changes through it.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { test } from 'node:test';

import { Device, dropKey, rotateKey, serve, setKey } from '../src/index.js';
import { linksOf } from '../src/serve.js';
import { Store, setupOf } from '../src/store.js';
import { emptyRecord, imageState, layout } from '../src/store-image.js';
import { World, sealed } from './world.js';

const device = { id: 'lamp-1', commands: [{ code: Buffer.from([1]) }, { code: Buffer.from([2]) }] };
const keys = () => [{ key: Buffer.alloc(32, 0x11), rights: 0xffffffff }, { key: Buffer.alloc(32, 0x22), rights: 1 }];
const open = (name) => Store.open(name, device, keys);
const held = (store) => store.keys().map(({ slot, key, rights }) => [slot, key[0], rights]);

/** Lets so many writes through and fails then, as a cut does. */
async function cutAfter(count, name, work) {
  const probe = await fs.open(name, 'r');
  const prototype = Object.getPrototypeOf(probe);
  await probe.close();
  const { write } = prototype;
  let writes = 0;
  prototype.write = function cut(...all) {
    if (writes++ >= count) return Promise.reject(new Error('cut'));
    return write.apply(this, all);
  };
  try {
    await work();
    return false;
  } catch (error) {
    assert.match(String(error), /cut|store/);
    return true;
  } finally {
    prototype.write = write;
  }
}

test('a new store has the layout of docs/store.md', async () => {
  const world = new World();
  const name = world.path('lamp.store');
  const store = await open(name);
  assert.equal(statSync(name).mode & 0o777, 0o600);
  await store.close();
  const image = readFileSync(name);
  assert.equal(image.length, 129 + 40 * 16 + 32);
  assert.equal(image.toString('hex', 0, 10), '3c3c' + '63735301' + '10' + '04' + '3c3c');
  assert.equal(image.toString('hex', 42, 46), '00000000');
  assert.equal(image.toString('hex', 48, 52), '3c3c1111');
  assert.equal(image.toString('hex', 82, 86), 'ffffffff');
  assert.ok(image.subarray(48 + 80, 48 + 120).equals(emptyRecord()));
  const { identity, counter } = layout(16);
  assert.equal(image.toString('hex', identity, identity + 18), '3c3c' + '025e98aaa8860327' + '06' + Buffer.from('lamp-1').toString('hex') + '00');
  assert.equal(image.toString('hex', counter), '00000001fffffffe'.repeat(2) + '00000000ffffffff'.repeat(2));
  assert.equal(setupOf(device.commands, 2).toString('hex'), '025e98aaa8860327');
});

test('every byte that is damaged is noticed, or changes nothing that is served', async () => {
  const world = new World();
  const name = world.path('lamp.store');
  await (await open(name)).close();
  const whole = readFileSync(name);
  let noticed = 0;
  for (let at = 0; at < whole.length; at++) {
    const image = Buffer.from(whole);
    image[at] ^= 0x41;
    if (imageState(image) !== 'ready') {
      noticed++;
      continue;
    }
    writeFileSync(name, image);
    const store = await Store.open(name, device, keys).catch((error) => error);
    if (store instanceof Store) {
      assert.deepEqual(held(store), [[0, 0x11, 0xffffffff], [1, 0x22, 1]], `byte ${at}`);
      await store.close();
    } else {
      noticed++;
    }
  }
  assert.ok(noticed > 80, `${noticed}`);
});

for (const [what, change, before, after] of [
  ['set', (store) => store.set(2, 5, Buffer.alloc(32, 0x33)), [[0, 0x11, 0xffffffff], [1, 0x22, 1]], [[0, 0x11, 0xffffffff], [1, 0x22, 1], [2, 0x33, 5]]],
  ['dropped', (store) => store.drop(1), [[0, 0x11, 0xffffffff], [1, 0x22, 1]], [[0, 0x11, 0xffffffff]]],
]) {
  test(`a cut at any write leaves a key ${what}, or not, and never anything else`, async () => {
    const world = new World();
    const [name, copy] = [world.path('lamp.store'), world.path('copy')];
    await (await open(name)).close();
    copyFileSync(name, copy);
    const seen = new Set();
    let isCut = true;
    for (let count = 0; isCut; count++) {
      rmSync(name);
      copyFileSync(copy, name);
      const store = await open(name);
      isCut = await cutAfter(count, name, () => change(store));
      await store.close();
      const again = await open(name);
      const found = held(again);
      assert.ok([before, after].some((state) => JSON.stringify(state) === JSON.stringify(found)), `write ${count}: ${found}`);
      seen.add(JSON.stringify(found));
      await again.close();
      assert.ok(count < 60);
    }
    assert.equal(seen.size, 2);
  });
}

test('a start that is cut at any write never uses a value of the counter twice', async () => {
  const world = new World();
  const name = world.path('lamp.store');
  await (await open(name)).close();
  const valueOf = () => {
    const image = readFileSync(name);
    const { counter } = layout(16);
    return Math.max(...[0, 8, 16, 24].map((at) => (
      image.readUInt32BE(counter + at) === (~image.readUInt32BE(counter + at + 4) >>> 0) ? image.readUInt32BE(counter + at) : 0)));
  };
  let used = valueOf();
  for (let count = 0; count < 20; count++) {
    await cutAfter(count % 7, name, async () => (await open(name)).close());
    const store = await open(name);
    await store.close();
    assert.ok(valueOf() > used);
    used = valueOf();
  }
});

test('a file that is no store, open to others or another device\'s is refused and left as it is', async () => {
  const world = new World();
  const name = world.path('lamp.store');
  await (await open(name)).close();
  const whole = readFileSync(name);
  const cases = [
    [whole.subarray(0, 700), /is no store/], [Buffer.alloc(801, 0x55), /is no store/],
    [Buffer.concat([whole, Buffer.alloc(1)]), /is no store/],
  ];
  for (const [bytes, message] of cases) {
    writeFileSync(name, bytes);
    await assert.rejects(open(name), { code: 'CSIGN_STORE', message });
    assert.ok(readFileSync(name).equals(bytes));
  }
  const damaged = Buffer.from(whole);
  damaged[20] ^= 1;
  writeFileSync(name, damaged);
  await assert.rejects(open(name), { message: /is damaged/ });
  writeFileSync(name, whole);
  await assert.rejects(Store.open(name, { ...device, id: 'other' }, keys), { message: /another id/ });
  await assert.rejects(Store.open(name, { ...device, commands: device.commands.slice(1) }, keys), { message: /other commands/ });
  await (await Store.open(name, { ...device, commands: [...device.commands, { code: Buffer.from([9]) }] }, keys)).close();
  chmodSync(name, 0o640);
  await assert.rejects(open(name), { message: /others have access/ });
});

test('empty is a file that is not there, has no bytes, or only zeros or ff', async () => {
  const world = new World();
  const name = world.path('lamp.store');
  for (const bytes of [null, Buffer.alloc(0), Buffer.alloc(801), Buffer.alloc(801, 0xff)]) {
    rmSync(name, { force: true });
    if (bytes) writeFileSync(name, bytes, { mode: 0o600 });
    const store = await open(name);
    assert.deepEqual(held(store), [[0, 0x11, 0xffffffff], [1, 0x22, 1]]);
    await store.close();
  }
  assert.deepEqual(readdirSync(world.directory).filter((other) => other.startsWith('lamp.store')), ['lamp.store']);
});

const rest = '[keys]\nowner = file:lamp.key : all, admin\nguest = file:other.key : on';

async function stored() {
  const world = new World();
  const write = (address) => world.deviceFile(sealed, address, { more: 'store = lamp.store', rest });
  const server = await serve(write('tcp://127.0.0.1:0'), {});
  const file = write(server.address);
  return { world, server, file, write, client: await Device.open(file, { state: false }) };
}

test('keys are set and dropped, and stay so after a restart', async () => {
  const { world, server, client, write } = await stored();
  await setKey(client, { slot: 5, rights: 'on', key: Buffer.alloc(32, 0x66) });
  await dropKey(client, 1);
  await assert.rejects(setKey(client, { slot: 5, rights: 'on', key: Buffer.alloc(32, 0x67) }), { status: 4, outcome: 'failed', command: 'set-key' });
  await assert.rejects(setKey(client, { slot: 6, rights: 'nosuch', key: Buffer.alloc(32) }), { code: 'CSIGN_USAGE' });
  await assert.rejects(dropKey(client, 0), { status: 4 });
  await assert.rejects(dropKey(client, 99), { status: 2 });
  await client.close();
  await server.close();
  const again = await serve(write('tcp://127.0.0.1:0'), {});
  world.file('new.key', `hex:${'66'.repeat(32)}\n`);
  const file = world.file('new.ini', readFileSync(write(again.address), 'utf8').replace('file:lamp.key\n', 'file:new.key\n'));
  const other = await Device.open(file, { state: false });
  const names = [];
  again.on('exchange', ({ key }) => names.push(key));
  assert.equal((await other.send('on')).outcome, 'done');
  await assert.rejects(other.send('off'), { status: 3 });
  assert.deepEqual(names, ['slot-5', 'slot-5']);
  await other.close();
  await again.close();
});

test('a change is refused where somebody changed, replaced or removed the store', async () => {
  for (const harm of [
    (name) => writeFileSync(name, Buffer.alloc(801, 7)), (name) => rmSync(name),
    (name) => {
      copyFileSync(name, `${name}.copy`);
      renameSync(`${name}.copy`, name);
    },
  ]) {
    const { world, server, client } = await stored();
    harm(world.path('lamp.store'));
    await assert.rejects(setKey(client, { slot: 5, rights: 1, key: Buffer.alloc(32, 9) }), { status: 4 });
    assert.equal((await client.send('on')).outcome, 'done');
    await client.close();
    await server.close();
  }
});

test('a key that is dropped loses its connections at once', async () => {
  const { world, server, client, file } = await stored();
  const guestFile = world.file('guest.ini', readFileSync(file, 'utf8').replace('file:lamp.key\n', 'file:other.key\n'));
  const guest = await Device.open(guestFile, { state: false });
  const connection = guest.connect();
  await connection.send('on');
  assert.equal(linksOf(server).size, 1);
  await dropKey(client, 1);
  await assert.rejects(connection.send('on'), { outcome: 'unknown', code: 'CSIGN_CLOSED' });
  await guest.close();
  await client.close();
  await server.close();
});

test('a rotation that is cut after any exchange leaves a key that works, and goes on', async () => {
  for (const cutAt of ['set-key', 'last', 'drop-key', 'nowhere']) {
    const { world, server, client, file } = await stored();
    await client.close();
    const step = ({ command }) => {
      if (command === cutAt) throw new Error('cut here');
    };
    const rotation = rotateKey(file, { from: 0, to: 3, state: false, step });
    if (cutAt === 'nowhere') await rotation;
    else await assert.rejects(rotation, { message: 'cut here' });
    const between = await Device.open(file, { state: false });
    assert.equal((await between.send('on')).outcome, 'done', cutAt);
    await between.close();
    if (cutAt !== 'nowhere') await rotateKey(file, { from: 0, to: 3, state: false });
    const after = await Device.open(file, { state: false });
    assert.equal((await after.send('off')).outcome, 'done');
    await assert.rejects(dropKey(after, 0), { status: 4 }, 'the old key is gone');
    for (const name of ['lamp.key.new', 'lamp.key.old']) assert.ok(!existsSync(world.path(name)));
    await after.close();
    await server.close();
  }
});
