// SPDX-License-Identifier: MIT
// scene.mjs: a folder with a device's file, its handler and its clients' files, each client with a
// key of its own so that it can ask for its last one.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { HANDLER } from './journal.mjs';

export class Scene {
  directory = mkdtempSync(path.join(os.tmpdir(), 'csign-faults-'));

  /** @param {string[]} clients */
  constructor(clients, { handler = HANDLER, store = true, more = '', deadline = 5000 } = {}) {
    this.deadline = deadline;
    process.setMaxListeners(0);
    process.on('exit', () => rmSync(this.directory, { recursive: true, force: true }));
    this.more = more;
    this.file('handler', handler, 0o755);
    const keys = clients.map((name) => `${name} = hex:${this.keyOf(name).toString('hex')} : all, admin`);
    this.device = this.file('device.ini', this.#text('tcp://127.0.0.1:0',
      store ? 'store = device.store' : '', `[keys]\n${keys.join('\n')}\n[run]\nit = ./handler`));
  }

  path(name) {
    return path.join(this.directory, name);
  }

  file(name, text, mode = 0o600) {
    writeFileSync(this.path(name), text, { mode });
    return this.path(name);
  }

  has(name) {
    return existsSync(this.path(name));
  }

  get journal() {
    return this.path('journal');
  }

  keyOf(client) {
    return createHash('sha256').update(client).digest();
  }

  #text(address, device, rest) {
    return `[device]\nid = lamp-1\naddress = ${address}\ndeadline = ${this.deadline}\n${this.more}\n${device}\n`
      + `[commands]\nit = 01\n${rest}\n`;
  }

  /** The file of a client, once the device listens. */
  clientFile(client, address, name = `${client}.ini`) {
    return this.file(name, this.#text(address, `key = hex:${this.keyOf(client).toString('hex')}`, ''));
  }
}
