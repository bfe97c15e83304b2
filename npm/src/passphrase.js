// SPDX-License-Identifier: MIT
// passphrase.js: a key from a passphrase and the device's id (device-file.md, section 6).
import { scrypt } from 'node:crypto';

const COST = { N: 65536, r: 8, p: 1, maxmem: 96 * 1024 * 1024 };

/**
 * @param {string | Uint8Array} passphrase
 * @param {string} id  1 to 64 bytes
 * @returns {Promise<Buffer>} 32 bytes, which the caller wipes
 */
export function keyFromPassphrase(passphrase, id) {
  return new Promise((resolve, reject) => {
    scrypt(passphrase, id, 32, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
