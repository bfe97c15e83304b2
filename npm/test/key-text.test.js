// SPDX-License-Identifier: MIT
// Keys as text: the values that docs/device-file.md gives, and every single slip of the hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fingerprint, keyText, parseKeyText } from '../src/key-text.js';
import { keyFromPassphrase } from '../src/passphrase.js';

const KEY = Buffer.from(Array.from({ length: 32 }, (_none, at) => at));
const TEXT = 'csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sqhy7k4';
const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

const mistake = (text) => {
  try {
    parseKeyText(text);
  } catch (error) {
    return error.message;
  }
  return null;
};

test('text and fingerprint are those of the document', () => {
  assert.equal(keyText(KEY), TEXT);
  assert.ok(parseKeyText(TEXT).equals(KEY));
  assert.ok(parseKeyText(TEXT.toUpperCase()).equals(KEY));
  assert.equal(fingerprint(KEY), '6586-a4e8');
});

test('a passphrase and an id make the key of the document', async () => {
  const key = await keyFromPassphrase('correct horse battery staple', 'lamp-1');
  assert.equal(keyText(key), 'csk1xkw9qsv0eg0sf2sp0hyq4hl8qqpgugp9jakg3puw57n6kg2gsdjqrtfmn8');
});

test('a character that is wrong is told by its place', () => {
  for (let at = 4; at < TEXT.length; at++) {
    const other = ALPHABET[(ALPHABET.indexOf(TEXT[at]) + 7) % 32];
    assert.match(mistake(TEXT.slice(0, at) + other + TEXT.slice(at + 1)), new RegExp(`^character ${at + 1} is mistyped;`));
    assert.match(mistake(`${TEXT.slice(0, at)}b${TEXT.slice(at + 1)}`), new RegExp(`^character ${at + 1} is none that a key has`));
  }
});

test('a character too many or too few, and two in each other\'s place, are told', () => {
  for (let at = 4; at < TEXT.length; at++) {
    assert.match(mistake(TEXT.slice(0, at) + TEXT.slice(at + 1)), /^character \d+ is missing;/);
    assert.match(mistake(TEXT.slice(0, at) + TEXT[at] + TEXT.slice(at)), /^character \d+ is one too many;/);
    if (at + 1 < TEXT.length && TEXT[at] !== TEXT[at + 1]) {
      const swapped = TEXT.slice(0, at) + TEXT[at + 1] + TEXT[at] + TEXT.slice(at + 2);
      assert.match(mistake(swapped), new RegExp(`^character ${at + 1} is swapped with the next one;`));
    }
  }
});

test('no mistake repeats what was typed', () => {
  for (const text of ['csk1zzzz', 'hex:c0ffeeg', 'text:', 'sesame', TEXT.slice(0, -3)]) {
    const told = mistake(text);
    assert.ok(!/zzzz|ffee|sesame|qqqsy/.test(told), told);
  }
});
