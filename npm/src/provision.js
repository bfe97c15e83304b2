// SPDX-License-Identifier: MIT
// provision.js: gives a device on a cable its id, its secret and its keys.
import { randomBytes } from 'node:crypto';

import { same, wipe, fourBytes } from './bytes.js';
import { readDeviceFile } from './device-file.js';
import { CountersignError, reasonOf } from './errors.js';
import { hashes } from './hash.js';
import { kinds, proof } from './provision-frame.js';
import { NoReply, ProvisionLine, Refusal } from './provision-line.js';
import { addLine, makeKeyFiles, missingKeyLine, planKeys, removeKeyFiles } from './provision-plan.js';

/** @typedef {import('./provision-plan.js').PlannedKey} PlannedKey */
/** @typedef {import('./provision-frame.js').Hello} Hello */

/**
 * @typedef {object} ProvisionOptions
 * @property {number} [slot]  of the only key, where the file has no [keys]; 0 unless given
 * @property {boolean} [foreign]  overwrites data of another program in the device's memory
 * @property {number} [timeout]  ms, how long to look for the device; 15000 unless given
 * @property {AbortSignal} [signal]
 * @property {() => void} [waiting]  is told when no device answered yet
 *
 * @typedef {object} Provisioned
 * @property {{ slot: number, name: string, fingerprint: string, file: string | null, isNew: boolean }[]} keys
 * @property {string | null} added  the line that the device file was given
 * @property {string | null} missing  a line that could not be added
 * @property {boolean} hasAdmin  whether keys can be changed over the network
 */

/** States of a store, as hello tells them. */
const [FOREIGN, READY, SERVING] = [1, 4, 5];

/**
 * @param {string} message
 * @param {'not-sent' | 'failed' | 'unknown'} outcome
 * @param {unknown} [cause]
 */
function refused(message, outcome, cause) {
  return new CountersignError('CSIGN_PROVISION', message, { outcome, cause });
}

/**
 * @param {Hello} hello
 * @param {import('./device-file.js').DeviceFile} file
 */
function difference(hello, file) {
  if (hello.version !== 1) {
    return 'the device speaks another version of provisioning; use the countersign that its library came with';
  }
  if (hello.profile !== file.profile) return `the device is ${hello.profile}, the device file ${file.profile}`;
  const header = 'build its sketch with the header that countersign header makes';
  if (hello.hash !== hashes[file.hash]) {
    return `the device computes ${hello.hash?.name ?? 'another hash'}, the device file says ${file.hash}; ${header}`;
  }
  const names = /** @type {const} */ (['wake', 'challenge', ...(file.profile === 'sealed' ? ['tag', 'payload'] : [])]);
  for (const name of /** @type {('wake' | 'challenge' | 'tag' | 'payload')[]} */ ([...names])) {
    if (hello[name] !== file[name]) {
      return `the device was built with ${name} ${hello[name]}, the device file says ${file[name]}; ${header}`;
    }
  }
  return null;
}

/**
 * Why the device is not to be provisioned, or null.
 * @param {Hello} hello
 * @param {import('./device-file.js').DeviceFile} file
 * @param {PlannedKey[]} keys
 * @param {ProvisionOptions} options
 */
function objection(hello, file, keys, { foreign = false }) {
  const other = difference(hello, file);
  if (other) return other;
  if (hello.idLength < Buffer.byteLength(file.id)) return 'the id is longer than the device can store';
  const last = Math.max(...keys.map(({ slot }) => slot));
  if (last >= hello.slots) {
    return `the device has ${hello.slots} key slots, counted from 0; the keys need one up to ${last}`;
  }
  if ([READY, SERVING].includes(hello.state) && !hello.isGranted) {
    return 'the device is provisioned already; it allows it again only to who has it in hand: set its jumper or hold its button while it starts, as its sketch says';
  }
  if (hello.state === FOREIGN && !foreign) {
    return 'the device\'s memory holds data of another program; they are overwritten only when that is asked for (--foreign)';
  }
  return null;
}

