// SPDX-License-Identifier: MIT
// The command line says the same as the C program's, and ends with the same exit status.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { falseDevice } from '../false-device.js';
import { NODE_PROGRAM, cProgram, endSoon, run, startServe } from '../program.js';
import { World, classic, sealed } from '../world.js';

/** What differs from run to run; how long there is to wait depends on how soon a program starts. */
const known = (text) => text.replace(/"ms":\d+/g, '"ms":N').replace(/of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'of DATE')
  .replace(/^countersign: last: waiting .*\n/gm, '').replace(/"data":"[0-9a-f]{16}"/g, '"data":"T"')
  .replace(/\/state-\d\//g, '/state/');

async function same(world, words, options = {}) {
  const told = [];
  for (const [at, program] of [cProgram(), NODE_PROGRAM].entries()) {
    const { status, out, err } = await run([...program, ...words],
      { cwd: world.directory, state: world.path(`state-${at}`), ...options });
    told.push({ status, out: known(out), err: known(err) });
  }
  assert.deepEqual(told[1], told[0], words.join(' '));
  return told[0];
}

test('wrong usage is told in the same words', async () => {
  const world = new World();
  world.deviceFile(sealed, 'tcp://127.0.0.1:1');
  world.deviceFile(classic, 'tcp://127.0.0.1:1', { name: 'old.ini' });
  world.file('hall.ini', '[device]\naddress = tcp://127.0.0.1:1\nkey = file:open.key\n[commands]\non = 01\n');
  world.file('open.key', 'text:0123456789abcdef', 0o644);
  world.file('env.ini', '[device]\naddress = tcp://127.0.0.1:1\nkey = env:CSIGN_TEST_KEY\n[commands]\non = 01\n');
  const lines = [
    'send', 'send lamp.ini', 'send lamp.ini nosuch', 'send lamp.ini on x y', 'send lamp.ini on +', 'send lamp.ini + on',
    'send lamp.ini last x', 'send lamp.ini last + on', 'send lamp.ini on + last', 'send absent.ini on', 'send --bad lamp.ini on',
    'send --timeout x lamp.ini on', 'send --timeout 0 lamp.ini on', 'send --timeout 99999999999 lamp.ini on', 'send --timeout',
    'send --no-state lamp.ini last', 'send lamp.ini echo hex:0', 'send lamp.ini echo hex:zz', 'send lamp.ini -- --json',
    'send old.ini last', 'send old.ini on x', 'send old.ini on + off', `send lamp.ini echo ${'x'.repeat(200)}`, 'send hall.ini on',
    'send env.ini on', 'send lamp.ini echo - + echo -', 'keygen x', 'keygen --id x', 'keygen --passphrase', 'keygen --bad', 'keygen -o',
    'keygen -o /nowhere/x.key', 'fingerprint', 'fingerprint a b', 'fingerprint hex:00', 'check', 'check a b', 'check absent.ini',
    'key', 'key foo', 'key set lamp.ini', 'key drop lamp.ini', 'key rotate', 'key rotate lamp.ini --from 0', 'key rotate lamp.ini --from 0 --to 0',
    'key set lamp.ini --slot x --rights on --key lamp.key', 'key set lamp.ini --slot 1 --rights foo --key lamp.key',
    'key set lamp.ini --slot 300 --rights on --key lamp.key', 'key drop old.ini --slot 1', 'bogus', 'send --no-state lamp.ini on',
    'send --json --no-state lamp.ini on + off',
  ];
  for (const line of lines) await same(world, line.split(' '));
  assert.equal((await same(world, ['send', 'env.ini', 'on'], { env: { CSIGN_TEST_KEY: 'text:short' } })).status, 2);
  assert.equal((await same(world, ['send', 'lamp.ini', 'echo', '-'], { input: Buffer.alloc(300) })).status, 2);
  assert.equal((await same(world, ['keygen', '--passphrase', '--id', 'x'], { input: '' })).status, 2);
  assert.equal((await same(world, ['keygen', '--passphrase', '--id', ''], { input: 'a' })).status, 2);
  assert.equal((await same(world, ['keygen', '--passphrase', '--id', 'x'], { input: `${'a'.repeat(1024)}\n` })).status, 2);
  assert.equal((await same(world, ['keygen', '--passphrase', '--id', 'x'], { input: 'a\0b\n' })).status, 2);
});

test('answers are printed alike, whatever they hold', async () => {
  const world = new World();
  const file = world.deviceFile(sealed, 'tcp://127.0.0.1:1', { rest: '[run]\necho = /bin/cat\noff = /bin/false' });
  const device = await startServe(file);
  world.deviceFile(sealed, device.address);
  for (const data of ['hello', 'a b', 'hex:00', 'hex:6109', 'hex:610a62', 'hex:c3a4', 'hex:ff', 'hex:7f', 'hex:c285', 'hex:610a', 'hex:0a', 'hex:20', 'hex:', 'hex:e280a8', 'hex:1b5b41']) {
    await same(world, ['send', 'lamp.ini', 'echo', data]);
    await same(world, ['send', '--json', 'lamp.ini', 'echo', data]);
  }
  assert.equal((await same(world, ['send', 'lamp.ini', 'on', '+', 'off', '+', 'on'])).status, 1);
  assert.equal((await same(world, ['send', '--json', 'lamp.ini', 'on', '+', 'off', '+', 'on'])).status, 1);
  assert.equal((await same(world, ['send', 'lamp.ini', 'echo', '-'], { input: 'from input' })).out, 'echo: done: from input\n');
  await device.stop();
});

for (const [setting, tricks] of [
  [sealed, ['flip', 'zero', 'short:3', 'close-early', 'silent-reply', 'silent-challenge', 'close-challenge', 'unknown-status', 'reflect']],
  [classic, ['flip', 'short:3', 'close-early', 'silent-challenge', 'reflect']],
]) {
  test(`what becomes of a ${setting.profile} command is told in the same words`, async () => {
    for (const trick of tricks) {
      for (const json of [[], ['--json']]) {
        const world = new World();
        const more = 'deadline = 300';
        const device = await falseDevice(world.deviceFile(setting, 'tcp://127.0.0.1:1', { more }), trick);
        world.deviceFile(setting, device.address, { more });
        await same(world, ['send', ...json, '--timeout', '300', 'lamp.ini', 'on']);
        await same(world, ['send', ...json, '--timeout', '300', '--no-state', 'lamp.ini', 'on']);
        if (setting === sealed) await same(world, ['send', ...json, '--timeout', '300', 'lamp.ini', 'last']);
        await device.close();
      }
    }
  });
}

test('a state file that cannot be used is told in the same words', async () => {
  const world = new World();
  world.deviceFile(sealed, 'tcp://127.0.0.1:1');
  const { mkdirSync, writeFileSync } = await import('node:fs');
  const { stateName } = await import('../../src/state-file.js');
  const { parseKeyText } = await import('../../src/key-text.js');
  const { KEY } = await import('../world.js');
  const name = stateName(parseKeyText(KEY), sealed.id);
  const at = world.path('shared/countersign');
  mkdirSync(at, { recursive: true });
  const options = { state: world.path('shared') };
  for (const bytes of [Buffer.from('something else, and long enough to be looked at'), Buffer.concat([Buffer.from('countersign state 1\n'), Buffer.alloc(4076)])]) {
    writeFileSync(`${at}/${name}`, bytes);
    assert.equal((await same(world, ['send', 'lamp.ini', 'on'], options)).status, 3);
  }
  assert.equal((await same(world, ['send', 'lamp.ini', 'on'], { state: '/proc/nowhere' })).status, 3);
});

test('its process ends', endSoon);
