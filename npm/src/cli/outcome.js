// SPDX-License-Identifier: MIT
// outcome.js: what became of a command, as a line or as JSON, and as an exit status.
import { complain, dataText, say, seconds } from './output.js';

/**
 * @typedef {object} Told
 * @property {string} command
 * @property {import('../errors.js').Outcome} outcome
 * @property {number | null} status
 * @property {string | null} answer
 * @property {Buffer} data
 * @property {number} ms
 */

/** @param {import('../errors.js').Outcome} outcome */
export function exitStatus(outcome) {
  return { done: 0, sent: 0, failed: 1, 'not-sent': 3, unknown: 4 }[outcome];
}

/**
 * @param {Told} told
 * @param {Record<string, unknown>} [more]
 */
export function tellJson({ command, outcome, status, answer, data, ms }, more = {}) {
  say(JSON.stringify({ command, outcome, status, answer, data: data.toString('hex'), ms, ...more }));
}

/** @param {Told} told  an outcome that the device proved, or `sent` */
export function tellProven({ command, outcome, status, answer, data }) {
  const name = answer !== null && answer !== outcome ? `, ${answer}` : '';
  const number = status ? ` (status ${status.toString(16).padStart(2, '0')})` : '';
  say(`${command}: ${outcome}${name}${number}${data.length > 0 ? `: ${dataText(data)}` : ''}`);
}

/**
 * What an unknown outcome leaves to do.
 * @param {{ file: string, isSealed: boolean, hasState: boolean, window: number }} context
 */
export function advice({ file, isSealed, hasState, window }) {
  const cure = isSealed && hasState ? `countersign send ${file} last settles it`
    : 'look at the device, for sending again may run it twice';
  return `it may have run, or may still run in the next ${seconds(window)}; ${cure}`;
}

/**
 * @param {string} command
 * @param {'not-sent' | 'unknown'} outcome
 * @param {string} why
 */
export function tellUnproven(command, outcome, why) {
  complain(`${command}: ${outcome === 'unknown' ? 'unknown' : 'not sent'}: ${why}`);
}