/**
 * @param {ProvisionLine} line
 * @param {PlannedKey} planned
 * @param {import('./hash.js').Hash} hash
 */
async function giveKey(line, { slot, rights, key }, hash) {
  const body = Buffer.alloc(37);
  body[0] = slot;
  body.set(fourBytes(rights), 1);
  body.set(key, 5);
  const nonce = randomBytes(16);
  try {
    await line.ask(kinds.key, body);
  } finally {
    wipe(body);
  }
  const proven = await line.ask(kinds.prove, Buffer.concat([nonce, Buffer.from([slot])]));
  if (!same(proven, proof(hash, key, nonce, slot, rights))) {
    await line.ask(kinds.abort).catch(() => {});
    throw new Error('the device\'s proof is wrong: it stored something else');
  }
}

/**
 * Everything up to the commit.
 * @param {ProvisionLine} line
 * @param {import('./device-file.js').DeviceFile} file
 * @param {PlannedKey[]} keys
 */
async function give(line, file, keys) {
  const secret = randomBytes(32);
  try {
    await line.ask(kinds.begin);
    await line.ask(kinds.id, Buffer.from(file.id));
    await line.ask(kinds.u, secret);
    for (const key of keys) await giveKey(line, key, hashes[file.hash]);
  } finally {
    wipe(secret);
  }
}

/**
 * @param {ProvisionLine} line
 */
async function commit(line) {
  try {
    await line.ask(kinds.commit);
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
    const hello = await line.hello(6000);
    if (hello && [READY, SERVING].includes(hello.state)) return;
    // It was asked and is not provisioned: the store did not take it.
    if (hello) throw new Refusal(7);
    throw error;
  }
}

/**
 * @param {ProvisionLine} line
 * @param {import('./device-file.js').DeviceFile} file
 * @param {PlannedKey[]} keys
 * @param {ProvisionOptions} options
 */
async function run(line, file, keys, options) {
  const hello = await line.hello(options.timeout ?? 15000, options.waiting);
  if (!hello) {
    throw new CountersignError('CSIGN_TIMEOUT', 'no device answers; is its sketch one that can be provisioned, and is the baud rate the sketch\'s?');
  }
  const why = objection(hello, file, keys, options);
  if (why) throw refused(why, 'not-sent');
  makeKeyFiles(keys);
  let isGiven = false;
  try {
    await give(line, file, keys);
    isGiven = true;
    await commit(line);
  } catch (error) {
    // Only after the commit left can the device have the keys without a word of it.
    if (isGiven && !(error instanceof Refusal)) throw refused(`the last reply is missing: ${reasonOf(error)}`, 'unknown', error);
    removeKeyFiles(keys);
    throw refused(reasonOf(error), 'failed', error);
  }
}

/**
 * Gives the device at the other end of the stream what the file says of it. The stream stays open.
 * @param {import('node:stream').Duplex} duplex  a serial line
 * @param {string} name  the device file
 * @param {ProvisionOptions} [options]
 * @returns {Promise<Provisioned>} rejects with a CountersignError: `not-sent` where nothing was changed,
 *   `failed` where the device is left unprovisioned, `unknown` where the last reply is missing
 */
export async function provision(duplex, name, options = {}) {
  const file = readDeviceFile(name, 'cable');
  const keys = planKeys(file, options.slot);
  const line = new ProvisionLine(duplex, options.signal);
  try {
    await run(line, file, keys, options);
    const added = missingKeyLine(file, keys);
    let missing = null;
    if (added) {
      try {
        addLine(file, added);
      } catch {
        missing = added;
      }
    }
    const told = keys.map(({ slot, name: keyName, fingerprint, file: keyFile, isNew }) =>
      ({ slot, name: keyName, fingerprint, file: keyFile, isNew }));
    const hasAdmin = keys.some(({ rights }) => rights >= 0x80000000);
    return { keys: told, added: missing ? null : added, missing, hasAdmin };
  } finally {
    wipe(...keys.map(({ key }) => key));
    line.release();
  }
}
