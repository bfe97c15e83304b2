// SPDX-License-Identifier: MIT
// The command line by itself: exit statuses, output, and no key in either.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { serve } from '../src/index.js';
import { falseDevice } from './false-device.js';
import { NODE_PROGRAM, run } from './program.js';
import { World, classic, counting, sealed } from './world.js';

const cli = (world, words, options) => run([...NODE_PROGRAM, ...words], { cwd: world.directory, state: world.state, ...options });

async function lamp(setting = sealed) {
  const world = new World();
  const { counts, handlers } = counting();
  const server = await serve(world.deviceFile(setting, 'tcp://127.0.0.1:0'), { ...handlers, off: () => {
    throw new Error('stuck');
  } });
  world.deviceFile(setting, server.address);
  return { world, server, counts };
}

test('send tells each outcome in a line, and ends with the first that is not done', async () => {
  const { world, server } = await lamp();
  assert.deepEqual(await cli(world, ['send', 'lamp.ini', 'on', '+', 'echo', 'hello']),
    { status: 0, out: 'on: done\necho: done: hello\n', err: '' });
  const failed = await cli(world, ['send', 'lamp.ini', 'on', '+', 'off', '+', 'on']);
  assert.deepEqual(failed, { status: 1, out: 'on: done\noff: failed (status 04)\n', err: 'countersign: on: not sent: the chain stopped before it\n' });
  const json = await cli(world, ['send', '--json', 'lamp.ini', 'echo', 'hex:00ff']);
  const { ms, ...told } = JSON.parse(json.out);
  assert.deepEqual(told, { command: 'echo', outcome: 'done', status: 0, answer: 'done', data: '00ff' });
  assert.equal(typeof ms, 'number');
  assert.equal((await cli(world, ['send', 'lamp.ini', 'echo', '-'], { input: 'piped' })).out, 'echo: done: piped\n');
  await server.close();
  assert.equal((await cli(world, ['send', 'lamp.ini', 'on'])).status, 3);
});

test('a doubt is settled by last, also as a verb, once it can no longer run', async () => {
  const world = new World();
  const more = 'deadline = 2500';
  const device = await falseDevice(world.deviceFile(sealed, 'tcp://127.0.0.1:1', { more }), (connection) => (connection === 1 ? 'close-early' : 'honest'));
  world.deviceFile(sealed, device.address, { more });
  const doubt = await cli(world, ['send', 'lamp.ini', 'on']);
  assert.equal(doubt.status, 4);
  assert.match(doubt.err, /^countersign: on: unknown: [^\n]*next 2\.5 s; countersign send lamp\.ini last settles it\n$/);
  const settled = await cli(world, ['last', 'lamp.ini']);
  assert.deepEqual([settled.status, settled.out], [0, 'ran\n']);
  assert.match(settled.err, /in doubt is 'on' of .*\n.*waiting [\d.]+ s, until it can no longer run\n/);
  const { last, outcome } = JSON.parse((await cli(world, ['send', '--json', 'lamp.ini', 'last'])).out);
  assert.deepEqual([last, outcome], ['ran', 'done']);
  await device.close();
});

test('wrong usage ends with 2, and names the help', async () => {
  const world = new World();
  world.deviceFile(classic, 'tcp://127.0.0.1:1');
  for (const words of [[], ['bogus'], ['send'], ['send', 'lamp.ini'], ['send', 'lamp.ini', 'on', '+', 'off'], ['send', 'lamp.ini', 'last'],
    ['check'], ['keygen', 'x'], ['key'], ['provision'], ['provision', 'lamp.ini'], ['provision', 'lamp.ini', '--port', 'tcp://a:1'],
    ['provision', 'lamp.ini', '--slot', '999', '--port', 'serial:/dev/null'], ['key', 'drop', 'lamp.ini', '--slot', '1']]) {
    const { status, err, out } = await cli(world, words);
    assert.deepEqual([status, out], [2, ''], words.join(' '));
    assert.ok(err.length > 0);
  }
  for (const verb of ['send', 'last', 'keygen', 'fingerprint', 'check', 'key', 'provision']) {
    const { status, out, err } = await cli(world, [verb, '--help']);
    assert.deepEqual([status, err], [0, '']);
    assert.match(out, new RegExp(`^usage: countersign ${verb === 'last' ? 'send' : verb}`));
  }
  assert.match((await cli(world, ['--version'])).out, /^countersign \d+\.\d+\.\d+\n$/);
});

