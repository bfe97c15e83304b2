// SPDX-License-Identifier: MIT
// Every message cut at every byte, and every bit of it flipped, in both roles and both profiles.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';

import { ClientMachine, DeviceMachine, Keyring } from '../src/core.js';
import { deriveKey, replyTag, requestTag } from '../src/sealed.js';
import { hex, label, settingsFor, tableFor, vectors } from './vectors.js';

/** One vector a hash and profile; the sealed ones have chains with long data. */
const chosen = [1, 3, 6, 42, 76, 93, 127].map((at) => [at, vectors.exchanges[at]]);

function deviceAt(vector, exchange) {
  const settings = settingsFor(vector);
  const keyring = new Keyring(settings);
  keyring.hold(0, 'owner', 0xffffffff, hex(vector.key));
  const device = Object.assign(new DeviceMachine({ settings, keyring, ...tableFor(vector) }), { keyring });
  device.take(hex(vector.wake));
  device.challenge(hex(vector.challenge));
  device.sent();
  for (const { request, answer } of vector.exchanges.slice(0, exchange)) {
    device.take(hex(request));
    device.reply(hex(answer)[0], hex(answer).subarray(1));
    device.sent();
  }
  return device;
}

function clientAt(vector, exchange) {
  const client = new ClientMachine(settingsFor(vector), hex(vector.key), tableFor(vector).answers);
  client.wake(hex(vector.wake));
  client.take(hex(vector.challenge));
  for (const { code, arguments: args, reply } of vector.exchanges.slice(0, exchange)) {
    client.request(hex(code), hex(args));
    client.take(hex(reply));
  }
  const { code, arguments: args } = vector.exchanges[exchange];
  client.request(hex(code), hex(args));
  return client;
}

function* flips(bytes) {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const copy = Buffer.from(bytes);
    copy[bit >> 3] ^= 1 << (bit & 7);
    yield copy;
  }
}

for (const [at, vector] of chosen) {
  vector.exchanges.forEach(({ request, reply }, exchange) => {
    test(`a request that is cut or flipped runs nothing: ${label(vector, at)}, request ${exchange}`, () => {
      for (let length = 0; length < request.length / 2; length++) {
        const device = deviceAt(vector, exchange);
        device.take(hex(request).subarray(0, length));
        assert.equal(device.wants, 'request');
        assert.equal(device.isInside, length > 0);
        assert.equal(device.out.length, 0);
      }
      for (const flipped of flips(hex(request))) {
        const device = deviceAt(vector, exchange);
        device.take(flipped);
        // A flipped length asks for another number of bytes; whatever comes, it runs nothing.
        device.take(Buffer.alloc(400, 0x5a));
        assert.equal(device.wants, 'close');
        assert.equal(device.out.length, 0);
      }
    });

    test(`a reply that is cut or flipped proves nothing: ${label(vector, at)}, reply ${exchange}`, () => {
      for (let length = 0; length < reply.length / 2; length++) {
        const client = clientAt(vector, exchange);
        client.take(hex(reply).subarray(0, length));
        assert.equal(client.state, 'reply');
        assert.equal(client.reply, null);
      }
      for (const flipped of flips(hex(reply))) {
        const client = clientAt(vector, exchange);
        client.take(flipped);
        client.take(Buffer.alloc(400, 0x5a));
        assert.equal(client.state, 'broken');
        assert.equal(client.reply, null);
      }
    });
  });
}

test('a machine that ended holds no key, no half message and takes nothing', () => {
  const [, vector] = chosen[0];
  const client = clientAt(vector, 0);
  client.take(hex(vector.exchanges[0].reply).subarray(0, 5));
  client.end();
  assert.equal(client.take(Buffer.alloc(9)), 0);
  assert.ok(client.challenge.every((byte) => byte === 0));
  const device = deviceAt(vector, 0);
  device.take(hex(vector.exchanges[0].request).subarray(0, 5));
  device.close('late');
  assert.equal(device.take(Buffer.alloc(9)), 0);
  assert.equal(device.isInside, false);
});

/** The arguments that a function of node:crypto gets while this is done. */
function argumentsOf(name, whatIsDone) {
  const original = crypto[name];
  const seen = [];
  crypto[name] = (...args) => {
    seen.push(args);
    return original(...args);
  };
  syncBuiltinESMExports();
  try {
    whatIsDone();
  } finally {
    crypto[name] = original;
    syncBuiltinESMExports();
  }
  return seen;
}

const compared = (whatIsDone) => argumentsOf('timingSafeEqual', whatIsDone).map(([bytes]) => bytes.length);

