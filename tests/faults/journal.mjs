// SPDX-License-Identifier: MIT
// journal.mjs: what was really executed, and whether that agrees with what clients were told.
import { readFileSync } from 'node:fs';

/** A handler that adds its argument to the journal, as one write. */
export const HANDLER = '#!/bin/sh\nread -r argument\necho "$argument" >>"$(dirname "$0")/journal"\n';
/** Handlers that lie, to see that it is noticed: of arguments that end in an odd digit. */
export const TWICE = `${HANDLER}case $argument in *[13579]) echo "$argument" >>"$(dirname "$0")/journal" ;; esac\n`;
export const NEVER = '#!/bin/sh\nread -r argument\ncase $argument in *[13579]) ;; *) echo "$argument" >>"$(dirname "$0")/journal" ;; esac\n';

export function readJournal(file) {
  try {
    return readFileSync(file, 'latin1').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

/**
 * @param {string[]} lines
 * @param {Map<string, string>} outcomes  by argument, what its client was told
 */
export function judge(lines, outcomes) {
  const times = new Map();
  for (const line of lines) times.set(line, (times.get(line) ?? 0) + 1);
  const wrong = [];
  for (const [argument, count] of times) {
    if (count > 1) wrong.push(`executed ${count} times: ${argument}`);
    if (!outcomes.has(argument)) wrong.push(`executed and never asked for: ${argument}`);
  }
  for (const [argument, outcome] of outcomes) {
    const ran = times.has(argument);
    if (outcome === 'done' && !ran) wrong.push(`told done and not executed: ${argument}`);
    if (outcome === 'not-sent' && ran) wrong.push(`told not-sent and executed: ${argument}`);
    if (outcome === 'not-the-last' && ran) wrong.push(`settled as not run and executed: ${argument}`);
    if (outcome === 'ran' && !ran) wrong.push(`settled as run and not executed: ${argument}`);
  }
  return wrong;
}
