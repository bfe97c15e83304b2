// SPDX-License-Identifier: MIT
// state-lock.js: the lock on an open file, the one that the C program takes with flock(2).
//
// Node has no flock. The lock belongs to the open file, not to the process that asked for it, so
// util-linux' `flock` can take it on a descriptor that it inherits: the lock stays when that program
// has ended, until this process closes the file.
import { spawn } from 'node:child_process';

import { CountersignError, reasonOf } from './errors.js';
import { waitFor } from './link.js';

/**
 * Where there is no flock(2), nothing but Node itself can use the file.
 * @type {Map<string, Promise<void>>}
 */
const held = new Map();

/**
 * @param {string} name
 * @param {import('./link.js').Patience} patience
 * @param {string} what
 * @returns {Promise<() => void>} how to let go
 */
async function lockHere(name, patience, what) {
  while (held.has(name)) {
    if (patience.ms === 0) throw new CountersignError('CSIGN_TIMEOUT', what);
    await waitFor(patience, what, (/** @type {(nothing: void) => void} */ done) => {
      held.get(name)?.then(done);
      return () => {};
    });
  }
  let release = () => {};
  held.set(name, new Promise((resolve) => {
    release = () => {
      held.delete(name);
      resolve();
    };
  }));
  return release;
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {string} name
 * @param {import('./link.js').Patience} patience
 * @param {string} what  for the error
 * @returns {Promise<() => void>} how to let go; closing the file does the rest
 */
export async function lock(file, name, patience, what) {
  if (process.platform === 'win32') return lockHere(name, patience, what);
  const seconds = ((patience.ms ?? 86400e3) / 1000).toFixed(3);
  const how = patience.ms === 0 ? ['-x', '-n'] : ['-x', '-w', seconds];
  const child = spawn('flock', [...how, '3'], { stdio: ['ignore', 'ignore', 'ignore', file.fd] });
  const status = await waitFor({ signal: patience.signal }, what,
    (/** @type {(status: number | null) => void} */ done, fail) => {
      child.once('exit', done);
      child.once('error', (error) => fail(new CountersignError('CSIGN_STATE',
        `cannot lock ${name}: ${reasonOf(error)}; install util-linux' flock`, { cause: error })));
      return () => child.kill();
    });
  if (status !== 0) throw new CountersignError('CSIGN_TIMEOUT', what);
  return () => {};
}
