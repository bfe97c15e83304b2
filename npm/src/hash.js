// SPDX-License-Identifier: MIT
// hash.js: the four hashes (protocol.md, section 2).

/**
 * @typedef {'sha256' | 'blake2s' | 'sha1' | 'sha512'} HashName
 *
 * @typedef {object} Hash
 * @property {HashName} name
 * @property {string} algorithm  what node:crypto calls it
 * @property {number} block  bytes of its block
 * @property {number} length  bytes of its output, L
 * @property {number | null} number  h in the derivation block; null: not in sealed
 */

/** @type {Readonly<Record<HashName, Hash>>} */
export const hashes = Object.freeze({
  sha256: { name: 'sha256', algorithm: 'sha256', block: 64, length: 32, number: 0x01 },
  blake2s: { name: 'blake2s', algorithm: 'blake2s256', block: 64, length: 32, number: 0x03 },
  sha1: { name: 'sha1', algorithm: 'sha1', block: 64, length: 20, number: null },
  sha512: { name: 'sha512', algorithm: 'sha512', block: 128, length: 64, number: null },
});

/**
 * @param {string} name
 * @returns {Hash | undefined}
 */
export function hashNamed(name) {
  return Object.hasOwn(hashes, name) ? hashes[/** @type {HashName} */ (name)] : undefined;
}
