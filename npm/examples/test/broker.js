// SPDX-License-Identifier: MIT
// broker.js: Debian's mosquitto on a loopback port, and a client of it that stands for Home Assistant.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after } from 'node:test';

import mqtt from 'mqtt';

import { until } from './world.js';

export const PASSWORD = 'a-password-of-the-broker';

/** @param {string} name  not in every user's PATH on Debian */
function program(name) {
  return [`/usr/sbin/${name}`, `/usr/bin/${name}`].find(existsSync) ?? name;
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

export class Broker {
  #child = null;

  /** @param {string} directory  @param {string} [config]  instead of the usual one */
  constructor(directory, port, config) {
    this.directory = directory;
    this.port = port;
    this.url = `mqtt://127.0.0.1:${port}`;
    const users = path.join(directory, 'users');
    writeFileSync(users, `countersign:${PASSWORD}\nhome:${PASSWORD}\nhomeassistant:${PASSWORD}\n`, { mode: 0o600 });
    execFileSync(program('mosquitto_passwd'), ['-U', users]);
    const own = [`listener ${port} 127.0.0.1`, 'allow_anonymous false', `password_file ${users}`].join('\n');
    // As root it would become another user, who cannot read what lies in the test's folder.
    const asRoot = process.getuid() === 0 ? 'user root\n' : '';
    writeFileSync(path.join(directory, 'mosquitto.conf'), `${asRoot}persistence false\n${config ?? own}\n`);
    after(() => this.stop());
  }

  static async start(directory, config) {
    const broker = new Broker(directory, await freePort(), config);
    await broker.start();
    return broker;
  }

  async start() {
    this.#child = spawn(program('mosquitto'), ['-c', path.join(this.directory, 'mosquitto.conf')], { stdio: 'ignore' });
    await until(() => answers(this.port), 'the broker listens');
  }

  async stop() {
    const child = this.#child;
    this.#child = null;
    if (!child) return;
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  }
}

/** Sees everything that is published, and publishes. */
export class Home {
  /** @type {{ topic: string, text: string, retain: boolean }[]} */
  seen = [];

  static async connect(broker, username = 'home') {
    const home = new Home();
    home.client = await mqtt.connectAsync(broker.url, { username, password: PASSWORD, reconnectPeriod: 100 });
    home.client.on('message', (topic, payload, { retain }) => {
      if (!topic.endsWith('/beat')) home.seen.push({ topic, text: payload.toString(), retain });
    });
    await home.client.subscribeAsync('#');
    after(() => home.client.endAsync(true));
    return home;
  }

  /** What was published on a topic. */
  on(topic) {
    return this.seen.filter((one) => one.topic === topic).map(({ text }) => text);
  }

  last(topic) {
    return this.on(topic).at(-1);
  }

  /** Outcomes of a device, dropped messages left out unless wanted. */
  outcomes(device, { dropped = false } = {}) {
    return this.on(`countersign/${device}/outcome`).map((text) => JSON.parse(text))
      .filter(({ event_type: type }) => dropped || type !== 'dropped');
  }

  publish(topic, payload, options) {
    return this.client.publishAsync(topic, payload, options);
  }

  /** Asks for something as Home Assistant does, and waits for what becomes of it. */
  async ask(device, entity, payload, options) {
    const before = this.outcomes(device).length;
    await this.publish(`countersign/${device}/${entity}/set`, payload, options);
    await until(() => this.outcomes(device).length > before, `an outcome of ${payload}`);
    return this.outcomes(device)[before];
  }
}
