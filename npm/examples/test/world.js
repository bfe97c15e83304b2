// SPDX-License-Identifier: MIT
// world.js: a folder with keys, device files and the bridge's file, the bridge as a program, and a
// proxy that loses what it is told to lose.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const KEY = 'hex:8b1f4c6a2d3e5f708192a3b4c5d6e7f8091a2b3c4d5e6f70819203a4b5c6d7e8';
export const BRIDGE = fileURLToPath(new URL('../mqtt-bridge.mjs', import.meta.url));

/** Waits until something holds, 15 s at most. */
export async function until(holds, what) {
  for (let tries = 0; tries < 1500; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}

export class World {
  directory = mkdtempSync(path.join(os.tmpdir(), 'csign-mqtt-'));

  constructor() {
    after(() => rmSync(this.directory, { recursive: true, force: true }));
    this.file('lamp.key', `${KEY}\n`);
  }

  path(name) {
    return path.join(this.directory, name);
  }

  file(name, text, mode = 0o600) {
    writeFileSync(this.path(name), text, { mode });
    return this.path(name);
  }

  deviceFile(name, address, commands, { deadline = 300, device = [], rest = [] } = {}) {
    const codes = commands.map((command, at) => `${command} = 0${at + 1}`);
    return this.file(name, ['[device]', 'id = lamp-1', `address = ${address}`, 'key = file:lamp.key',
      `deadline = ${deadline}`, ...device, '[commands]', ...codes, ...rest, ''].join('\n'));
  }

  bridgeFile(broker, devices, more = {}) {
    return this.file('bridge.json', JSON.stringify({
      broker: { url: broker.url, username: 'countersign', password: 'file:broker.password' },
      state: 'state', devices, ...more,
    }));
  }
}

/** The bridge as a program. */
export class BridgeProcess {
  log = '';
  status = null;

  constructor(file, { env = {}, args = [] } = {}) {
    this.child = spawn(process.execPath, [BRIDGE, ...args, file], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr.on('data', (bytes) => {
      this.log += bytes;
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (status) => {
        this.status = status;
        resolve(status);
      });
    });
    after(() => this.child.kill('SIGKILL'));
  }

  static async start(file, options) {
    const bridge = new BridgeProcess(file, options);
    await bridge.says('connected to');
    return bridge;
  }

  /** The lines that hold a text. */
  lines(text) {
    return this.log.split('\n').filter((line) => line.includes(text));
  }

  says(text, times = 1) {
    return until(() => {
      if (this.status !== null) throw new Error(`the bridge ended with ${this.status}: ${this.log}`);
      return this.lines(text).length >= times;
    }, `the bridge says ${text}`);
  }

  stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    return this.ended;
  }
}

/** Stands between client and device. `loses`: 'nothing', 'requests' or 'replies'. */
export async function startProxy(target) {
  const proxy = { loses: 'nothing', address: '' };
  const { hostname, port } = new URL(target.replace('tcp:', 'http:'));
  const server = net.createServer((client) => {
    const device = net.connect(Number(port), hostname);
    let isChallenged = false;
    client.on('data', (bytes) => {
      if (isChallenged && proxy.loses === 'requests') client.destroy();
      else device.write(bytes);
    });
    device.on('data', (bytes) => {
      if (isChallenged && proxy.loses === 'replies') client.destroy();
      else client.write(bytes);
      isChallenged = true;
    });
    for (const [one, other] of [[client, device], [device, client]]) {
      one.on('error', () => {});
      // The device gets what it was sent, though nobody hears what it says.
      one.on('close', () => other.end());
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  after(() => server.close());
  proxy.address = `tcp://127.0.0.1:${server.address().port}`;
  return proxy;
}
