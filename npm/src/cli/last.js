// SPDX-License-Identifier: MIT
// last.js: countersign send FILE last, also as countersign last FILE.
import { CountersignError } from '../errors.js';
import { askLast } from '../last.js';
import { statusName } from '../status.js';
import { exitStatus, tellJson, tellUnproven } from './outcome.js';
import { complain, dateText, say, seconds } from './output.js';

const WORDS = { ran: 'ran', 'not-the-last': 'not the last one run', 'not-known': 'not known' };
const STATUSES = { ran: 0, 'not-the-last': 1, 'not-known': 4 };

/**
 * @param {{ status: number, last: import('../device.js').LastResult['last'] }} answer
 */
function explain({ status, last }) {
  if (last === 'not-the-last') return 'it did not run, or another holder of the key ran something after it';
  if (last === 'ran') return null;
  return status === 5 ? 'the device has run nothing under this key since it started'
    : 'the device does not tell what it ran last';
}

/**
 * @param {{ inDoubt: boolean, command: string, time: bigint }} about
 */
function tellAbout({ inDoubt, command, time }) {
  complain(inDoubt ? `last: in doubt is '${command}' of ${dateText(time)}`
    : `last: nothing is in doubt; '${command}' of ${dateText(time)} is the last one proven to have run`);
}

/**
 * @param {import('../client.js').Client} client
 * @param {boolean} isJson
 * @returns {Promise<number>}
 */
export async function tellLast(client, isJson) {
  const begun = performance.now();
  try {
    const answer = await client.inTurn(undefined, () => askLast(client, {
      about: tellAbout,
      waiting: (ms) => complain(`last: waiting ${seconds(ms)}, until it can no longer run`),
    }));
    const { status, data, ms, last } = answer;
    const outcome = status === 0 ? 'done' : 'failed';
    if (isJson) tellJson({ command: 'last', outcome, status, answer: statusName(status), data, ms }, { last });
    const why = explain(answer);
    if (why) complain(`last: ${why}`);
    if (!isJson) say(WORDS[last]);
    return STATUSES[last];
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    const outcome = error.outcome === 'not-sent' ? 'not-sent' : 'unknown';
    const ms = Math.round(performance.now() - begun);
    if (isJson) {
      const told = { command: 'last', outcome, status: null, answer: null, data: Buffer.alloc(0), ms };
      tellJson(/** @type {import('./outcome.js').Told} */ (told), { last: 'not-known' });
    }
    tellUnproven('last', outcome, error.message);
    if (!isJson && outcome === 'unknown') say(WORDS['not-known']);
    return exitStatus(outcome);
  }
}

/** @param {string[]} words */
export async function run(words) {
  const { run: send } = await import('./send.js');
  return send(words.some((word) => word === '--help') ? ['--help'] : [...words, 'last']);
}
