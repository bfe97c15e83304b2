// SPDX-License-Identifier: MIT
// Files that both programs read and write: device files, key files, state files, stores.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Device, serve } from '../../src/index.js';
import { falseDevice } from '../false-device.js';
import { NODE_PROGRAM, cProgram, endSoon, run, startServe } from '../program.js';
import { World, classic, counting, sealed } from '../world.js';

const deviceFiles = fileURLToPath(new URL('../../../tests/device-files', import.meta.url));
const both = (words, options) => Promise.all([cProgram(), NODE_PROGRAM].map((program) => run([...program, ...words], options)));

test('check says the same of every device file, errors with file and line included', async () => {
  const names = readdirSync(deviceFiles).filter((name) => name.endsWith('.ini'));
  assert.ok(names.length >= 180);
  let refused = 0;
  for (const name of names) {
    const [c, node] = await both(['check', name], { cwd: deviceFiles });
    assert.deepEqual(node, c, name);
    if (c.status === 2) refused++;
  }
  assert.ok(refused >= 110, `${refused}`);
});

test('send and key refuse a bad device file with the same line', async () => {
  const { cases } = JSON.parse(readFileSync(path.join(deviceFiles, 'cases.json'), 'utf8'));
  const bad = cases.filter(({ role, error }) => role === 'client' && error);
  assert.ok(bad.length >= 5);
  for (const { file } of bad) {
    for (const words of [['send', '--no-state', file, 'on'], ['key', 'drop', file, '--slot', '0']]) {
      const [c, node] = await both(words, { cwd: deviceFiles });
      assert.deepEqual(node, c, file);
      assert.equal(c.status, 2);
    }
  }
});

test('keys and fingerprints are the same, from every form of text', async () => {
  const world = new World();
  const good = 'csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sqhy7k4';
  const texts = [
    good, good.toUpperCase(), `${good}\n`, `${good}\r\n`, `${good}\n\n`, `${good} `, ` ${good}`,
    good.replace('rydp', 'ryqp'), good.replace('rydp', 'rbdp'), good.slice(0, -1), `${good}q`, 'csk1', 'csk2qqq',
    good.replace('csk1q', 'csk1Q'), good.replace('rydp', 'rqqp'), 'hex:00ff', 'hex:0', 'hex:0g', 'hex:', 'text:a',
    'text:a ', 'text:\u00e9', 'text:', 'hello', '', `hex:${'00'.repeat(1024)}`, 'a'.repeat(5000),
    `hex:${'00'.repeat(1025)}`,
  ];
  for (const text of texts) {
    world.file('one.key', text);
    const [c, node] = await both(['fingerprint', 'one.key'], { cwd: world.directory });
    assert.deepEqual(node, c, JSON.stringify(text.slice(0, 70)));
  }
  world.file('open.key', good, 0o644);
  for (const name of ['open.key', 'absent.key', '.']) {
    const [c, node] = await both(['fingerprint', name], { cwd: world.directory });
    assert.deepEqual(node, c, name);
  }
});

test('a passphrase and an id give the same key', async () => {
  const [c, node] = await both(['keygen', '--passphrase', '--id', 'lamp-1'], { input: 'correct horse battery staple\r\nmore\n' });
  assert.deepEqual(node, c);
  assert.match(c.out, /^csk1/);
});

test('a key that one makes, the other reads', async () => {
  const world = new World();
  for (const [maker, reader] of [[cProgram(), NODE_PROGRAM], [NODE_PROGRAM, cProgram()]]) {
    rmSync(world.path('made.key'), { force: true });
    const made = await run([...maker, 'keygen', '-o', 'made.key'], { cwd: world.directory });
    const read = await run([...reader, 'fingerprint', 'made.key'], { cwd: world.directory });
    assert.equal(made.out, `fingerprint ${read.out}`);
    const again = await run([...reader, 'keygen', '-o', 'made.key'], { cwd: world.directory });
    assert.equal(again.status, 1);
  }
});

