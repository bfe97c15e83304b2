// SPDX-License-Identifier: MIT
// The packed package: what is in it, and that an empty folder needs nothing else.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { World, sealed } from '../world.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const world = new World();
const npm = (words, cwd) => execFileSync('npm', words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', world.directory], root).replace(/^[^[]*/, ''));
const tarball = world.path(packed.filename);

/** The names of the sources, from the folder itself. */
function sources(folder = 'src') {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sources(name) : [name];
  });
}

test('the tarball holds the sources, their types, and three documents', () => {
  const types = sources().map((name) => name.replace(/^src/, 'types').replace(/\.js$/, '.d.ts'));
  const expected = [...sources(), ...types, 'LICENSE', 'README.md', 'package.json'].sort();
  assert.deepEqual(packed.files.map((file) => file.path).sort(), expected);
  assert.ok(sources().every((name) => name.endsWith('.js')));
  const program = packed.files.find((file) => file.path === 'src/cli/main.js');
  assert.equal(program.mode & 0o111, 0o111);
});

test('it asks for nothing, and no lock file names a registry', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.scripts.postinstall ?? manifest.scripts.install, undefined);
  assert.deepEqual(manifest.peerDependenciesMeta, { serialport: { optional: true } });
  assert.ok(!/https?:/.test(readFileSync(path.join(root, 'package-lock.json'), 'utf8').replace(/"url": "[^"]*"/g, '')));
});

const folder = world.path('empty');
mkdirSync(folder);
npm(['install', '--offline', '--no-save', '--no-package-lock', '--prefix', folder, tarball], folder);
const run = (words, options = {}) => execFileSync(process.execPath, words, { cwd: folder, encoding: 'utf8', ...options });

test('an empty folder has it, and nothing else', () => {
  assert.deepEqual(readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.')), ['countersign']);
  assert.ok(!existsSync(path.join(folder, 'node_modules/countersign/test')));
});

test('JavaScript uses it from there, its core too, and nothing behind its exports', () => {
  copyFileSync(world.deviceFile(sealed, `unix:${path.join(folder, 'lamp.sock')}`), path.join(folder, 'lamp.ini'));
  copyFileSync(world.path('lamp.key'), path.join(folder, 'lamp.key'));
  const program = `
    import { Device, serve } from 'countersign';
    import { hashes } from 'countersign/core';
    const device = await serve('lamp.ini', { echo: (args) => args });
    const lamp = await Device.open('lamp.ini', { state: false });
    console.log((await lamp.send('echo', 'hello')).data.toString(), Object.keys(hashes).length);
    await lamp.close();
    await device.close();
    await import('countersign/src/device.js').catch((error) => console.log(error.code));`;
  assert.equal(run(['--input-type=module', '-e', program]), 'hello 4\nERR_PACKAGE_PATH_NOT_EXPORTED\n');
});

test('its program is found', () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  assert.equal(execFileSync('npx', ['--no', '--', 'countersign', '--version'], { cwd: folder, encoding: 'utf8' }), `countersign ${version}\n`);
});

test('TypeScript compiles what uses it, and refuses what misuses it', () => {
  for (const name of ['usage.ts', 'tsconfig.json']) copyFileSync(path.join(root, 'test/types', name), path.join(folder, name));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  mkdirSync(path.join(folder, 'node_modules/@types'), { recursive: true });
  for (const name of ['@types/node', 'undici-types']) symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name));
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  assert.equal(run([tsc, '-p', '.']), '');
});

test('its types tell nothing that is internal', () => {
  const types = readFileSync(path.join(folder, 'node_modules/countersign/types/device.d.ts'), 'utf8');
  assert.ok(!/openState|converse|inTurn/.test(types));
  assert.match(types, /send\(command: string/);
});