/** The keys that are computed with, which are those that a machine holds, and not copies. */
const keysUsed = (whatIsDone) => argumentsOf('createHmac', whatIsDone).map(([, key]) => key);

test('a client that ended has wiped the key that it computed with', () => {
  for (const [, vector] of chosen) {
    const used = keysUsed(() => clientAt(vector, 0).end());
    // From the caller's own key K' is derived; classic takes a copy of it.
    const held = vector.profile === 'sealed' ? used.slice(1) : used;
    assert.ok(held.length > 0 && held.every((key) => key.every((byte) => byte === 0)));
  }
});

test('a classic client refuses its own request as an answer', () => {
  const [, vector] = chosen.find(([, { profile }]) => profile === 'classic');
  const { code } = vector.exchanges[0];
  const client = new ClientMachine(settingsFor(vector), hex(vector.key), [{ name: 'done', code: hex(code) }]);
  client.wake(hex(vector.wake));
  client.take(hex(vector.challenge));
  client.take(client.request(hex(code)).message);
  assert.equal(client.reason, 'own-request');
  assert.equal(client.reply, null);
});

test('tags are compared whole and in constant time, right or wrong', () => {
  for (const [, vector] of chosen) {
    const { request, reply } = vector.exchanges[0];
    const length = settingsFor(vector).profile === 'sealed' ? vector.tag : reply.length / 2;
    for (const flip of [0, 1]) {
      const [toDevice, toClient] = [hex(request), hex(reply)];
      toDevice[toDevice.length - 1] ^= flip;
      toClient[toClient.length - 1] ^= flip;
      const device = deviceAt(vector, 0);
      const client = clientAt(vector, 0);
      const [atDevice, atClient] = [compared(() => device.take(toDevice)), compared(() => client.take(toClient))];
      assert.ok(atDevice.length > 0 && atDevice.every((one) => one === hex(request).length || one === length), atDevice.join());
      if (reply) assert.ok(atClient.length > 0 && atClient.every((one) => one === length), atClient.join());
    }
  }
});

test('a further request is tried under the first one\'s key only', () => {
  const [, vector] = chosen[0];
  const settings = settingsFor(vector);
  const other = Buffer.alloc(32, 9);
  const { request, request_tag: tag, reply } = vector.exchanges[0];
  const forged = (key) => {
    const device = deviceAt(vector, 1);
    device.keyring.hold(1, 'other', 0xffffffff, other);
    const sealed = hex(reply).subarray(1, 1 + hex(reply)[0]);
    const bytes = replyTag(settings.hash, deriveKey(settings, hex(vector.key)), hex(tag), sealed);
    const body = Buffer.from([0x55]);
    const made = requestTag(settings.hash, deriveKey(settings, key), { isFirst: false, bytes }, body);
    device.take(Buffer.concat([Buffer.from([1]), body, made.subarray(0, vector.tag)]));
    return device.reason;
  };
  assert.ok(request.length > 0);
  assert.notEqual(forged(hex(vector.key)), 'wrong-tag');
  assert.equal(forged(other), 'wrong-tag');
});

test('a classic command that a key may not run never matches', () => {
  const [, vector] = chosen.find(([, { profile }]) => profile === 'classic');
  for (const [rights, wants] of [[0x1, 'run'], [0x2, 'close']]) {
    const keyring = new Keyring(settingsFor(vector));
    keyring.hold(0, 'guest', rights, hex(vector.key));
    const { code, request } = vector.exchanges[0];
    const device = new DeviceMachine({ settings: settingsFor(vector), keyring, commands: [{ name: 'on', code: hex(code) }], answers: [] });
    device.take(hex(vector.wake));
    device.challenge(hex(vector.challenge));
    device.sent();
    device.take(hex(request));
    assert.equal(device.wants, wants);
  }
});

test('calls out of order are refused', () => {
  const [, vector] = chosen[0];
  const client = new ClientMachine(settingsFor(vector), hex(vector.key));
  assert.throws(() => client.request(hex('01')), /the client is idle/);
  assert.throws(() => clientAt(vector, 0).request(hex('01')), /the client is reply/);
  const device = deviceAt(vector, 0);
  assert.throws(() => device.reply(0), /wants request/);
  assert.throws(() => device.challenge(Buffer.alloc(16)), /wants request/);
  assert.throws(() => device.sent(), /wants request/);
});