/** A doubt that one program noted and the other settles. */
async function settleDoubt(sender, settler, { runs }) {
  const world = new World();
  const more = 'deadline = 300';
  const file = world.deviceFile(sealed, 'tcp://127.0.0.1:1', { more });
  const device = await falseDevice(file, (connection) =>
    (connection === 1 ? (runs ? 'silent-reply' : 'flip-challenge') : 'honest'));
  world.deviceFile(sealed, device.address, { more });
  const options = { cwd: world.directory, state: world.state };
  const before = await run([...sender, 'send', 'lamp.ini', 'off'], options);
  assert.equal(before.status, 4);
  const sent = await run([...settler, 'send', '--timeout', '500', 'lamp.ini', 'last'], options);
  await device.close();
  return sent;
}

for (const [name, sender, settler] of [['the program', cProgram(), NODE_PROGRAM], ['this package', NODE_PROGRAM, cProgram()]]) {
  test(`a doubt that ${name} noted is settled by the other`, async () => {
    const ran = await settleDoubt([...sender], settler, { runs: true });
    assert.match(ran.err, /in doubt is 'off' of /);
    assert.deepEqual([ran.status, ran.out], [0, 'ran\n'], ran.err);
    const not = await settleDoubt(sender, settler, { runs: false });
    assert.deepEqual([not.status, not.out], [4, 'not known\n']);
  });
}

test('what one proved to have run, the other knows', async () => {
  const world = new World();
  const { handlers } = counting();
  const server = await serve(world.deviceFile(sealed, 'tcp://127.0.0.1:0'), handlers);
  world.deviceFile(sealed, server.address);
  const options = { cwd: world.directory, state: world.state };
  for (const [first, second] of [[cProgram(), NODE_PROGRAM], [NODE_PROGRAM, cProgram()]]) {
    assert.equal((await run([...first, 'send', 'lamp.ini', 'on', '+', 'off'], options)).status, 0);
    const told = await run([...second, 'send', 'lamp.ini', 'last'], options);
    assert.deepEqual([told.status, told.out], [0, 'ran\n']);
    assert.match(told.err, /nothing is in doubt; 'off' of /);
  }
  await server.close();
});

test('a classic challenge that one was given, the other refuses', async () => {
  for (const [first, second] of [[cProgram(), NODE_PROGRAM], [NODE_PROGRAM, cProgram()]]) {
    const world = new World();
    const device = await falseDevice(world.deviceFile(classic, 'tcp://127.0.0.1:1'), 'replay-old');
    world.deviceFile(classic, device.address);
    const options = { cwd: world.directory, state: world.state };
    assert.equal((await run([...first, 'send', 'lamp.ini', 'on'], options)).status, 0);
    const told = await run([...second, 'send', 'lamp.ini', 'on'], options);
    assert.equal(told.status, 3);
    assert.match(told.err, /gave a challenge that it gave before/);
    await device.close();
  }
});

