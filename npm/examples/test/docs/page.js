// SPDX-License-Identifier: MIT
// page.js: the blocks of docs/home-automation.md, and a lamp that they command.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { freePort } from '../broker.js';
import { World, startProxy, until } from '../world.js';

const PAGE = fileURLToPath(new URL('../../../../docs/home-automation.md', import.meta.url));
const PROGRAM = process.env.COUNTERSIGN_PROGRAM;

/** @typedef {{ language: string, name: string, text: string }} Block */

/** @type {Block[]} */
export const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```(\S*)(?: (\S+))?\n(.*?)^```$/gms)]
  .map(([, language, name = '', text]) => ({ language, name, text }));

/** @param {string} name  its name, or of a nameless one the language */
export function block(name) {
  const found = blocks.filter((one) => one.name === name || (one.name === '' && one.language === name));
  if (found.length !== 1) throw new Error(`the page has ${found.length} blocks ${name}`);
  return found[0].text;
}

/** The one block of a language that holds a text. */
export function blockWith(language, text) {
  const found = blocks.filter((one) => one.language === language && one.text.includes(text));
  if (found.length !== 1) throw new Error(`the page has ${found.length} blocks of ${language} with ${text}`);
  return found[0].text;
}

const LAMP = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
case $1 in
on) echo on >>runs; echo >lit ;;
off) echo off >>runs; rm -f lit ;;
status) if [ -e lit ]; then printf '\\001'; else printf '\\000'; fi ;;
esac
`;

/** A home directory as the page describes it, and a lamp of the C program behind a proxy. */
export class PageHome extends World {
  #server = null;

  static async make() {
    const home = new PageHome();
    home.port = await freePort();
    home.proxy = await startProxy(`tcp://127.0.0.1:${home.port}`);
    for (const folder of ['bin', 'countersign', 'device']) mkdirSync(home.path(folder));
    symlinkSync(PROGRAM, home.path('bin/countersign'));
    const lamp = block('lamp.ini').replace(/^address = .*$/m, `address = ${home.proxy.address}`);
    if (!lamp.includes(home.proxy.address)) throw new Error('the page\'s lamp has no address');
    home.file('countersign/lamp.ini', lamp);
    home.file('countersign/owner.ini', lamp.replace('house.key', 'owner.key'));
    if (home.run('countersign keygen -o countersign/owner.key').status !== 0) throw new Error('no key was made');
    home.file('device/lamp', LAMP);
    chmodSync(home.path('device/lamp'), 0o755);
    home.file('device/lamp.ini', `${lamp.replace(/^address = .*$/m, `address = tcp://127.0.0.1:${home.port}`)
      .replace('[commands]', 'store = lamp.store\ndeadline = 1000\n[commands]')}
[keys]
owner = file:../countersign/owner.key : all, admin
[run]
on = ./lamp on
off = ./lamp off
status = ./lamp status
`);
    home.file('countersign/lamp.ini', lamp.replace('[commands]', 'deadline = 1000\n[commands]'));
    after(() => home.stop());
    await home.start();
    return home;
  }

  async start() {
    this.#server = spawn(PROGRAM, ['serve', this.path('device/lamp.ini')], { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    this.#server.stdout.on('data', (bytes) => {
      said += bytes;
    });
    await until(() => said.includes('listening on'), 'the lamp listens');
  }

  async stop() {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    await new Promise((resolve) => {
      server.once('exit', resolve);
      server.kill('SIGTERM');
    });
  }

  /** What the lamp was made to do. */
  get runs() {
    try {
      return readFileSync(this.path('device/runs'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  }

  get environment() {
    return { HOME: this.directory, PATH: `${this.path('bin')}:${path.dirname(process.execPath)}:/usr/bin:/bin` };
  }

  /** Runs a shell's command at once: only for what this process does not have to answer. */
  run(command) {
    return spawnSync('sh', ['-c', command], { cwd: this.directory, env: this.environment, encoding: 'utf8' });
  }

  /** Runs a shell's command, while the proxy in this process goes on. */
  shell(command, env = {}) {
    const child = spawn('sh', ['-c', command], { cwd: this.directory, env: { ...this.environment, ...env } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (bytes) => {
      out += bytes;
    });
    child.stderr.on('data', (bytes) => {
      err += bytes;
    });
    return new Promise((resolve) => {
      child.on('close', (status) => resolve({ status, out, err }));
    });
  }

  /** Sets the key of this machine, as the page has it. */
  async provision() {
    return this.shell(`set -e\n${blockWith('sh', 'countersign keygen')}`);
  }

  executable(name, text) {
    writeFileSync(this.path(name), text, { mode: 0o755 });
    return this.path(name);
  }
}
