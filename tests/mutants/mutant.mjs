// SPDX-License-Identifier: MIT
// mutant.mjs: reads a *.mutant, and makes the change that it describes.
//
//     breaks: what is wrong afterwards, one sentence
//     file:   src/csign/bytes.c
//     test:   test_bytes one_bit_anywhere_makes_a_difference      one or more; each has to fail
//     short:  yes                                                 also in `make test`
//     verdict: survived                                           only in judged/: not "caught"
//     ---
//     @ uint8_t csign_same(
//      lines that stay
//     -lines that go
//     +lines that come
//
// A change begins with @ and a piece of the line in the file behind which it is to be found; with
// nothing behind @ it is looked for in the whole file. Blanks at both ends of a line do not count. What
// stays and goes must be there once, line for line; so a mutant outlives what happens to the code
// around it, and fails by name when the code in it has changed.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const FIELDS = ['breaks', 'file', 'test', 'short', 'verdict'];

export class Malformed extends Error {}

function readHead(text) {
  const head = { tests: [] };
  for (const line of text.trim().split('\n')) {
    const [, field, value] = /^([a-z]+): +(.*\S) *$/.exec(line) ?? [];
    if (!FIELDS.includes(field)) throw new Malformed(`not understood: ${line}`);
    if (field !== 'test') {
      head[field] = value;
      continue;
    }
    const [suite, ...name] = value.split(' ');
    head.tests.push({ suite, name: name.join(' ').trim() });
  }
  if (!head.breaks || !head.file || head.tests.length === 0) throw new Malformed('breaks, file and test have to be there');
  return head;
}

function readChanges(text) {
  const changes = [];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (line[0] === '@') changes.push({ behind: line.slice(1).trim(), old: [], lines: [] });
    else if (!' -+'.includes(line[0] ?? '?') || changes.length === 0) throw new Malformed(`not understood: ${line}`);
    else {
      const { old, lines } = changes.at(-1);
      if (line[0] !== '+') old.push(line.slice(1).trim());
      lines.push({ sign: line[0], text: line.slice(1) });
    }
  }
  if (changes.length === 0 || changes.some(({ old }) => old.length === 0)) throw new Malformed('a change is empty');
  return changes;
}

export function readMutant(file) {
  const name = path.basename(file, '.mutant');
  const [head, ...body] = readFileSync(file, 'utf8').split('\n---\n');
  try {
    return { name, verdict: 'caught', ...readHead(head), changes: readChanges(body.join('\n---\n')) };
  } catch (error) {
    if (error instanceof Malformed) error.message = `${file}: ${error.message}`;
    throw error;
  }
}

export function readMutants(directory) {
  return readdirSync(directory).filter((file) => file.endsWith('.mutant')).sort()
    .map((file) => readMutant(path.join(directory, file)));
}

/** Where the change is to be made, or why it cannot be. */
function placeOf({ behind, old }, lines) {
  const trimmed = lines.map((line) => line.trim());
  const starts = trimmed.flatMap((line, at) => (line.includes(behind) ? [at] : []));
  if (behind !== '' && starts.length !== 1) return `"${behind}" is there ${starts.length} times, not once`;
  const from = behind === '' ? 0 : starts[0];
  const places = trimmed.flatMap((_line, at) =>
    (at >= from && old.every((line, i) => trimmed[at + i] === line) ? [at] : []));
  if (places.length === 0) return `"${old[0]}" and what follows is not there`;
  if (behind === '' && places.length > 1) return `"${old[0]}" and what follows is there ${places.length} times`;
  return places[0];
}

/**
 * @param {{ changes: object[] }} mutant
 * @param {string} text  of the file
 * @returns {{ text?: string, wrong?: string }}
 */
export function apply({ changes }, text) {
  const lines = text.split('\n');
  for (const change of changes) {
    const place = placeOf(change, lines);
    if (typeof place === 'string') return { wrong: place };
    let at = place;
    const fresh = change.lines.flatMap(({ sign, text: line }) => {
      if (sign === '+') return [line];
      return sign === '-' ? (at++, []) : [lines[at++]];
    });
    lines.splice(place, change.old.length, ...fresh);
  }
  return { text: lines.join('\n') };
}
