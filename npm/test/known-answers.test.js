// SPDX-License-Identifier: MIT
// Both machines against tests/vectors, in pieces of every size that matters.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ClientMachine, DeviceMachine, Keyring, counterChallenge, hashes } from '../src/core.js';
import { deriveKey } from '../src/sealed.js';
import { hex, label, settingsFor, tableFor, vectors } from './vectors.js';

const PIECES = [1, 2, 7, 16, 64, 600];

/** Hands bytes over in pieces; each has to be taken whole. */
function feed(machine, bytes, piece) {
  for (let at = 0; at < bytes.length; at += piece) {
    const part = bytes.subarray(at, at + piece);
    assert.equal(machine.take(part), part.length);
  }
}

function playClient(vector, piece) {
  const { answers } = tableFor(vector);
  const machine = new ClientMachine(settingsFor(vector), hex(vector.key), answers);
  assert.deepEqual(machine.wake(hex(vector.wake)), hex(vector.wake));
  feed(machine, hex(vector.challenge), piece);
  for (const exchange of vector.exchanges) {
    const { message, tag } = machine.request(hex(exchange.code), hex(exchange.arguments));
    assert.equal(message.toString('hex'), exchange.request);
    assert.equal(tag.toString('hex'), exchange.request_tag);
    feed(machine, hex(exchange.reply), piece);
    if (vector.profile === 'sealed') {
      const { status, data } = machine.reply;
      assert.equal(Buffer.from([status, ...data]).toString('hex'), exchange.answer);
    } else {
      assert.equal(machine.state, 'over');
      assert.equal(machine.reply?.answer ?? '', exchange.answer && `x${exchange.answer}`);
    }
  }
}

function playDevice(vector, piece) {
  const settings = settingsFor(vector);
  const keyring = new Keyring(settings);
  keyring.hold(0, 'other', 0xffffffff, Buffer.alloc(32, 0x77));
  keyring.hold(1, 'owner', 0xffffffff, hex(vector.key));
  const machine = new DeviceMachine({ settings, keyring, ...tableFor(vector) });
  feed(machine, hex(vector.wake), piece);
  machine.challenge(hex(vector.challenge));
  assert.equal(machine.out.toString('hex'), vector.challenge);
  machine.sent();
  for (const exchange of vector.exchanges) {
    feed(machine, hex(exchange.request), piece);
    assert.equal(machine.wants, 'run');
    assert.equal(machine.command.name, `x${exchange.code}`);
    assert.equal(machine.command.args.toString('hex'), exchange.arguments);
    const answer = hex(exchange.answer);
    if (vector.profile === 'sealed') machine.reply(answer[0], answer.subarray(1));
    else machine.answer(exchange.answer ? `x${exchange.answer}` : null);
    assert.equal(machine.out.toString('hex'), exchange.reply);
    if (machine.wants === 'send') machine.sent();
  }
  assert.equal(machine.wants, vector.profile === 'sealed' ? 'request' : 'close');
}

vectors.exchanges.forEach((vector, at) => {
  test(`the client makes and accepts ${label(vector, at)}`, () => {
    for (const piece of PIECES) playClient(vector, piece);
  });
  test(`the device accepts and makes ${label(vector, at)}`, () => {
    for (const piece of PIECES) playDevice(vector, piece);
  });
});

test('derived keys are those of the vectors', () => {
  const sealed = vectors.exchanges.filter((vector) => vector.profile === 'sealed');
  assert.equal(sealed.length, 10);
  for (const vector of sealed) {
    const derived = deriveKey(settingsFor(vector), hex(vector.key));
    assert.equal(derived.toString('hex'), vector.derived_key);
  }
});

test('challenges from a counter are those of the vectors', () => {
  assert.equal(vectors.challenge_source.length, 8);
  for (const { hash, u, counter, length, entropy, challenge } of vectors.challenge_source) {
    const [upper, lower] = [Math.floor(counter / 2 ** 32), counter % 2 ** 32];
    const made = counterChallenge(hashes[hash], hex(u), upper, lower, length, hex(entropy));
    assert.equal(made.toString('hex'), challenge);
  }
});
