// SPDX-License-Identifier: MIT
// scene.js: a broker, a device that counts what it runs, a proxy before it, and the bridge's file.
import { after } from 'node:test';

import { serve } from 'countersign';

import { Broker, Home, PASSWORD, freePort } from './broker.js';
import { BridgeProcess, World, startProxy } from './world.js';

/** A device of the package, which can go away and come back. */
class Lamp {
  /** The names of the commands that ran. @type {string[]} */
  runs = [];
  #server = null;

  constructor(file, commands, handlers) {
    this.file = file;
    this.handlers = Object.fromEntries(commands.map((name) => [name, (args, call) => {
      this.runs.push(name);
      return handlers[name]?.(args, call);
    }]));
    after(() => this.stop());
  }

  async start() {
    this.#server = await serve(this.file, this.handlers);
  }

  async stop() {
    await this.#server?.close();
    this.#server = null;
  }
}

/**
 * @param {{ entities?: object, commands?: string[], handlers?: object, settings?: object, config?: object, poll?: number }} [of]
 */
export async function scene({
  entities = { lamp: { kind: 'switch', on: 'on', off: 'off' } }, commands = ['on', 'off'], handlers = {},
  settings = {}, config = {}, poll = 60,
} = {}) {
  const world = new World();
  world.file('broker.password', `${PASSWORD}\n`);
  const broker = await Broker.start(world.directory);
  const address = `tcp://127.0.0.1:${await freePort()}`;
  const proxy = await startProxy(address);
  world.deviceFile('lamp.ini', proxy.address, commands, settings);
  const lamp = new Lamp(world.deviceFile('served.ini', address, commands, settings), commands, handlers);
  await lamp.start();
  const file = world.bridgeFile(broker, { lamp: { file: 'lamp.ini', name: 'Hall lamp', poll, entities } }, config);
  const home = await Home.connect(broker);
  return { world, broker, home, lamp, proxy, file, start: (options) => BridgeProcess.start(file, options) };
}
