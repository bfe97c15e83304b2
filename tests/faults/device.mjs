// SPDX-License-Identifier: MIT
// device.mjs: a device that is killed and comes back at its address: the program, or the package in
// a process of its own.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

export class KilledDevice {
  address = 'tcp://127.0.0.1:0';

  /** @param {'program' | 'node' | 'broken'} kind */
  constructor(kind, file, { env = {}, wrap = [], scripts = HERE } = {}) {
    this.scripts = scripts;
    this.kind = kind;
    this.file = file;
    this.env = env;
    this.wrap = wrap;
  }

  get #command() {
    return this.kind !== 'program' ? [...this.wrap, process.execPath, path.join(this.scripts, `${this.kind}_device.mjs`), this.file, this.address]
      : [...this.wrap, process.env.COUNTERSIGN_PROGRAM, 'serve', this.file, '--listen', this.address];
  }

  /** Resolves when it listens; rejects with what it says when it ends before. */
  async start() {
    const [program, ...args] = this.#command;
    this.child = spawn(program, args, { env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const { child } = this;
    this.log = '';
    this.ended = new Promise((resolve) => child.once('close', (status, signal) => resolve(signal ?? status)));
    child.stderr.on('data', (bytes) => {
      this.log += bytes;
    });
    this.address = await new Promise((resolve, reject) => {
      let out = '';
      child.stdout.on('data', (bytes) => {
        out += bytes;
        const found = /^listening on (\S+)\n/m.exec(out);
        if (found) resolve(found[1]);
      });
      child.once('error', reject);
      void this.ended.then((how) => reject(new Error(`ended with ${how}: ${this.log}`)));
    });
  }

  async end(signal) {
    this.child.kill(signal);
    return this.ended;
  }
}
