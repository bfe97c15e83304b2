// SPDX-License-Identifier: MIT
// hmac.js: RFC 2104 over a hash, and when two keys are one under it.
import { createHash, createHmac } from 'node:crypto';

/**
 * @param {import('./hash.js').Hash} hash
 * @param {Uint8Array} key
 * @param {...Uint8Array} parts  joined
 * @returns {Buffer}
 */
export function hmac(hash, key, ...parts) {
  const state = createHmac(hash.algorithm, key);
  for (const part of parts) state.update(part);
  return state.digest();
}

/**
 * The key as RFC 2104 uses it: as long as a block, hashed first where it is longer. Two keys
 * are one key when these are equal. The caller wipes it.
 * @param {import('./hash.js').Hash} hash
 * @param {Uint8Array} key
 * @returns {Buffer}
 */
export function blockKey(hash, key) {
  const padded = Buffer.alloc(hash.block);
  if (key.length > hash.block) {
    const short = createHash(hash.algorithm).update(key).digest();
    short.copy(padded);
    short.fill(0);
  } else {
    padded.set(key);
  }
  return padded;
}
