// SPDX-License-Identifier: MIT
// provision-frame.js: frames of the provisioning line (protocol.md, sections 12.1 to 12.4).
import { fourBytes, oneByte } from './bytes.js';
import { hashes } from './hash.js';
import { hmac } from './hmac.js';

export const START = 0xc5;
export const REPLY_BIT = 0x80;
const LONGEST_REPLY = 65;
const PROOF_DOMAIN = oneByte(0x16);

export const kinds = Object.freeze({
  hello: 0x11, begin: 0x12, id: 0x13, u: 0x14, key: 0x15, prove: 0x16, commit: 0x17, abort: 0x18,
});

/**
 * CRC-16/IBM-3740.
 * @param {Uint8Array} bytes
 */
export function check(bytes) {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}

/**
 * @param {number} sequence
 * @param {number} kind
 * @param {Uint8Array} body
 */
export function frame(sequence, kind, body) {
  const bytes = Buffer.alloc(4 + body.length + 2);
  bytes.set([START, body.length, sequence, kind]);
  bytes.set(body, 4);
  bytes.writeUInt16BE(check(bytes.subarray(1, 4 + body.length)), 4 + body.length);
  return bytes;
}

/**
 * @typedef {object} Frame
 * @property {number} sequence
 * @property {number} kind
 * @property {Buffer} body
 */

/** Finds frames among whatever else comes over the line. */
export class FrameReader {
  #bytes = Buffer.alloc(0);

  /**
   * @param {Uint8Array} bytes
   * @returns {Frame[]} those that became whole
   */
  take(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const frames = [];
    for (let found = this.#next(); found !== null; found = this.#next()) frames.push(found);
    return frames;
  }

  /** @returns {Frame | null} */
  #next() {
    for (;;) {
      const at = this.#bytes.indexOf(START);
      this.#bytes = at < 0 ? Buffer.alloc(0) : this.#bytes.subarray(at);
      if (this.#bytes.length < 2) return null;
      const length = this.#bytes[1];
      const end = 4 + length + 2;
      if (length <= LONGEST_REPLY) {
        if (this.#bytes.length < end) return null;
        if (check(this.#bytes.subarray(1, end)) === 0) {
          const [, , sequence, kind] = this.#bytes;
          const body = Buffer.from(this.#bytes.subarray(4, end - 2));
          this.#bytes = this.#bytes.subarray(end);
          return { sequence, kind, body };
        }
      }
      this.#bytes = this.#bytes.subarray(1);
    }
  }
}

/**
 * What a device proves that it holds.
 * @param {import('./hash.js').Hash} hash
 * @param {Uint8Array} key
 * @param {Uint8Array} nonce  16 bytes
 * @param {number} slot
 * @param {number} rights
 */
export function proof(hash, key, nonce, slot, rights) {
  return hmac(hash, key, PROOF_DOMAIN, nonce, oneByte(slot), fourBytes(rights));
}

/**
 * @typedef {object} Hello
 * @property {number} version
 * @property {number} state
 * @property {boolean} isGranted
 * @property {import('./hash.js').Hash | null} hash
 * @property {'sealed' | 'classic'} profile
 * @property {number} wake
 * @property {number} challenge
 * @property {number} tag
 * @property {number} payload
 * @property {number} slots
 * @property {number} idLength  the longest that it stores
 * @property {number} bodyLength  the longest that it takes
 */

/**
 * Reads the body of a reply to hello.
 * @param {Uint8Array} body
 * @returns {Hello | null}
 */
export function readHello(body) {
  if (body.length < 14 || body[0] !== 0) return null;
  const hash = Object.values(hashes).find((candidate) =>
    (candidate.number ?? 0) === body[4] && candidate.length === body[5]) ?? null;
  return {
    version: body[1],
    state: body[2],
    isGranted: (body[3] & 1) === 1,
    hash,
    profile: body[6] === 1 ? 'sealed' : 'classic',
    wake: body[7],
    challenge: body[8],
    tag: body[9],
    payload: body[10],
    slots: body[11],
    idLength: body[12],
    bodyLength: body[13],
  };
}
