// SPDX-License-Identifier: MIT
// Provisioning: the tool against a device in memory that plays the vectors, and misbehaves.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';

import { provision } from '../src/index.js';
import { fileSettings, readDeviceFile } from '../src/device-file.js';
import { parseKeyText } from '../src/key-text.js';
import { FrameReader, kinds } from '../src/provision-frame.js';
import { ProvisionDevice, deviceOfRun } from './provision-device.js';
import { hex, vectorFile } from './vectors.js';
import { KEY, World, sealed } from './world.js';

test('the device of these tests answers as the vectors say', () => {
  for (const run of vectorFile('provisioning').runs) {
    const device = deviceOfRun(run);
    for (const { request, reply } of run.frames) {
      const [found] = new FrameReader().take(hex(request));
      assert.equal(device.answer(found).toString('hex'), reply, run.name);
    }
  }
});

function prepare(text = null, options = {}) {
  const world = new World();
  const file = text === null ? world.deviceFile(sealed, 'serial:/dev/null') : world.file('lamp.ini', text);
  const settings = fileSettings(readDeviceFile(file, 'cable'));
  return { world, file, device: new ProvisionDevice(settings, options) };
}

const TWO = `[device]
id = lamp-1
address = serial:/dev/ttyUSB0
payload = 60            ; kept as it is

[commands]
on = 01
off = 02
[keys]
guest = file:guest.key : off
owner = file:owner.key : all, admin
`;

