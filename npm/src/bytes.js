// SPDX-License-Identifier: MIT
// bytes.js: comparing, joining and wiping.
import { timingSafeEqual } from 'node:crypto';

/**
 * Compares in a time that tells nothing of the contents; lengths are public.
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export function same(a, b) {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** @param {...(Uint8Array | null | undefined)} buffers */
export function wipe(...buffers) {
  for (const buffer of buffers) buffer?.fill(0);
}

/**
 * XORs a part of the keystream into the bytes, in place.
 * @param {Uint8Array} bytes
 * @param {Uint8Array} stream
 */
export function xorInto(bytes, stream) {
  for (let i = 0; i < bytes.length; i++) bytes[i] ^= stream[i];
}

/** @param {number} value */
export function oneByte(value) {
  return Buffer.from([value]);
}

/** @param {number} value */
export function fourBytes(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
