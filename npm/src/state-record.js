// SPDX-License-Identifier: MIT
// state-record.js: what a state file says of the last request (docs/state-file.md).

export const RECORD_LENGTH = 168;
const CHECKED = 160;
const NAME_LENGTH = 48;

/**
 * @typedef {object} StateRecord
 * @property {bigint} generation
 * @property {'none' | 'first' | 'further'} doubt  whether the last request's outcome is unknown
 * @property {boolean} isProven  whether `provenTag` and `provenName` mean something
 * @property {number} window  ms after which the request can no longer run
 * @property {bigint} bootTime  ms since the machine started, when the request was noted
 * @property {bigint} time  ms since 1970
 * @property {Buffer} bootId  16 bytes: which start of the machine
 * @property {Buffer} tag  first 8 bytes of the request's tag
 * @property {Buffer} provenTag  of the request that was last proven to have been executed
 * @property {string} name
 * @property {string} provenName
 */

/**
 * FNV-1a of 64 bits: tells a torn record, not an attacker.
 * @param {Uint8Array} bytes
 * @returns {{ high: number, low: number }}
 */
export function fnv1a(bytes) {
  // The prime is 2^40 + 1b3 (hex); halves of 32 bits, since BigInt is slow for a whole ring.
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    const product = low * 0x1b3;
    const carry = Math.floor(product / 2 ** 32);
    high = (Math.imul(high, 0x1b3) + carry + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return { high, low };
}

/** @param {Buffer} bytes */
function addCheck(bytes) {
  const { high, low } = fnv1a(bytes.subarray(0, CHECKED));
  bytes.writeUInt32BE(high, CHECKED);
  bytes.writeUInt32BE(low, CHECKED + 4);
  return bytes;
}

const DOUBTS = /** @type {const} */ (['none', 'first', 'further']);

/**
 * @param {Buffer} bytes
 * @param {number} at
 */
function nameAt(bytes, at) {
  const field = bytes.subarray(at, at + NAME_LENGTH);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? NAME_LENGTH : end);
}

/**
 * @param {Buffer} bytes  168
 * @returns {StateRecord | null}  null: not valid
 */
export function readRecord(bytes) {
  if (bytes.length < RECORD_LENGTH) return null;
  const { high, low } = fnv1a(bytes.subarray(0, CHECKED));
  if (high !== bytes.readUInt32BE(CHECKED) || low !== bytes.readUInt32BE(CHECKED + 4)) return null;
  const doubt = DOUBTS[bytes[8]];
  if (doubt === undefined) return null;
  return {
    generation: bytes.readBigUInt64BE(0),
    doubt,
    isProven: bytes[9] === 1,
    window: bytes.readUInt32BE(12),
    bootTime: bytes.readBigUInt64BE(16),
    time: bytes.readBigUInt64BE(24),
    bootId: Buffer.from(bytes.subarray(32, 48)),
    tag: Buffer.from(bytes.subarray(48, 56)),
    provenTag: Buffer.from(bytes.subarray(56, 64)),
    name: nameAt(bytes, 64),
    provenName: nameAt(bytes, 112),
  };
}

/**
 * @param {StateRecord} record
 * @returns {Buffer}
 */
export function writeRecord(record) {
  const bytes = Buffer.alloc(RECORD_LENGTH);
  bytes.writeBigUInt64BE(record.generation, 0);
  bytes[8] = DOUBTS.indexOf(record.doubt);
  bytes[9] = record.isProven ? 1 : 0;
  bytes.writeUInt32BE(record.window, 12);
  bytes.writeBigUInt64BE(record.bootTime, 16);
  bytes.writeBigUInt64BE(record.time, 24);
  bytes.set(record.bootId, 32);
  bytes.set(record.tag, 48);
  bytes.set(record.provenTag, 56);
  bytes.write(record.name.slice(0, NAME_LENGTH), 64, 'latin1');
  bytes.write(record.provenName.slice(0, NAME_LENGTH), 112, 'latin1');
  return addCheck(bytes);
}


/** The first record of a new file. */
export function firstRecord() {
  const bytes = Buffer.alloc(RECORD_LENGTH);
  bytes.writeBigUInt64BE(1n, 0);
  return addCheck(bytes);
}

