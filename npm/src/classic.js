// SPDX-License-Identifier: MIT
// classic.js: the values of the classic profile (protocol.md, section 3).
import { hmac } from './hmac.js';

/**
 * The value of a code or of an answer under a challenge.
 * @param {import('./hash.js').Hash} hash
 * @param {Uint8Array} key
 * @param {Uint8Array} challenge
 * @param {Uint8Array} text  the code, or the answer
 */
export function classicValue(hash, key, challenge, text) {
  return hmac(hash, key, challenge, text);
}
