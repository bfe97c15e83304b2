// SPDX-License-Identifier: MIT
// terminal.js: a passphrase, typed twice without echo, or one line of standard input.
import { readSync } from 'node:fs';

import { wipe } from '../bytes.js';
import { UsageError } from './arguments.js';

const LONGEST = 1023;

/** @param {Buffer} line */
function checked(line) {
  if (line.length === 0) throw new UsageError('the passphrase is empty', false);
  if (line.includes(0)) throw new UsageError('the passphrase holds a NUL byte', false);
  if (line.length > LONGEST) throw new UsageError(`the passphrase is over ${LONGEST} bytes long`, false);
  return line;
}

/** The first line of standard input, without its end. */
function readLine() {
  const bytes = Buffer.alloc(LONGEST + 3);
  let have = 0;
  for (let count = 1; count > 0 && have < bytes.length && !bytes.subarray(0, have).includes(0x0a); have += count) {
    count = readSync(0, bytes, have, bytes.length - have, null);
  }
  const found = bytes.subarray(0, have).indexOf(0x0a);
  let end = found < 0 ? have : found;
  if (found > 0 && bytes[end - 1] === 0x0d) end--;
  return bytes.subarray(0, end);
}

/**
 * @param {string} prompt
 * @returns {Promise<Buffer>}
 */
function ask(prompt) {
  process.stderr.write(prompt);
  const { stdin } = process;
  stdin.setRawMode(true);
  stdin.resume();
  return new Promise((resolve, reject) => {
    /** @type {number[]} */
    const typed = [];
    const end = (/** @type {Error | null} */ error) => {
      stdin.off('data', take).setRawMode(false).pause();
      process.stderr.write('\n');
      if (error) reject(error);
      else resolve(Buffer.from(typed));
      typed.fill(0);
    };
    const take = (/** @type {Buffer} */ bytes) => {
      for (const byte of bytes) {
        if (byte === 0x03) return end(new UsageError('no passphrase was typed', false));
        if (byte === 0x0d || byte === 0x0a || byte === 0x04) return end(null);
        if (byte === 0x7f || byte === 0x08) eraseCharacter(typed);
        else typed.push(byte);
      }
    };
    stdin.on('data', take);
  });
}

/** @param {number[]} typed  UTF-8 */
function eraseCharacter(typed) {
  while (typed.length > 0 && (/** @type {number} */ (typed.pop()) & 0xc0) === 0x80);
}

/**
 * @returns {Promise<Buffer>} which the caller wipes
 */
export async function readPassphrase() {
  if (!process.stdin.isTTY) return checked(readLine());
  for (let tries = 0; tries < 3; tries++) {
    const first = checked(await ask('Passphrase: '));
    const second = await ask('The same again: ');
    const isSame = first.equals(second);
    wipe(second);
    if (isSame) return first;
    wipe(first);
    process.stderr.write('They differ.\n');
  }
  throw new UsageError('no passphrase was typed twice alike', false);
}
