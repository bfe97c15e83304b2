// SPDX-License-Identifier: MIT
// challenge-source.js: challenges from a secret and a counter (protocol.md, section 8.1).
import { fourBytes, oneByte } from './bytes.js';
import { hmac } from './hmac.js';

const DOMAIN = oneByte(0x21);

/**
 * @param {import('./hash.js').Hash} hash
 * @param {Uint8Array} secret  u, 32 bytes
 * @param {number} upper  from the store
 * @param {number} lower  counted in memory
 * @param {number} length  C
 * @param {Uint8Array} entropy  0 to 32 bytes
 */
export function counterChallenge(hash, secret, upper, lower, length, entropy) {
  const counter = Buffer.concat([fourBytes(upper), fourBytes(lower)]);
  const blocks = [];
  for (let b = 0; b * hash.length < length; b++) {
    blocks.push(hmac(hash, secret, DOMAIN, counter, oneByte(b), entropy));
  }
  return Buffer.concat(blocks).subarray(0, length);
}