test('one waits while the other holds the state file', async () => {
  const world = new World();
  const server = await serve(world.deviceFile(sealed, 'tcp://127.0.0.1:0'),
    { on: () => new Promise((resolve) => setTimeout(resolve, 600)) });
  world.deviceFile(sealed, server.address);
  const options = { cwd: world.directory, state: world.state };
  for (const [first, second] of [[cProgram(), NODE_PROGRAM], [NODE_PROGRAM, cProgram()]]) {
    let isDone = false;
    const slow = run([...first, 'send', 'lamp.ini', 'on'], options).finally(() => {
      isDone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const late = await run([...second, 'send', '--timeout', '100', 'lamp.ini', 'off'], options);
    assert.equal(isDone, false);
    assert.equal(late.status, 3, late.err);
    assert.equal((await slow).status, 0);
  }
  await server.close();
});

const rest = '[keys]\nowner = file:lamp.key : all, admin\nguest = file:other.key : on';

test('a store that one filled, the other serves, and neither while the other does', async () => {
  const world = new World();
  const write = (setting, address) => world.deviceFile(setting, address, { more: 'store = lamp.store', rest });
  for (const setting of [sealed, { ...classic, codeLength: 2 }]) {
    for (const isFirst of [true, false]) {
      rmSync(world.path('lamp.store'), { force: true });
      const file = write(setting, 'tcp://127.0.0.1:0');
      const first = isFirst ? await startServe(file) : await serve(file);
      if (isFirst) {
        await assert.rejects(serve(file), { code: 'CSIGN_TIMEOUT', message: /another serve uses/ });
        await first.stop();
      } else {
        const refused = await run([...cProgram(), 'serve', file]);
        assert.equal(refused.status, 2);
        await first.close();
      }
      const second = isFirst ? await serve(file) : await startServe(file);
      const client = await Device.open(write(setting, second.address), { state: false });
      assert.equal((await client.send('on')).outcome, 'done');
      await client.close();
      await (isFirst ? second.close() : second.stop());
      // Rights belong to rows: another first command is refused by both.
      write({ ...setting, codeLength: setting.codeLength }, 'tcp://127.0.0.1:0');
      const text = readFileSync(file, 'utf8').replace(/^on = /m, 'new = ' + 'c7'.repeat(setting.codeLength - 1) + '09\non = ');
      world.file('lamp.ini', text);
      await assert.rejects(serve(file), { code: 'CSIGN_STORE' });
      assert.equal((await run([...cProgram(), 'serve', file])).status, 2);
    }
  }
});

test('keys are set, dropped and rotated alike', async () => {
  const transcripts = [];
  for (const program of [cProgram(), NODE_PROGRAM]) {
    for (const isNode of [false, true]) {
      const world = new World();
      world.file('next.key', `hex:${'5a'.repeat(32)}\n`);
      const write = (address) => world.deviceFile(sealed, address, { more: 'store = lamp.store', rest });
      const device = isNode ? await serve(write('tcp://127.0.0.1:0')) : await startServe(write('tcp://127.0.0.1:0'));
      write(device.address);
      const lines = [];
      for (const words of [
        ['set', '--slot', '2', '--rights', 'on,off', '--key', 'next.key'], ['set', '--slot', '2', '--rights', 'on', '--key', 'next.key'],
        ['set', '--slot', '99', '--rights', 'on', '--key', 'next.key'], ['drop', '--slot', '2'], ['drop', '--slot', '2'],
        ['drop', '--slot', '0'], ['rotate', '--from', '0', '--to', '5'], ['rotate', '--from', '1', '--to', '6'],
        ['rotate', '--from', '5', '--to', '6'], ['rotate', '--from', '6', '--to', '6'], ['set', '--slot', '1'],
      ]) {
        const [action, ...options] = words;
        const { status, out, err } = await run([...program, 'key', action, 'lamp.ini', ...options], { cwd: world.directory, state: world.state });
        const known = (text) => text.replace(/fingerprint \S+/, 'fingerprint F').replaceAll(world.directory, 'D');
        lines.push([words.join(' '), status, known(out), known(err)]);
      }
      transcripts.push(lines);
      await (isNode ? device.close() : device.stop());
    }
  }
  for (const transcript of transcripts) assert.deepEqual(transcript, transcripts[0]);
});

test('a rotation that one began, the other ends', async () => {
  for (const [first, second] of [[cProgram(), NODE_PROGRAM], [NODE_PROGRAM, cProgram()]]) {
    const world = new World();
    const write = (address) => world.deviceFile(sealed, address, { more: 'store = lamp.store', rest });
    const server = await serve(write('tcp://127.0.0.1:0'));
    write(server.address);
    copyFileSync(world.path('lamp.key'), world.path('before.key'));
    const options = { cwd: world.directory, state: world.state };
    const cut = await run([...first, 'key', 'rotate', 'lamp.ini', '--from', '1', '--to', '7'], options);
    assert.equal(cut.status, 1);
    const ended = await run([...second, 'key', 'rotate', 'lamp.ini', '--from', '0', '--to', '7'], options);
    assert.equal(ended.status, 0, ended.err);
    assert.ok(!readFileSync(world.path('lamp.key')).equals(readFileSync(world.path('before.key'))));
    assert.deepEqual(readdirSync(world.directory).filter((name) => /key\.(old|new)$/.test(name)), []);
    assert.equal((await run([...first, 'send', 'lamp.ini', 'on'], options)).status, 0);
    await server.close();
  }
});

test('its process ends', endSoon);
