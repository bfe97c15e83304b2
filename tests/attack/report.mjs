// SPDX-License-Identifier: MIT
// report.mjs: a row for each attack and target: what was expected, what was seen.
import { EXCEPTED } from './board-memory.mjs';

const WIDTH = 118;
const NOTES = { forgeries: `(${EXCEPTED}; in src/: forge.c has the list)` };

function lineOf({ name, target, expected, seen, note, ok }) {
  const verdict = ok === null ? 'not run' : ok ? 'ok' : 'FAIL';
  const lines = [`${name}  [${target}]`.padEnd(WIDTH) + verdict];
  if (ok === null) lines.push(`    because ${seen}`);
  else {
    lines.push(`    expected  ${expected}`);
    lines.push(`    seen      ${seen}${note ? `   (${note})` : ''}`);
  }
  return lines.join('\n');
}

export function report(themes) {
  const parts = themes.map(({ theme, rows }) => `== ${theme}\n${rows.map(lineOf).join('\n')}${NOTES[theme] ? `\n${NOTES[theme]}` : ''}`);
  const rows = themes.flatMap((theme) => theme.rows);
  const failed = rows.filter(({ ok }) => ok === false);
  const skipped = rows.filter(({ ok }) => ok === null);
  const succeeding = rows.filter(({ ok, expected }) => ok && expected.startsWith('succeeds'));
  for (const { name, target } of failed) parts.push(`FAILED ${name} [${target}]`);
  parts.push(`${rows.length} rows: ${rows.length - failed.length - skipped.length} as expected (of them ${succeeding.length} attacks that succeed, as documented), ${skipped.length} not run with a reason, ${failed.length} failed`);
  return { text: parts.join('\n'), isGood: failed.length === 0 && rows.length > skipped.length };
}