// Most of their time is silence that the protocol asks for.
describe('a tool at the cable', { concurrency: true }, () => {
  test('a device is given its keys, and the file the key of its administrator', async () => {
    const { world, file, device } = prepare(TWO);
    const done = await provision(device.stream(), file);
    assert.equal(device.state, 4);
    assert.equal(device.id.toString(), 'lamp-1');
    assert.deepEqual([...device.keys].map(([slot, { rights }]) => [slot, rights]), [[0, 2], [1, 0xffffffff]]);
    for (const [slot, name] of [[0, 'guest.key'], [1, 'owner.key']]) {
      assert.equal(statSync(world.path(name)).mode & 0o777, 0o600);
      assert.ok(parseKeyText(readFileSync(world.path(name), 'utf8').trim()).equals(device.keys.get(slot).key));
    }
    assert.deepEqual(done.keys.map(({ name, isNew }) => [name, isNew]), [['guest', true], ['owner', true]]);
    assert.equal(done.added, 'key = file:owner.key');
    assert.equal(readFileSync(file, 'utf8'), TWO.replace('kept as it is\n', 'kept as it is\nkey = file:owner.key\n'));
  });

  test('a key that exists is used, and goes into the slot that is asked for', async () => {
    const { file, device } = prepare();
    const { keys, added } = await provision(device.stream(), file, { slot: 3 });
    assert.ok(device.keys.get(3).key.equals(parseKeyText(KEY)));
    assert.deepEqual([keys[0].isNew, added, keys[0].slot], [false, null, 3]);
  });

  test('a file without a key gets one of its own, and never in place of another', async () => {
    const { world, file, device } = prepare('[device]\naddress = serial:/dev/null\n[commands]\non = 01\n');
    await assert.rejects(provision(device.stream(), file), { code: 'CSIGN_KEY', message: /is there already/ });
    rmSync(world.path('lamp.key'));
    const { added } = await provision(device.stream(), file);
    assert.equal(added, 'key = file:lamp.key');
    assert.match(readFileSync(file, 'utf8'), /^\[device\]\naddress = serial:\/dev\/null\nkey = file:lamp.key\n\[commands\]/);
    assert.ok(parseKeyText(readFileSync(world.path('lamp.key'), 'utf8').trim()).equals(device.keys.get(0).key));
  });

  test('lost frames are sent again, and nothing is done twice', async () => {
    const { file, device } = prepare(TWO);
    const lost = new Set();
    device.trick = (kind, reply) => {
      if (kind === kinds.hello || lost.has(kind)) return reply;
      lost.add(kind);
      return null;
    };
    await provision(device.stream(), file);
    assert.equal(device.state, 4);
    assert.ok(lost.has(kinds.commit) && lost.has(kinds.begin));
  });

  const refusals = [
    ['is provisioned already', { state: 4 }, /provisioned already/, 'not-sent'],
    ['holds another program\'s data', { state: 1 }, /another program/, 'not-sent'],
    ['has too few slots', { slots: 1 }, /1 key slots/, 'not-sent'],
    ['has no slots', { slots: 0 }, /0 key slots, counted from 0/, 'not-sent'],
    ['speaks another version', { version: 2 }, /another version/, 'not-sent'],
  ];
  for (const [name, options, message, outcome] of refusals) {
    test(`a device that ${name} is left alone`, async () => {
      const { world, file, device } = prepare(TWO, options);
      await assert.rejects(provision(device.stream(), file), { code: 'CSIGN_PROVISION', message, outcome });
      assert.equal(device.keys.size, 0);
      assert.ok(!existsSync(world.path('owner.key')));
    });
  }

  test('a device that grants it, or holds other data and is told to, is provisioned anew', async () => {
    for (const [options, more] of [[{ state: 5, isGranted: true }, {}], [{ state: 1 }, { foreign: true }]]) {
      const { file, device } = prepare(TWO, options);
      await provision(device.stream(), file, more);
      assert.equal(device.state, 4);
    }
  });

  test('a device that was built otherwise is not provisioned', async () => {
    for (const [name, value] of [['wake', 20], ['challenge', 20], ['tag', 20], ['payload', 61]]) {
      const { file, device } = prepare(TWO);
      device.settings = { ...device.settings, [name]: value };
      await assert.rejects(provision(device.stream(), file), { message: new RegExp(`built with ${name} ${value}`) });
    }
  });

  test('a false proof, or a store that does not take it, leaves no key file behind', async () => {
    const falseProof = (kind, reply) => {
      if (kind !== kinds.prove) return reply;
      const body = Buffer.from(new FrameReader().take(reply)[0].body);
      body[5] ^= 1;
      return new ProvisionDevice({}).replyOf(reply[2], kinds.prove, 0, body.subarray(1));
    };
    const refusal = (kind, reply) => (kind === kinds.commit ? new ProvisionDevice({}).replyOf(reply[2], kind, 7) : reply);
    for (const [trick, message] of [[falseProof, /proof is wrong/], [refusal, /did not take it/]]) {
      const { world, file, device } = prepare(TWO);
      device.trick = trick;
      await assert.rejects(provision(device.stream(), file), { outcome: 'failed', message });
      assert.ok(!existsSync(world.path('owner.key')));
      assert.equal(readFileSync(file, 'utf8'), TWO);
    }
  });

  test('where the reply to commit is lost, hello tells; where nothing comes, the keys are kept', async () => {
    for (const isDeaf of [false, true]) {
      const { world, file, device } = prepare(TWO);
      let hasCommitted = false;
      device.trick = (kind, reply) => {
        hasCommitted ||= kind === kinds.commit;
        return kind === kinds.commit || (hasCommitted && isDeaf) ? null : reply;
      };
      if (isDeaf) await assert.rejects(provision(device.stream(), file), { outcome: 'unknown' });
      else await provision(device.stream(), file);
      assert.ok(existsSync(world.path('owner.key')));
    }
  });

  test('nobody at the cable is told in time, and it can be given up', async () => {
    const { file, device } = prepare(TWO);
    device.trick = () => null;
    let waited = 0;
    const waiting = () => {
      waited++;
    };
    await assert.rejects(provision(device.stream(), file, { timeout: 4000, waiting }), { code: 'CSIGN_TIMEOUT', outcome: 'not-sent' });
    assert.equal(waited, 1);
    await assert.rejects(provision(device.stream(), file, { signal: AbortSignal.timeout(100) }), { code: 'CSIGN_ABORTED' });
  });
});
