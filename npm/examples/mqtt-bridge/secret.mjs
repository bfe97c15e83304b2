// SPDX-License-Identifier: MIT
// secret.mjs: the broker's password, from a private file or from the environment.
import fs from 'node:fs';
import path from 'node:path';

/** @param {string} name */
function readPrivate(name) {
  const descriptor = fs.openSync(name, 'r');
  try {
    const { mode, uid } = fs.fstatSync(descriptor);
    const isPrivate = (mode & 0o077) === 0 && [0, process.getuid?.()].includes(uid);
    if (process.platform !== 'win32' && !isPrivate) {
      throw new Error(`${name} can be read by others; chmod 600 it, and let it be yours`);
    }
    return fs.readFileSync(descriptor, 'utf8').replace(/\r?\n$/, '');
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * @param {string} reference  file:PATH or env:NAME; what is no secret may stand there itself
 * @param {string} directory
 * @param {boolean} isSecret
 */
export function readSecret(reference, directory, isSecret) {
  if (reference.startsWith('file:')) return readPrivate(path.resolve(directory, reference.slice(5)));
  if (reference.startsWith('env:')) {
    const value = process.env[reference.slice(4)];
    if (!value) throw new Error(`the environment has no ${reference.slice(4)}; set it`);
    return value;
  }
  if (isSecret) throw new Error('password: does not stand in this file; write file:PATH or env:NAME');
  return reference;
}
