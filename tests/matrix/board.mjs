// SPDX-License-Identifier: MIT
// board.mjs: the virtual board with one of the matrix' sketches, and what its EEPROM holds.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { parseKeyText } from '../../npm/src/key-text.js';
import { newImage } from '../../npm/src/store-image.js';
import { setupOf } from '../../npm/src/store.js';
import { start } from '../../npm/test/program.js';

export const BAUD = 57600;
export const PORT = 7531;
const CELL_AT = 512;
const CELL_BYTES = 73;
/** Behind the cell, which firmware/cell.h describes. */
export const SCRIPT_AT = CELL_AT + CELL_BYTES;
const HASHES = ['sha256', 'blake2s', 'sha1', 'sha512'];
const PATIENCE = 10000;

/** A store as provisioning leaves it, with one key. */
function storeImage(setting, commands, key) {
  return newImage(1, {
    secret: randomBytes(32), setup: setupOf(commands, commands.length), id: Buffer.from(setting.id),
    keys: [{ key: parseKeyText(key), rights: 0xffffffff }],
  });
}

function cellImage({ hash, wake, challenge, tag, payload = 0, codeLength, id }, isLine, patience) {
  const numbers = [isLine ? 1 : 0, HASHES.indexOf(hash), wake, challenge, tag, payload, codeLength, patience / 100, id.length];
  const image = Buffer.alloc(CELL_BYTES);
  image.set([...numbers, ...Buffer.from(id)]);
  return image;
}

/** The control line: one line of answer for each command. */
class Control {
  #waiting = [];
  #text = '';

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      const lines = (this.#text + bytes).split('\n');
      this.#text = lines.pop();
      for (const line of lines) this.#waiting.shift()(line);
    });
    socket.on('error', () => {}).on('close', () => {
      for (const answer of this.#waiting.splice(0)) answer('error: it has ended');
    });
  }

  static async open(path) {
    const socket = net.connect(path);
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return new Control(socket);
  }

  async ask(command) {
    this.socket.write(`${command}\n`);
    const answer = await new Promise((resolve) => this.#waiting.push(resolve));
    if (!answer.startsWith('ok')) throw new Error(`the board answers ${command}: ${answer}`);
    return answer.slice(3);
  }
}

export class Board {
  /**
   * @param {'Device' | 'Client'} side
   * @param {import('../../npm/test/world.js').World} world
   * @param {object} setting
   * @param {{ name: string, code: Buffer }[]} commands
   * @param {{ isLine: boolean, route?: number, firmware?: string }} options  route: where its
   *   connections lead; firmware: another than the matrix' own
   */
  static async start(side, world, setting, commands, { isLine, route = 0, firmware }) {
    const board = new Board();
    const at = (name) => world.path(`${side}.${name}`);
    Object.assign(board, { setting, commands, isLine });
    const sketch = firmware ?? `${process.env.COUNTERSIGN_FIRMWARE}/matrix_${side}_${setting.profile === 'sealed' ? 1 : 0}.elf`;
    const uart = isLine ? ['--uart', 'pty', '--uart-link', at('line')] : ['--uart', 'none'];
    board.program = await start([
      process.env.COUNTERSIGN_BOARD, '--pace', 'real', '--no-dtr', ...uart,
      '--control', at('control'), '--map', `${PORT}=127.0.0.1:0`,
      ...(route ? ['--route', `*:*=127.0.0.1:${route}`] : []), sketch,
    ], new RegExp(`^mapped ${PORT} to 127\\.0\\.0\\.1:(\\d+)\\n`, 'm'));
    board.port = Number(board.program.found);
    board.line = at('line');
    board.control = await Control.open(at('control'));
    return board;
  }

  ask(command) {
    return this.control.ask(command);
  }

  /** Bytes of RAM, from a variable on. */
  async peek(variable, count = 1) {
    return Buffer.from((await this.ask(`peek ${variable} ${count}`)).replaceAll(' ', ''), 'hex');
  }

  async until(variable, holds, what) {
    for (let left = PATIENCE; left > 0; left -= 20) {
      if (holds((await this.peek(variable))[0])) return;
      await delay(20);
    }
    throw new Error(`the board never ${what}`);
  }

  /**
   * Starts anew, as if it had been provisioned. In a file of this machine the EEPROM would make the
   * board wait for the disk.
   */
  async provide(key, patience) {
    await this.ask('power off');
    await this.ask(`eeprom write 0 ${storeImage(this.setting, this.commands, key).toString('hex')}`);
    await this.ask(`eeprom write ${CELL_AT} ${cellImage(this.setting, this.isLine, patience).toString('hex')}`);
    await this.ask('power on');
  }

  /** The least that was ever left between stack and variables, in bytes. */
  async room() {
    return Number(/free=(-?\d+)/.exec(await this.ask('stack'))[1]);
  }

  async stop() {
    this.control.socket.destroy();
    await this.program.stop();
  }
}
