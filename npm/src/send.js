// SPDX-License-Identifier: MIT
// send.js: one command from the state file's lock to its outcome.
import { REMEMBERED_FROM } from './challenge-ring.js';
import { CountersignError, reasonOf } from './errors.js';
import { isExecuted, statusName } from './status.js';

/**
 * @typedef {object} Order
 * @property {string} name
 * @property {Uint8Array} code
 * @property {Uint8Array} args
 *
 * @typedef {import('./session.js').Session} Session
 */

/**
 * What to send, or a CountersignError (CSIGN_USAGE).
 * @param {import('./device-file.js').DeviceFile} file
 * @param {string} name
 * @param {string | Uint8Array | undefined} args
 * @returns {Order}
 */
export function orderOf(file, name, args) {
  const usage = (/** @type {string} */ what) =>
    new CountersignError('CSIGN_USAGE', what, { command: String(name) });
  const command = file.commands.find((candidate) => candidate.name === name);
  if (!command) {
    const names = file.commands.map((known) => known.name).join(', ');
    throw usage(`${file.path} has no command '${name}'; it has ${names}`);
  }
  const bytes = Buffer.from(args ?? '');
  if (file.profile === 'classic' && bytes.length > 0) {
    throw usage(`${name}: classic commands take no argument; sealed ones do`);
  }
  if (file.profile === 'sealed' && 1 + bytes.length > file.payload) {
    throw usage(`${name}: the argument has more than ${file.payload - 1} bytes; payload in ${file.path} allows no more`);
  }
  return { name, code: command.code, args: bytes };
}

/**
 * @param {unknown} error
 * @param {string} command
 * @param {boolean} hasLeft
 */
function asOutcome(error, command, hasLeft) {
  const outcome = hasLeft ? /** @type {const} */ ('unknown') : /** @type {const} */ ('not-sent');
  if (error instanceof CountersignError) {
    if (error.outcome === 'failed') return error;
    return new CountersignError(error.code, error.message, { outcome, command, cause: error.cause });
  }
  const code = hasLeft ? 'CSIGN_CLOSED' : 'CSIGN_CONNECT';
  return new CountersignError(code, `the connection broke: ${reasonOf(error)}`, { outcome, command, cause: error });
}

/**
 * @param {Order} order
 * @param {import('./client-machine.js').Reply | null} reply
 * @param {number} begun
 * @returns {import('./device.js').Result}
 */
function resultOf(order, reply, begun) {
  const ms = Math.round(performance.now() - begun);
  const data = Buffer.from(reply?.data ?? []);
  if (!reply) {
    return { command: order.name, outcome: 'sent', status: null, answer: null, data, ms };
  }
  const { status } = reply;
  const answer = status === null ? reply.answer : statusName(status);
  if (status === null ? answer === 'failed' : status !== 0) {
    const number = status?.toString(16).padStart(2, '0');
    throw new CountersignError('CSIGN_STATUS', status === null ? 'the device answered failed'
      : `the device answered ${answer ?? (status > 0x7f ? 'a status of its own' : 'a status that is not assigned')}, ${number}`,
    { outcome: 'failed', command: order.name, status, answer, data });
  }
  return { command: order.name, outcome: 'done', status, answer, data, ms };
}

/**
 * @param {Session} session
 * @param {Order} order
 * @param {import('./link.js').Patience} patience
 * @returns {Promise<import('./device.js').Result>}
 */
export async function runOrder(session, order, patience) {
  const { client } = session;
  const { profile, challenge, deadline } = client.file;
  const begun = performance.now();
  let hasLeft = false;
  let state = null;
  try {
    state = await client.openState(patience);
    const conversation = await session.usable(patience);
    if (profile === 'classic' && challenge >= REMEMBERED_FROM && await state.remember(conversation.challenge)) {
      throw new CountersignError('CSIGN_REPEATED_CHALLENGE',
        'the device gave a challenge that it gave before: it, or somebody in between, repeats challenges, so that an old request could be used again; find out which before you send more');
    }
    const isFurther = conversation.requests > 0;
    const { message, tag } = conversation.request(order.code, order.args);
    if (profile === 'sealed') await state.note(order.name, tag, isFurther, deadline);
    if (patience.signal?.aborted) {
      throw new CountersignError('CSIGN_ABORTED', 'aborted', { cause: patience.signal.reason });
    }
    hasLeft = true;
    const reply = await conversation.exchange(message, patience);
    if (reply && reply.status !== null) await noteReply(state, reply.status);
    return resultOf(order, reply, begun);
  } catch (error) {
    const outcome = asOutcome(error, order.name, hasLeft);
    if (outcome.outcome !== 'failed') session.drop();
    throw outcome;
  } finally {
    await state?.close();
  }
}

/**
 * What was proven stays proven where it could not be noted: the file then says "in doubt", which
 * `last` settles.
 * @param {{ settle: (isExecuted: boolean) => Promise<void> }} state
 * @param {number} status
 */
async function noteReply(state, status) {
  await state.settle(isExecuted(status)).catch(() => {});
}
