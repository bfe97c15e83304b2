// SPDX-License-Identifier: MIT
// targets.mjs: the three devices under attack, each in both profiles, all with the same table,
// lengths, key and deadline. Each tells how often it ran a command and what it stores.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { readDeviceFile } from '../../npm/src/device-file.js';
import { cProgram, start } from '../../npm/test/program.js';
import { KEY, World, classicWithWake, sealed } from '../../npm/test/world.js';
import { Board } from '../matrix/board.mjs';
import { changedMemory, memoryOf } from './board-memory.mjs';
import { DEADLINE, GIVEN_DEADLINE } from './weak.mjs';

const PROCESS = fileURLToPath(new URL('device-process.mjs', import.meta.url));
const COUNT = '#!/bin/sh\nprintf x >>"$(dirname "$0")/runs"\n[ "$1" != off ]\n';

export const settings = { sealed: { ...sealed, payload: 38 }, classic: classicWithWake };
export { DEADLINE };

/** A device that is a process of this machine, with a store in a file. */
class HostTarget {
  isBoard = false;
  #starts;

  constructor(name, profile) {
    Object.assign(this, { name, profile, setting: settings[profile], world: new World() });
  }

  /** prefix: of the command line; connections: most at once. */
  async start({ deadline = GIVEN_DEADLINE, connections = 0, prefix = [] } = {}) {
    const { world, setting } = this;
    world.file('count', COUNT, 0o755);
    const rest = this.name === 'node' ? '' : `[run]\non = ./count on\noff = ./count off\necho = ${setting.profile === 'sealed' ? '/bin/cat' : './count on'}`;
    const more = `deadline = ${deadline}\nlimit = 20000\nstore = lamp.store`;
    this.file = world.deviceFile(setting, 'tcp://127.0.0.1:0', { more, rest });
    this.#starts = [...prefix, ...this.command(connections)];
    return this.#run();
  }

  async #run() {
    this.program = await start(this.#starts, /^listening on (\S+)\n/m);
    this.address = this.program.found;
    this.port = Number(this.address.split(':').at(-1));
    return this;
  }

  command(connections) {
    return this.name === 'node'
      ? [process.execPath, PROCESS, this.file, ...(connections ? [`${connections}`] : [])]
      : [...cProgram(), 'serve', this.file, ...(connections ? ['--connections', `${connections}`] : [])];
  }

  async restart() {
    await this.program.stop();
    await this.#run();
  }

  /** Another one of the same kind. */
  another(options) {
    return new HostTarget(this.name, this.profile).start(options);
  }

  async runs() {
    try {
      return readFileSync(this.world.path('runs')).length;
    } catch {
      return 0;
    }
  }

  /** ms, by its clock. */
  wait(ms) {
    return delay(ms);
  }

  /** What outlives it, to be compared. */
  async kept() {
    return readFileSync(this.world.path('lamp.store'));
  }

  async changes(before) {
    const after = await this.kept();
    const count = before.length === after.length ? before.reduce((sum, byte, at) => sum + (byte !== after[at]), 0) : -1;
    return { count, what: `${before.length} bytes of store` };
  }

  async stop() {
    await this.program.stop();
  }
}

class BoardTarget {
  name = 'board';
  isBoard = true;

  constructor(profile) {
    Object.assign(this, { profile, setting: settings[profile], world: new World() });
  }

  async start() {
    this.file = this.world.deviceFile(this.setting, 'tcp://127.0.0.1:1');
    const { commands } = readDeviceFile(this.file, 'client');
    this.firmware = `${process.env.COUNTERSIGN_ATTACK}/attack_${this.profile}.elf`;
    this.board = await Board.start('Device', this.world, this.setting, commands, { isLine: false, firmware: this.firmware });
    this.port = this.board.port;
    this.address = `tcp://127.0.0.1:${this.port}`;
    await this.board.provide(KEY, 0);
    await this.#serves();
    this.before = 0;
    return this;
  }

  #serves() {
    return this.board.until('serving', (serving) => serving === 1, 'serves');
  }

  async restart() {
    this.before = await this.runs();
    await this.board.ask('power off');
    await this.board.ask('power on');
    await this.#serves();
  }

  /** The board's count starts again with it. */
  async runs() {
    return this.before + (await this.board.peek('runs', 2)).readUInt16LE();
  }

  async wait(ms) {
    const begun = Number(await this.board.ask('millis'));
    while (Number(await this.board.ask('millis')) - begun < ms) await delay(20);
  }

  async kept() {
    return memoryOf(this.board, this.firmware);
  }

  async changes(before) {
    return changedMemory(before, await memoryOf(this.board, this.firmware));
  }

  async stop() {
    await this.board.stop();
  }
}

export function allTargets() {
  return ['serve', 'node', 'board'].flatMap((name) => ['sealed', 'classic'].map((profile) =>
    (name === 'board' ? new BoardTarget(profile) : new HostTarget(name, profile))));
}
