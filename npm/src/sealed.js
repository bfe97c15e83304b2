// SPDX-License-Identifier: MIT
// sealed.js: the formulas of the sealed profile (protocol.md, sections 4.2 to 4.4).
import { fourBytes, oneByte, wipe, xorInto } from './bytes.js';
import { hmac } from './hmac.js';

const FIRST_TAG = oneByte(0x01);
const REPLY_TAG = oneByte(0x02);
const FURTHER_TAG = oneByte(0x03);
const FIRST_STREAM = oneByte(0x04);
const FURTHER_STREAM = oneByte(0x05);

/** The codes that are the protocol's own (section 4.8). */
export const LAST = 0xf0;
export const SET_KEY = 0xf1;
export const DROP_KEY = 0xf2;

/**
 * What an exchange is bound to: N || R for the first of a connection, U for a further one.
 * @typedef {object} Bound
 * @property {boolean} isFirst
 * @property {Buffer} bytes
 */

/**
 * D of section 4.2, which both sides must agree about.
 * @param {import('./settings.js').Settings} settings
 */
export function derivationBlock(settings) {
  const { hash, wake, challenge, tag, id } = settings;
  const block = Buffer.alloc(128);
  block.write('countersign/1S', 'latin1');
  block.set([/** @type {number} */ (hash.number), wake, challenge, tag, id.length], 14);
  block.set(id, 19);
  return block;
}

/**
 * K', which the caller wipes.
 * @param {import('./settings.js').Settings} settings
 * @param {Uint8Array} key
 */
export function deriveKey(settings, key) {
  return hmac(settings.hash, key, derivationBlock(settings));
}

/**
 * The tag of a request, whole.
 * @param {import('./hash.js').Hash} hash
 * @param {Uint8Array} derived
 * @param {Bound} bound
 * @param {Uint8Array} sealed  ct
 */
export function requestTag(hash, derived, bound, sealed) {
  const domain = bound.isFirst ? FIRST_TAG : FURTHER_TAG;
  return hmac(hash, derived, domain, bound.bytes, oneByte(sealed.length), sealed);
}

/**
 * The tag of a reply, whole.
 * @param {import('./hash.js').Hash} hash
 * @param {Uint8Array} derived
 * @param {Uint8Array} tag  of the request, whole
 * @param {Uint8Array} sealed  ct'
 */
export function replyTag(hash, derived, tag, sealed) {
  return hmac(hash, derived, REPLY_TAG, tag, oneByte(sealed.length), sealed);
}

/**
 * Encrypts or decrypts in place. Request and reply share one keystream: a reply's bytes
 * begin at the request's length.
 * @param {import('./hash.js').Hash} hash
 * @param {Uint8Array} derived
 * @param {Bound} bound
 * @param {Uint8Array} bytes
 * @param {number} from  where in the keystream they begin
 */
export function crypt(hash, derived, bound, bytes, from) {
  const domain = bound.isFirst ? FIRST_STREAM : FURTHER_STREAM;
  const first = Math.floor(from / hash.length);
  const blocks = [];
  for (let b = first; b * hash.length < from + bytes.length; b++) {
    blocks.push(hmac(hash, derived, domain, bound.bytes, oneByte(b)));
  }
  const stream = Buffer.concat(blocks);
  xorInto(bytes, stream.subarray(from - first * hash.length));
  wipe(stream, ...blocks);
}

/**
 * The arguments of set-key.
 * @param {number} slot
 * @param {number} rights
 * @param {Uint8Array} key  32 bytes, or fewer: padded with zeros
 */
export function setKeyArguments(slot, rights, key) {
  const padded = Buffer.alloc(32);
  padded.set(key);
  const all = Buffer.concat([oneByte(slot), fourBytes(rights), padded]);
  wipe(padded);
  return all;
}
