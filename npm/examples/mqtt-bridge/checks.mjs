// SPDX-License-Identifier: MIT
// checks.mjs: what may stand in the bridge's own file. A mistake is told as `WHERE: what; cure`.

/** A mistake in the file. */
export class ConfigError extends Error {}

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/**
 * @param {string} where
 * @param {unknown} value
 * @param {Record<string, boolean>} names  by name: whether it must be there
 */
export function checkNames(where, value, names) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError(`${where}: not an object; write { "name": value }`);
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(names, name)) {
      throw new ConfigError(`${where}: unknown name ${JSON.stringify(name)}; known are ${Object.keys(names).join(', ')}`);
    }
  }
  for (const [name, isNeeded] of Object.entries(names)) {
    if (isNeeded && !Object.hasOwn(value, name)) throw new ConfigError(`${where}: there is no ${name}; write one`);
  }
  return /** @type {Record<string, any>} */ (value);
}

/**
 * @param {string} where
 * @param {unknown} value
 * @param {{ pattern?: RegExp, what?: string }} [of]
 */
export function text(where, value, { pattern = /^.{1,128}$/u, what = 'a text of 1 to 128 characters' } = {}) {
  if (typeof value !== 'string' || !pattern.test(value)) throw new ConfigError(`${where}: is not ${what}; correct it`);
  return value;
}

/**
 * @param {string} where
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 */
export function seconds(where, value, least, most) {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new ConfigError(`${where}: is not a number of seconds from ${least} to ${most}; correct it`);
  }
  return value * 1000;
}

/**
 * The entries of an object whose names become parts of topics.
 * @param {string} where
 * @param {unknown} value
 * @param {string} reserved
 * @returns {[string, any][]}
 */
export function entriesOf(where, value, reserved) {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    throw new ConfigError(`${where}: holds nothing; write { "name": { ... } }`);
  }
  for (const name of Object.keys(value)) {
    if (!NAME.test(name) || name === reserved) {
      throw new ConfigError(`${where}: ${JSON.stringify(name)} can be no part of a topic; take 1 to 32 of a-z, 0-9, _ and -, and not ${reserved}`);
    }
  }
  return Object.entries(value);
}

/**
 * Bytes as they are written: text, or hex:0a1b.
 * @param {string} where
 * @param {string} written
 */
export function bytesOf(where, written) {
  if (!written.startsWith('hex:')) return Buffer.from(written);
  if (!/^([0-9a-fA-F]{2})*$/.test(written.slice(4))) {
    throw new ConfigError(`${where}: after hex: stand two hex digits for each byte; correct it`);
  }
  return Buffer.from(written.slice(4), 'hex');
}

/**
 * @typedef {object} Wish
 * @property {string} name  the device's command
 * @property {Buffer} args
 *
 * @param {string} where
 * @param {string} written  a command, or a command, a blank and its argument
 * @returns {Wish}
 */
export function wishOf(where, written) {
  const blank = written.indexOf(' ');
  if (blank < 0) return { name: written, args: Buffer.alloc(0) };
  return { name: written.slice(0, blank), args: bytesOf(where, written.slice(blank + 1)) };
}
