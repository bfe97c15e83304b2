// SPDX-License-Identifier: MIT
// The frames of the provisioning line against tests/vectors/provisioning.json.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hashes } from '../src/core.js';
import { FrameReader, REPLY_BIT, check, frame, kinds, proof, readHello } from '../src/provision-frame.js';
import { hex, vectorFile } from './vectors.js';

const vectors = vectorFile('provisioning');

test('the check of a frame is CRC-16/IBM-3740', () => {
  assert.equal(check(hex(vectors.check.bytes)).toString(16), vectors.check.check);
});

test('every frame of the vectors is read from any split, and made again byte for byte', () => {
  for (const run of vectors.runs) {
    for (const text of run.frames.flatMap(({ request, reply }) => [request, reply])) {
      for (const piece of [1, 3, 100]) {
        const reader = new FrameReader();
        const found = [];
        const bytes = Buffer.concat([hex('00c5ff'), hex(text), hex('c5')]);
        for (let at = 0; at < bytes.length; at += piece) {
          found.push(...reader.take(bytes.subarray(at, at + piece)));
        }
        assert.equal(found.length, 1, run.name);
        const [{ sequence, kind, body }] = found;
        assert.equal(frame(sequence, kind, body).toString('hex'), text);
      }
    }
  }
});

test('a frame with any bit flipped is no frame, or not this one', () => {
  const whole = hex(vectors.runs[0].frames[0].reply);
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3] ^= 1 << (bit & 7);
    assert.deepEqual(new FrameReader().take(flipped), [], `bit ${bit}`);
  }
});

test('what a hello tells is what the vectors say of the device', () => {
  for (const run of vectors.runs) {
    const [{ kind, body }] = new FrameReader().take(hex(run.frames[0].reply));
    assert.equal(kind, kinds.hello | REPLY_BIT);
    const hello = readHello(body);
    assert.equal(hello.hash, hashes[run.hash]);
    assert.equal(hello.profile, run.is_sealed ? 'sealed' : 'classic');
    assert.deepEqual(
      [hello.wake, hello.challenge, hello.slots, hello.state, hello.isGranted, hello.payload],
      [run.wake, run.challenge, run.slots, run.state, run.is_granted, run.request_max]);
  }
});

test('proofs are those of the vectors', () => {
  const proofs = vectors.runs.flatMap((run) => run.keys.map((key) => ({ ...key, hash: run.hash })));
  assert.ok(proofs.length >= 6);
  for (const { hash, key, nonce, slot, rights, proof: expected } of proofs) {
    const made = proof(hashes[hash], hex(key), hex(nonce), slot, parseInt(rights, 16));
    assert.equal(made.toString('hex'), expected);
  }
});
