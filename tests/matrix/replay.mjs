// SPDX-License-Identifier: MIT
// replay.mjs: an attacker who has recorded a conversation and plays the client's part of it again.
import { setTimeout as delay } from 'node:timers/promises';

/** On a line, where nobody hangs up: how long no byte has to come. */
const SILENT = 600;
const PATIENCE = 3000;
/** A challenge of one byte comes again, and then the old request is a good one. */
const TRIES = 20;

async function until(holds, ms = PATIENCE) {
  for (let left = ms; left > 0 && !holds(); left -= 5) await delay(5);
  return holds();
}

/** The wake, again where a line's device has not taken it, and the challenge. */
async function wake(attacker, recorded, { challenge }, isLine) {
  for (let tries = 0; tries < (isLine ? 3 : 1); tries++) {
    attacker.write(recorded.wake);
    if (await until(() => attacker.heard.length >= challenge, isLine ? 1000 : PATIENCE)) {
      return attacker.heard.subarray(0, challenge);
    }
    if (isLine) await delay(800);
  }
  throw new Error('the attacker got no challenge');
}

/** Whether the device said nothing to it, and on a connection hung up. */
async function isRefused(attacker, { challenge }, isLine) {
  await until(() => attacker.isOver || attacker.heard.length > challenge, isLine ? SILENT : PATIENCE);
  return attacker.heard.length === challenge && (isLine || attacker.isOver);
}

/**
 * @param {{ attacker: () => Promise<any>, isLine: boolean }} link
 * @param {{ wake: Buffer, challenge: Buffer, request: Buffer }} recorded
 * @param {{ challenge: number }} setting
 */
export async function replay(link, recorded, setting) {
  for (let tries = 0; tries < TRIES; tries++) {
    const attacker = await link.attacker();
    const challenge = await wake(attacker, recorded, setting, link.isLine);
    const isNew = !challenge.equals(recorded.challenge);
    if (isNew) attacker.write(recorded.request);
    const isSilent = !isNew || await isRefused(attacker, setting, link.isLine);
    attacker.close();
    if (isNew) return isSilent;
  }
  throw new Error('the device gives the same challenge each time');
}
