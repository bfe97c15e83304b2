// SPDX-License-Identifier: MIT
// settings.js: what client and device agree about beforehand, and its limits.
import { hashNamed } from './hash.js';

/**
 * @typedef {object} SettingsInput
 * @property {'sealed' | 'classic'} [profile]
 * @property {import('./hash.js').HashName} [hash]
 * @property {number} [wake]  bytes, W
 * @property {number} [challenge]  bytes, C
 * @property {number} [tag]  bytes of a tag on the wire, t (sealed)
 * @property {number} [payload]  most bytes of code and arguments (sealed)
 * @property {string | Uint8Array} [id]  the device's public name
 */

/**
 * @typedef {object} Settings
 * @property {'sealed' | 'classic'} profile
 * @property {import('./hash.js').Hash} hash
 * @property {number} wake
 * @property {number} challenge
 * @property {number} tag
 * @property {number} payload
 * @property {Buffer} id
 */

/**
 * @param {string} what
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
function within(what, value, least, most) {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${what} is not a number from ${least} to ${most}`);
  }
  return value;
}

/**
 * Completes the settings with their defaults, or throws a RangeError.
 * @param {SettingsInput} [input]
 * @returns {Settings}
 */
export function settingsOf(input = {}) {
  const profile = input.profile ?? 'sealed';
  if (profile !== 'sealed' && profile !== 'classic') {
    throw new RangeError('profile is sealed or classic');
  }
  const isSealed = profile === 'sealed';
  const hash = hashNamed(input.hash ?? 'sha256');
  if (!hash || (isSealed && hash.number === null)) {
    throw new RangeError(`hash is ${isSealed ? 'sha256 or blake2s' : 'sha256, blake2s, sha1 or sha512'}`);
  }
  const id = Buffer.from(input.id ?? '');
  within('the length of id', id.length, 0, 64);
  return Object.freeze({
    profile,
    hash,
    wake: within('wake', input.wake ?? 16, isSealed ? 8 : 0, isSealed ? 64 : 255),
    challenge: within('challenge', input.challenge ?? 16, isSealed ? 8 : 1, 64),
    tag: isSealed ? within('tag', input.tag ?? 16, 16, hash.length) : hash.length,
    payload: isSealed ? within('payload', input.payload ?? 255, 1, 255) : 16,
    id,
  });
}

/**
 * @param {Settings} settings
 * @param {Uint8Array} key
 */
export function checkKey(settings, key) {
  const least = settings.profile === 'sealed' ? 16 : 1;
  if (!(key instanceof Uint8Array) || key.length < least) {
    throw new RangeError(`a key in ${settings.profile} has ${least} byte${least > 1 ? 's' : ''} or more`);
  }
}
