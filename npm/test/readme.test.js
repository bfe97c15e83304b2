// SPDX-License-Identifier: MIT
// Every block of README.md is run, in its order, in one folder that has nothing else.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { NODE_PROGRAM, run, start } from './program.js';
import { World } from './world.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const readme = readFileSync(here('../README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text }));

/** A package serialport whose port leads to a device in memory. */
function fakeSerialPort(world) {
  const folder = world.path('node_modules/serialport');
  mkdirSync(folder);
  writeFileSync(`${folder}/package.json`, '{"name":"serialport","version":"13.0.0","type":"module","exports":"./index.js"}');
  writeFileSync(`${folder}/index.js`, `
    import { ProvisionDevice } from ${JSON.stringify(here('./provision-device.js'))};
    import { fileSettings, readDeviceFile } from ${JSON.stringify(here('../src/device-file.js'))};
    export class SerialPort {
      constructor() { return new ProvisionDevice(fileSettings(readDeviceFile('lamp.ini', 'cable'))).stream(); }
    }`);
}

test('the first screen has six lines that work', () => {
  const [{ language, text }] = blocks;
  assert.equal(language, 'js');
  assert.ok(text.trim().split('\n').length <= 6);
  assert.ok(readme.slice(0, readme.indexOf(text)).split('\n').length < 12);
});

test('all blocks run', async () => {
  const world = new World();
  const { rmSync } = await import('node:fs');
  rmSync(world.path('lamp.key'));
  mkdirSync(world.path('node_modules'));
  symlinkSync(here('..'), world.path('node_modules/countersign'));
  fakeSerialPort(world);
  const script = (name, text) => {
    writeFileSync(world.path(name), text);
    return [process.execPath, '--preserve-symlinks', name];
  };
  const shell = async (text) => {
    const lines = [];
    for (const line of text.trim().split('\n')) {
      assert.match(line, /^npx countersign /);
      const told = await run([...NODE_PROGRAM, ...line.split(' ').slice(2)], { cwd: world.directory, state: world.state });
      assert.equal(told.status, 0, `${line}: ${told.err}`);
      lines.push(told.out);
    }
    return lines;
  };
  const js = async (name, text) => {
    const told = await run(script(name, text), { cwd: world.directory, state: world.state });
    assert.deepEqual([told.status, told.err], [0, ''], name);
    return told.out;
  };

  assert.deepEqual(blocks.map(({ language }) => language), ['js', 'ini', 'sh', 'js', 'js', 'js', 'js', 'sh', 'js']);
  const [first, ini, make, device, commands, keys, provision, line, core] = blocks.map(({ text }) => text);
  // The port may be in use on this machine.
  const file = ini.replace('tcp://127.0.0.1:7531 ', 'unix:lamp.sock ');
  writeFileSync(world.path('lamp.ini'), file);
  await shell(make);
  const served = await start(script('device.mjs', device), /^listening on (\S+)\n/m, { cwd: world.directory });
  assert.equal(await js('first.mjs', first), 'the lamp is off\n');
  assert.equal(await js('commands.mjs', commands), 'at 128 of 255\n');
  assert.match((await shell(line)).join(''), /^on: done\ndim: done\nstatus: done: at 128 of 255\n\{.*\}\nran\n$/);
  assert.match(await js('keys.mjs', keys), /^guest: [0-9a-f-]{9}\n\{ slot: 1, fingerprint: '[0-9a-f-]{9}' \}\n$/);
  await served.stop();
  assert.match(await js('provision.mjs', provision), /slot: 0/);
  assert.equal(await js('core.mjs', core), 'on\nit is on\n');
});
