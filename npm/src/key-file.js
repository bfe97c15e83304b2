// SPDX-License-Identifier: MIT
// key-file.js: makes and replaces key files.
import fs from 'node:fs';
import path from 'node:path';

import { keyText } from './key-text.js';

/** @param {string} name  of a file in it */
export function syncDirectory(name) {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(path.dirname(name), 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Writes a key of 32 bytes to a file that must not be there yet.
 * @param {string} name
 * @param {Uint8Array} key
 */
export function makeKeyFile(name, key) {
  const descriptor = fs.openSync(name, 'wx', 0o600);
  try {
    fs.writeFileSync(descriptor, `${keyText(key)}\n`);
    fs.fsyncSync(descriptor);
  } catch (error) {
    fs.unlinkSync(name);
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
  syncDirectory(name);
}

