// SPDX-License-Identifier: MIT
// world.js: folders, keys and device files for a test, and the settings that matter.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const KEY = 'hex:8b1f4c6a2d3e5f708192a3b4c5d6e7f8091a2b3c4d5e6f70819203a4b5c6d7e8';
export const OTHER_KEY = 'hex:ffffffffffffffffffffffffffffffff00000000000000000000000000000000';

const LONG_ID = 'sixty-four-bytes-name-a-device-that-has-the-longest-possible-id!';

const setting = (profile, hash, wake, challenge, tag, id, codeLength) =>
  ({ profile, hash, wake, challenge, tag, id, codeLength });

/** Every hash, and lengths at their ends. */
export const settings = [
  setting('sealed', 'sha256', 16, 16, 16, 'lamp-1', 1),
  setting('sealed', 'sha256', 8, 64, 32, LONG_ID, 1),
  setting('sealed', 'sha256', 64, 8, 20, '', 1),
  setting('sealed', 'sha256', 64, 64, 17, 'x', 1),
  setting('sealed', 'blake2s', 16, 16, 16, 'lamp-1', 1),
  setting('sealed', 'blake2s', 8, 8, 16, '', 1),
  setting('sealed', 'blake2s', 64, 8, 32, LONG_ID, 1),
  setting('sealed', 'blake2s', 8, 64, 31, 'door', 1),
  setting('classic', 'sha256', 0, 16, 0, '', 1),
  setting('classic', 'sha256', 255, 64, 0, '', 16),
  setting('classic', 'sha256', 1, 1, 0, '', 2),
  setting('classic', 'blake2s', 0, 16, 0, '', 1),
  setting('classic', 'blake2s', 4, 63, 0, '', 16),
  setting('classic', 'sha1', 0, 16, 0, '', 1),
  setting('classic', 'sha1', 255, 64, 0, '', 3),
  setting('classic', 'sha512', 0, 16, 0, '', 1),
  setting('classic', 'sha512', 16, 64, 0, '', 16),
];
export const sealed = settings[0];
export const classic = settings[8];
export const classicWithWake = setting('classic', 'sha256', 4, 16, 0, '', 1);

export function nameOf({ profile, hash, wake, challenge, tag, id, codeLength }) {
  const more = profile === 'sealed' ? `tag ${tag}, id of ${id.length}` : `codes of ${codeLength}`;
  return `${profile} ${hash}, W/C ${wake}/${challenge}, ${more}`;
}

process.setMaxListeners(0);

export class World {
  directory = mkdtempSync(path.join(os.tmpdir(), 'csign-npm-'));

  constructor() {
    process.on('exit', () => rmSync(this.directory, { recursive: true, force: true }));
    this.file('lamp.key', `${KEY}\n`);
    this.file('other.key', `${OTHER_KEY}\n`);
    this.state = path.join(this.directory, 'state');
  }

  path(name) {
    return path.join(this.directory, name);
  }

  file(name, text, mode = 0o600) {
    writeFileSync(this.path(name), text, { mode });
    return this.path(name);
  }

  /** A device file for a setting; `more` goes into [device], `rest` behind the commands. */
  deviceFile(s, address, { more = '', rest = '', name = 'lamp.ini', key = 'lamp.key' } = {}) {
    const isSealed = s.profile === 'sealed';
    const code = (last) => 'c7'.repeat(s.codeLength - 1) + last;
    const lines = [
      '[device]', `address = ${address}`, `profile = ${s.profile}`, `hash = ${s.hash}`,
      `wake = ${s.wake}`, `challenge = ${s.challenge}`, `key = file:${key}`,
      ...(s.id ? [`id = ${s.id}`] : []),
      ...(isSealed ? [`tag = ${s.tag}`, `payload = ${s.payload ?? 200}`] : []), more,
      '[commands]', `on = ${code('01')}`, `off = ${code('02')}`, `echo = ${code('03')}`,
      ...(isSealed ? [] : ['[answers]', `done = ${code('a0')}`, `failed = ${code('a1')}`]), rest,
    ];
    return this.file(name, `${lines.join('\n')}\n`, 0o644);
  }
}

/** Handlers that count, for a device file of ours. */
export function counting() {
  const counts = { runs: 0 };
  const count = () => {
    counts.runs++;
  };
  return { counts, handlers: { on: count, off: count, echo: (args) => (args.length > 0 ? args : undefined) } };
}

/** Waits until something holds, 5 s at most. */
export async function until(holds, what) {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}
