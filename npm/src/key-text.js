// SPDX-License-Identifier: MIT
// key-text.js: a key as a line of text (device-file.md, section 6), and its fingerprint.
import { createHmac } from 'node:crypto';

import { wipe } from './bytes.js';
import { mistakeIn } from './key-mistakes.js';

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const PREFIX = 'csk1';
const CHECKED = 58;
/** Bech32m's, over the human-readable part "csk". */
const CONSTANT = 0x2bc830a3;
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const HUMAN = [...'csk'].flatMap((c) => c.charCodeAt(0) >> 5)
  .concat(0, [...'csk'].map((c) => c.charCodeAt(0) & 31));

/** The longest key. */
export const KEY_MAX = 1024;

/** @param {number[]} values */
function remainder(values) {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (let i = 0; i < 5; i++) if ((top >>> i) & 1) sum ^= GENERATOR[i];
  }
  return sum >>> 0;
}

/** @param {number[]} symbols  52 of the key, 6 of the check */
function isWhole(symbols) {
  return symbols.length === CHECKED && remainder([...HUMAN, ...symbols]) === CONSTANT && (symbols[51] & 15) === 0;
}

/**
 * @param {Uint8Array} key  32 bytes
 * @returns {string}
 */
export function keyText(key) {
  if (key.length !== 32) throw new RangeError('csk1 is for keys of 32 bytes');
  const symbols = [];
  for (let at = 0, bits = 0, held = 0; symbols.length < 52;) {
    if (held < 5) {
      bits = (bits << 8) | (at < 32 ? key[at] : 0);
      at++;
      held += 8;
    }
    held -= 5;
    symbols.push((bits >> held) & 31);
    bits &= (1 << held) - 1;
  }
  const check = remainder([...HUMAN, ...symbols, 0, 0, 0, 0, 0, 0]) ^ CONSTANT;
  for (let i = 5; i >= 0; i--) symbols.push((check >>> (5 * i)) & 31);
  return PREFIX + symbols.map((symbol) => ALPHABET[symbol]).join('');
}

const COMPARE = 'compare it with the original';

/** @param {string} text */
function symbolsOf(text) {
  const lower = text.toLowerCase();
  for (let at = 0; at < PREFIX.length; at++) {
    if (lower[at] !== PREFIX[at]) {
      throw new Error(`character ${at + 1} is wrong: a key begins with csk1; ${COMPARE}`);
    }
  }
  const isLower = text[0] === 'c';
  const symbols = [];
  for (let at = 0; at < text.length; at++) {
    const symbol = ALPHABET.indexOf(lower[at]);
    if (at >= PREFIX.length && symbol < 0) {
      throw new Error(`character ${at + 1} is none that a key has (after csk1 never b, i, o or 1); ${COMPARE}`);
    }
    if (text[at] !== (isLower ? lower[at] : text[at].toUpperCase())) {
      throw new Error(`character ${at + 1} mixes capitals with small letters; ${COMPARE}`);
    }
    if (at >= PREFIX.length) symbols.push(symbol);
  }
  return symbols;
}

/** @param {string} text */
function checkedKey(text) {
  const symbols = symbolsOf(text);
  if (!isWhole(symbols)) {
    throw new Error(`${mistakeIn(symbols, CHECKED, { isWhole, offset: PREFIX.length })}; ${COMPARE}`);
  }
  const key = Buffer.alloc(32);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const symbol of symbols.slice(0, 52)) {
    bits = ((bits << 5) | symbol) & 0xfff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      if (at < 32) key[at++] = (bits >> held) & 0xff;
    }
  }
  symbols.fill(0);
  return key;
}

/** @param {string} digits */
function hexKey(digits) {
  if (digits === '') throw new Error('no digits after hex:; write two for each byte');
  const wrong = digits.search(/[^0-9a-fA-F]/);
  if (wrong >= 0) throw new Error(`character ${wrong + 1} after hex: is no hex digit`);
  if (digits.length % 2 === 1) throw new Error('an odd number of hex digits; write two for each byte');
  return Buffer.from(digits, 'hex');
}

/**
 * A key from its text, without what ends the line. Errors never repeat any of it.
 * @param {string} text
 * @returns {Buffer}
 */
export function parseKeyText(text) {
  let key;
  if (/^csk/i.test(text)) {
    key = checkedKey(text);
  } else if (text.startsWith('hex:')) {
    key = hexKey(text.slice(4));
  } else if (text.startsWith('text:')) {
    key = Buffer.from(text.slice(5), 'utf8');
    if (key.length === 0) throw new Error('nothing after text:; write the key behind it');
  } else {
    throw new Error('begins with none of csk1, hex: and text:; put one in front');
  }
  if (key.length > KEY_MAX) {
    wipe(key);
    throw new Error(`over ${KEY_MAX} bytes long; use a shorter key`);
  }
  return key;
}

/**
 * Tells keys apart without showing them, such as 1a2b-3c4d.
 * @param {Uint8Array} key
 */
export function fingerprint(key) {
  const digits = createHmac('sha256', key).update('countersign/1 fingerprint').digest('hex');
  return `${digits.slice(0, 4)}-${digits.slice(4, 8)}`;
}
