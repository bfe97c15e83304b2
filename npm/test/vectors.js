// SPDX-License-Identifier: MIT
// vectors.js: the known answers, as settings and buffers.
import { readFileSync } from 'node:fs';

import { settingsOf } from '../src/core.js';

/** @param {string} name */
export function vectorFile(name) {
  return JSON.parse(readFileSync(new URL(`../../tests/vectors/${name}.json`, import.meta.url), 'utf8'));
}

export const vectors = vectorFile('vectors');

/** @param {string} text */
export function hex(text) {
  return Buffer.from(text, 'hex');
}

/** @param {any} vector */
export function settingsFor(vector) {
  return settingsOf({
    profile: vector.profile,
    hash: vector.hash,
    wake: vector.wake.length / 2,
    challenge: vector.challenge.length / 2,
    tag: vector.tag,
    id: vector.id ?? '',
  });
}

/** @param {any} vector */
export function label(vector, at) {
  const lengths = [vector.wake, vector.challenge].map((text) => text.length / 2).join('/');
  return `exchanges[${at}] (${vector.profile} ${vector.hash}, W/C ${lengths})`;
}

/** A device that knows the codes and answers of a vector. */
export function tableFor(vector) {
  const codes = [...new Set(vector.exchanges.map((exchange) => exchange.code))];
  const answers = [...new Set(vector.exchanges.map((exchange) => exchange.answer))].filter(Boolean);
  const named = (list) => list.map((code) => ({ name: `x${code}`, code: hex(code) }));
  return { commands: named(codes), answers: vector.profile === 'classic' ? named(answers) : [] };
}
