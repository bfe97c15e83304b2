// SPDX-License-Identifier: MIT
// pty.js: a pseudo-terminal as a stream, without a package for serial lines.
import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import tty from 'node:tty';

/** @param {string} name */
export function openTerminal(name) {
  execFileSync('stty', ['-F', name, '115200', 'raw', '-echo']);
  return new tty.ReadStream(openSync(name, constants.O_RDWR | constants.O_NOCTTY));
}