test('keygen makes a private file, never in place of another', async () => {
  const world = new World();
  const made = await cli(world, ['keygen', '-o', 'new.key']);
  assert.match(made.out, /^fingerprint [0-9a-f]{4}-[0-9a-f]{4}\n$/);
  assert.equal(statSync(world.path('new.key')).mode & 0o777, 0o600);
  assert.match(readFileSync(world.path('new.key'), 'utf8'), /^csk1[a-z0-9]{58}\n$/);
  assert.equal((await cli(world, ['fingerprint', 'new.key'])).out, made.out.replace('fingerprint ', ''));
  assert.equal((await cli(world, ['keygen', '-o', 'new.key'])).status, 1);
  const shown = await cli(world, ['keygen']);
  assert.match(shown.out, /^csk1[a-z0-9]{58}\n$/);
  assert.match(shown.err, /^fingerprint /);
});

test('a passphrase makes the key that scrypt makes of it', async () => {
  const { scryptSync } = await import('node:crypto');
  const { keyText } = await import('../src/key-text.js');
  const expected = scryptSync('correct horse', 'lamp-1', 32, { N: 65536, r: 8, p: 1, maxmem: 1 << 27 });
  const told = await cli(new World(), ['keygen', '--passphrase', '--id', 'lamp-1'], { input: 'correct horse\n' });
  assert.equal(told.out, `${keyText(expected)}\n`);
});

test('check prints what both sides will do, and its exit status tells errors from warnings', async () => {
  const world = new World();
  world.deviceFile(sealed, 'tcp://127.0.0.1:1');
  const good = await cli(world, ['check', 'lamp.ini']);
  assert.equal(good.status, 0);
  assert.match(good.out, /in all {4}66 \+ n \+ m bytes for a first command/);
  assert.ok(!(good.out + good.err).includes('8b1f4c6a'));
  world.file('lamp.key', 'text:short');
  assert.equal((await cli(world, ['check', 'lamp.ini'])).status, 2);
});

test('without the package serialport one line says so', async () => {
  const world = new World();
  world.deviceFile(sealed, 'serial:/dev/ttyNone');
  const sent = await cli(world, ['send', '--no-state', 'lamp.ini', 'on']);
  assert.equal(sent.status, 3);
  assert.match(sent.err, /^countersign: on: not sent: serial:[^\n]* need the package serialport; npm install serialport\n$/);
  const provisioned = await cli(world, ['provision', 'lamp.ini']);
  assert.equal(provisioned.status, 3);
  assert.match(provisioned.err, /^countersign: provision: [^\n]*npm install serialport\n$/);
});

test('with it a serial line is opened at its speed, and a device on it provisioned', async () => {
  const world = new World();
  // A package of that name whose port leads to a device in memory, beside a copy of this one.
  const here = (name) => JSON.stringify(pathToFileURL(new URL(name, import.meta.url).pathname).href);
  mkdirSync(world.path('node_modules/serialport'), { recursive: true });
  writeFileSync(world.path('node_modules/serialport/package.json'), '{"name":"serialport","version":"13.0.0","type":"module","exports":"./index.js"}');
  writeFileSync(world.path('node_modules/serialport/index.js'), `
    import { ProvisionDevice } from ${here('./provision-device.js')};
    import { fileSettings, readDeviceFile } from ${here('../src/device-file.js')};
    export class SerialPort {
      constructor({ path, baudRate, autoOpen }) {
        if (path !== '/dev/ttyTest' || baudRate !== 57600 || autoOpen !== false) throw new Error('other options');
        const stream = new ProvisionDevice(fileSettings(readDeviceFile('lamp.ini', 'cable'))).stream();
        stream.open = (done) => setImmediate(done, null);
        return stream;
      }
    }`);
  world.deviceFile(sealed, 'serial:/dev/ttyTest?baud=57600&boot=10');
  mkdirSync(world.path('package'));
  for (const name of ['src', 'package.json']) symlinkSync(new URL(`../${name}`, import.meta.url).pathname, world.path(`package/${name}`));
  const told = await run([process.execPath, '--preserve-symlinks', '--preserve-symlinks-main', 'package/src/cli/main.js', 'provision', 'lamp.ini'],
    { cwd: world.directory });
  assert.equal(told.err, '');
  assert.match(told.out, /^slot 0: key, fingerprint [0-9a-f]{4}-[0-9a-f]{4}\n$/);
  assert.equal(told.status, 0);
});

test('whoever stops reading the output ends the program quietly', async () => {
  const { world, server } = await lamp();
  const told = await run(['/bin/sh', '-c', `'${NODE_PROGRAM.join("' '")}' check lamp.ini | head -n 1`], { cwd: world.directory });
  assert.deepEqual([told.out, told.status], ['lamp.ini\n', 0]);
  assert.ok(!/Error/.test(told.err), told.err);
  await server.close();
});
