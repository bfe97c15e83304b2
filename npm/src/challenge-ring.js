// SPDX-License-Identifier: MIT
// challenge-ring.js: the classic challenges that a client was given (docs/state-file.md).
import { createHash } from 'node:crypto';

import { fnv1a } from './state-record.js';

/** Where the ring begins in a state file. */
export const RING_START = 4096;
export const RING_MAX = 100000;
const ENTRY = 16;

/** Below 8 bytes chance alone repeats a challenge. */
export const REMEMBERED_FROM = 8;

/** @param {Uint8Array} bytes  12 */
function check(bytes) {
  return fnv1a(bytes).high;
}

/** @param {Uint8Array} challenge */
function digest(challenge) {
  return createHash('sha256').update(challenge).digest().subarray(0, 8);
}

/**
 * Looks a challenge up, and says where it has to be written. An entry that does not check was cut
 * while it was written and is passed over.
 * @param {Buffer} ring  all of it
 * @param {Uint8Array} challenge
 * @returns {{ isKnown: boolean, offset: number, entry: Buffer }}
 */
export function lookUp(ring, challenge) {
  const wanted = digest(challenge);
  let isKnown = false;
  let newest = 0;
  for (let at = 0; at + ENTRY <= ring.length; at += ENTRY) {
    const entry = ring.subarray(at, at + ENTRY);
    if (check(entry.subarray(0, 12)) !== entry.readUInt32BE(12)) continue;
    newest = Math.max(newest, entry.readUInt32BE(8));
    if (entry.subarray(0, 8).equals(wanted)) isKnown = true;
  }
  const entry = Buffer.alloc(ENTRY);
  entry.set(wanted);
  entry.writeUInt32BE(newest + 1, 8);
  entry.writeUInt32BE(check(entry.subarray(0, 12)), 12);
  return { isKnown, offset: (newest % RING_MAX) * ENTRY, entry };
}
