// SPDX-License-Identifier: MIT
// key-mistakes.js: where a key's text was mistyped. A right one is never proposed: a key that was
// guessed together could be somebody else's.

/**
 * @typedef {object} Alphabet
 * @property {(symbols: number[]) => boolean} isWhole
 * @property {number} offset  how many characters stand before the first symbol
 */

const VALUES = Array.from({ length: 32 }, (_none, value) => value);

/**
 * Where one symbol too many stands.
 * @param {number[]} symbols
 * @param {Alphabet} alphabet
 */
function extra(symbols, { isWhole }) {
  return symbols.findIndex((_symbol, at) => isWhole(symbols.filter((_other, i) => i !== at)));
}

/**
 * Where one symbol is missing.
 * @param {number[]} symbols
 * @param {Alphabet} alphabet
 */
function missing(symbols, { isWhole }) {
  return [...symbols, 0].findIndex((_symbol, at) =>
    VALUES.some((value) => isWhole([...symbols.slice(0, at), value, ...symbols.slice(at)])));
}

/**
 * @param {number[]} symbols
 * @param {Alphabet} alphabet
 */
function mistyped(symbols, { isWhole }) {
  return symbols.findIndex((_symbol, at) =>
    VALUES.some((value) => isWhole([...symbols.slice(0, at), value, ...symbols.slice(at + 1)])));
}

/**
 * @param {number[]} symbols
 * @param {Alphabet} alphabet
 */
function swapped(symbols, { isWhole }) {
  return symbols.slice(1).findIndex((next, at) =>
    isWhole([...symbols.slice(0, at), next, symbols[at], ...symbols.slice(at + 2)]));
}

/**
 * Says what is wrong with symbols that are not whole.
 * @param {number[]} symbols
 * @param {number} right  how many there should be
 * @param {Alphabet} alphabet
 * @returns {string}
 */
export function mistakeIn(symbols, right, alphabet) {
  const place = (/** @type {number} */ at) => `character ${alphabet.offset + at + 1}`;
  if (symbols.length === right) {
    const wrong = mistyped(symbols, alphabet);
    if (wrong >= 0) return `${place(wrong)} is mistyped`;
    const first = swapped(symbols, alphabet);
    return first >= 0 ? `${place(first)} is swapped with the next one` : 'more than one character is wrong';
  }
  if (symbols.length === right - 1) {
    const at = missing(symbols, alphabet);
    if (at >= 0) return `${place(at)} is missing`;
  }
  if (symbols.length === right + 1) {
    const at = extra(symbols, alphabet);
    if (at >= 0) return `${place(at)} is one too many`;
  }
  const at = Math.min(symbols.length, right);
  return `${place(at)} is where the length goes wrong: a key has ${alphabet.offset + right} characters`;
}