/** The status that a device answers a sealed request with, under a key with these rights. */
async function answerTo(code, args, { rights = 0xffffffff, store = null, slots = 4 } = {}) {
  const [, vector] = chosen[0];
  const settings = settingsFor(vector);
  const keyring = new Keyring(settings, { slots, store });
  keyring.hold(0, 'owner', rights, hex(vector.key));
  keyring.hold(1, 'other', 0xffffffff, Buffer.alloc(32, 1));
  const device = new DeviceMachine({ settings, keyring, commands: [{ name: 'on', code: hex('01') }, { name: 'off', code: hex('02') }] });
  const client = new ClientMachine(settings, hex(vector.key));
  device.take(client.wake(hex(vector.wake)));
  device.challenge(hex(vector.challenge));
  client.take(device.out);
  device.sent();
  device.take(client.request(Buffer.from([code]), args).message);
  if (device.wants === 'settle') await device.settle();
  if (device.wants === 'run') device.reply(0);
  client.take(device.out);
  return { status: client.reply.status, data: client.reply.data, keyring, device };
}

test('the order of checks is that of the protocol, section 4.9', async () => {
  const store = { set: async () => {}, drop: async () => {} };
  const broken = { set: async () => { throw new Error('full'); }, drop: async () => { throw new Error('full'); } };
  const key = Buffer.alloc(37, 7);
  key[0] = 2;
  const statusOf = async (...all) => (await answerTo(...all)).status;
  assert.equal(await statusOf(0x33, Buffer.alloc(0)), 1);
  assert.equal(await statusOf(0xf5, Buffer.alloc(0)), 1);
  assert.equal(await statusOf(0xf1, key), 1, 'a device that offers no change');
  assert.equal(await statusOf(2, Buffer.alloc(0), { rights: 1 }), 3);
  assert.equal(await statusOf(1, Buffer.alloc(0), { rights: 1 }), 0);
  assert.equal(await statusOf(0xf1, Buffer.alloc(3), { store, rights: 1 }), 3, 'right before length');
  assert.equal(await statusOf(0xf1, Buffer.alloc(3), { store }), 2);
  assert.equal(await statusOf(0xf1, Buffer.concat([Buffer.from([9]), key.subarray(1)]), { store }), 2, 'no such slot');
  assert.equal(await statusOf(0xf1, Buffer.concat([Buffer.from([1]), key.subarray(1)]), { store }), 4, 'occupied');
  assert.equal(await statusOf(0xf1, Buffer.concat([Buffer.from([2, 0, 0, 0, 0]), Buffer.alloc(32, 1)]), { store }), 4, 'held already');
  assert.equal(await statusOf(0xf1, key, { store: broken }), 4);
  assert.equal(await statusOf(0xf2, Buffer.from([3]), { store }), 4, 'empty');
  assert.equal(await statusOf(0xf2, Buffer.from([1]), { store: broken }), 4);
  assert.equal(await statusOf(0xf1, key, { store }), 0);
  assert.equal(await statusOf(0xf2, Buffer.from([1]), { store }), 0);
  assert.equal(await statusOf(0xf0, Buffer.from([1])), 2);
  assert.equal(await statusOf(0xf0, Buffer.alloc(0)), 5);
});

test('a key that drops itself is answered under it, and its connection ends', async () => {
  const store = { set: async () => {}, drop: async () => {} };
  const { status, keyring, device } = await answerTo(0xf2, Buffer.from([0]), { store });
  assert.equal(status, 0);
  device.sent();
  assert.equal(device.wants, 'close');
  assert.deepEqual(keyring.keys.map(({ name }) => name), ['other']);
});

test('rights belong to rows, and late rows need all of them', async () => {
  const { mayRun } = await import('../src/core.js');
  for (let row = 0; row < 40; row++) {
    for (let bit = 0; bit < 32; bit++) assert.equal(mayRun((1 << bit) >>> 0, row), row === bit && bit < 31);
    assert.equal(mayRun(0x7fffffff, row), true);
    assert.equal(mayRun(0x80000000, row), false);
    assert.equal(mayRun(0x7ffffffe, row), row >= 1 && row <= 30);
  }
});

test('equal keys are refused, equal as RFC 2104 treats them', async () => {
  const { createHash } = await import('node:crypto');
  const settings = settingsFor(chosen[0][1]);
  const keyring = new Keyring(settings);
  const long = Buffer.alloc(100, 3);
  keyring.hold(0, 'short', 1, Buffer.alloc(20, 5));
  keyring.hold(1, 'long', 1, long);
  assert.throws(() => keyring.hold(2, 'padded', 1, Buffer.concat([Buffer.alloc(20, 5), Buffer.alloc(12)])), /equal/);
  assert.throws(() => keyring.hold(2, 'hashed', 1, createHash('sha256').update(long).digest()), /equal/);
  keyring.hold(2, 'other', 1, Buffer.alloc(21, 5));
});
