// SPDX-License-Identifier: MIT
// handlers.js: runs the application's function for a command and turns what it gives into a reply.
import { BAD_ARGUMENTS, DONE, FAILED } from './status.js';

/**
 * @typedef {object} Call
 * @property {string} command
 * @property {string} key  the name of the key that was used
 * @property {string} peer  where the client is
 * @property {AbortSignal} signal  aborted when the device's `limit` is over or the device stops
 *
 * @typedef {object} SealedAnswer
 * @property {number} [status]  0 done, 2 bad arguments, 4 failed, 128 to 255 the application's own
 * @property {string | Uint8Array} [data]  254 bytes at most
 *
 * What a handler gives back. Sealed: nothing, data, or an answer. Classic: nothing (done), or the
 * name of an answer. What it throws, or a promise that rejects, is answered `failed`.
 * @typedef {void | null | string | Uint8Array | SealedAnswer} HandlerResult
 *
 * @typedef {(args: Buffer, call: Call) => HandlerResult | Promise<HandlerResult>} Handler
 *
 * @typedef {object} Ran
 * @property {number} status
 * @property {Buffer} data
 * @property {string | null} answer  classic
 * @property {unknown} error  what the handler threw, or why it was given up
 */

/** Throw it in a handler to answer 02, bad arguments. */
export class BadArguments extends Error {
  name = 'BadArguments';
}

/** @param {HandlerResult} result */
function sealedAnswer(result) {
  const isData = typeof result === 'string' || result instanceof Uint8Array;
  const { status = DONE, data = '' } = isData ? { data: result } : result ?? {};
  const bytes = Buffer.from(data);
  if (!Number.isInteger(status) || status < 0 || status > 255 || bytes.length > 254) {
    throw new RangeError('a handler gave a status or data that no reply can hold');
  }
  return { status, data: bytes };
}

/**
 * @param {Handler} handler
 * @param {Buffer} args
 * @param {Omit<Call, 'signal'>} call
 * @param {number} limit  ms
 * @param {AbortSignal} stop
 */
async function limited(handler, args, call, limit, stop) {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error('the device stops'));
  stop.addEventListener('abort', abort);
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const over = new Promise((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`the handler took over ${limit} ms`);
      // First, so that what a handler gives back when it is told to stop comes too late.
      reject(error);
      controller.abort(error);
    }, limit);
  });
  try {
    return await Promise.race([handler(args, { ...call, signal: controller.signal }), over]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', abort);
  }
}

/**
 * @param {import('./device-file.js').DeviceFile} file
 * @param {Handler | undefined} handler  none: the command is done
 * @param {Buffer} args
 * @param {Omit<Call, 'signal'>} call
 * @param {AbortSignal} stop
 * @returns {Promise<Ran>}
 */
export async function runHandler(file, handler, args, call, stop) {
  const isSealed = file.profile === 'sealed';
  const names = file.answers.map(({ name }) => name);
  try {
    const result = handler ? await limited(handler, args, call, file.limit, stop) : undefined;
    if (isSealed) return { ...sealedAnswer(result), answer: null, error: null };
    const answer = typeof result === 'string' ? result : names.includes('done') ? 'done' : null;
    if (answer !== null && !names.includes(answer)) {
      throw new RangeError(`a handler gave ${JSON.stringify(answer)}, which is no answer of the device`);
    }
    return { status: DONE, data: Buffer.alloc(0), answer, error: null };
  } catch (error) {
    const status = error instanceof BadArguments ? BAD_ARGUMENTS : FAILED;
    const answer = !isSealed && names.includes('failed') ? 'failed' : null;
    return { status, data: Buffer.alloc(0), answer, error };
  }
}
