// SPDX-License-Identifier: MIT
// last.js: settles an unknown outcome (protocol.md, section 7.3).
import { setTimeout as delay } from 'node:timers/promises';

import { CountersignError, reasonOf } from './errors.js';
import { LAST } from './sealed.js';

/**
 * What is told meanwhile.
 * @typedef {object} Telling
 * @property {(about: { inDoubt: boolean, command: string, time: bigint }) => void} [about]
 * @property {(ms: number) => void} [waiting]
 */

/**
 * @param {import('./client.js').Client} client
 * @param {import('./device.js').SendOptions & Telling} options
 * @returns {Promise<import('./device.js').LastResult & { data: Buffer, status: number, inDoubt: boolean, time: bigint, ms: number }>}
 */
export async function askLast(client, options) {
  if (client.file.profile !== 'sealed') {
    throw new CountersignError('CSIGN_USAGE', 'a classic device can\'t be asked what it ran last');
  }
  const patience = client.patience(options);
  const state = await client.openState(patience);
  try {
    const { record } = state;
    const inDoubt = record.doubt !== 'none';
    if (!inDoubt && !record.isProven) {
      throw new CountersignError('CSIGN_STATE', `nothing is kept of this device under this key in ${state.name}; a command sent with --no-state or by another user or machine is not known here`, { outcome: 'unknown', command: 'last' });
    }
    const command = inDoubt ? record.name : record.provenName;
    options.about?.({ inDoubt, command, time: record.time });
    const left = inDoubt ? state.leftMs : 0;
    if (left > 0) {
      options.waiting?.(left);
      await wait(left, options.signal);
    }
    const begun = performance.now();
    const reply = await askDevice(client, patience);
    const ms = Math.round(performance.now() - begun);
    const last = meaningOf(reply, inDoubt ? record.tag : record.provenTag);
    return { last, command, inDoubt, time: record.time, ms, ...reply };
  } finally {
    await state.close();
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal | undefined} signal
 */
async function wait(ms, signal) {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throw new CountersignError('CSIGN_ABORTED', 'aborted', { cause: error });
  }
}

/**
 * @param {import('./client.js').Client} client
 * @param {import('./link.js').Patience} patience
 */
export async function askDevice(client, patience) {
  let outcome = /** @type {'not-sent' | 'unknown'} */ ('not-sent');
  let conversation = null;
  try {
    conversation = await client.converse(patience);
    const { message } = conversation.request(Buffer.from([LAST]), Buffer.alloc(0));
    outcome = 'unknown';
    const reply = /** @type {import('./client-machine.js').Reply} */ (await conversation.exchange(message, patience));
    return { status: /** @type {number} */ (reply.status), data: Buffer.from(reply.data) };
  } catch (error) {
    const { code } = /** @type {CountersignError} */ (error);
    const known = error instanceof CountersignError ? code : 'CSIGN_CLOSED';
    throw new CountersignError(known, reasonOf(error), { outcome, command: 'last', cause: error });
  } finally {
    conversation?.close();
  }
}

/**
 * @param {{ status: number, data: Buffer }} reply
 * @param {Buffer} tag
 * @returns {'ran' | 'not-the-last' | 'not-known'}
 */
function meaningOf({ status, data }, tag) {
  if (status !== 0 || data.length !== 8) return 'not-known';
  return data.equals(tag) ? 'ran' : 'not-the-last';
}
