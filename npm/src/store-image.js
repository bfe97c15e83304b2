// SPDX-License-Identifier: MIT
// store-image.js: the bytes of a store (docs/store.md).
import { fourBytes } from './bytes.js';

const HELD = 0x3c;
const EMPTY = 0xc3;
const MAGIC = Buffer.from([0x63, 0x73, 0x53, 0x01]);
const FIRST_RECORD = 8;
const RECORD = 40;
const IDENTITY = 81;
export const COUNTER_SLOTS = 4;

/**
 * Where things are, with n key slots.
 * @param {number} slots
 */
export function layout(slots) {
  const identity = FIRST_RECORD + RECORD * (1 + slots);
  const counter = identity + IDENTITY;
  return { identity, counter, length: counter + 8 * COUNTER_SLOTS };
}

/** @param {number} slot */
export function slotAt(slot) {
  return FIRST_RECORD + RECORD * (1 + slot);
}

/**
 * CRC-16 with the polynomial 11021, started with ffff minus the record's number.
 * @param {Uint8Array} bytes
 * @param {number} record
 */
function check(bytes, record) {
  let crc = 0xffff - record;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}

/**
 * A record that is held: marks, body, check.
 * @param {number} record
 * @param {Uint8Array} body
 */
export function heldRecord(record, body) {
  const bytes = Buffer.alloc(body.length + 4);
  bytes.fill(HELD, 0, 2);
  bytes.set(body, 2);
  bytes.writeUInt16BE(check(body, record), body.length + 2);
  return bytes;
}

export function emptyRecord() {
  return Buffer.alloc(RECORD, 0xff).fill(EMPTY, 0, 2);
}

/**
 * @param {Uint8Array} key  32 bytes at most
 * @param {number} rights
 */
export function keyBody(key, rights) {
  const body = Buffer.alloc(36);
  body.set(key);
  body.set(fourBytes(rights), 32);
  return body;
}

/**
 * @param {Uint8Array} setup  8 bytes
 * @param {Uint8Array} id
 */
function identityBody(setup, id) {
  const body = Buffer.alloc(77);
  body.set(setup);
  body[8] = id.length;
  body.set(id, 9);
  return body;
}

/**
 * @typedef {object} Content
 * @property {Uint8Array} secret  32 bytes
 * @property {Uint8Array} setup  8 bytes
 * @property {Uint8Array} id
 * @property {{ key: Uint8Array, rights: number }[]} keys  from slot 0 on
 */

/**
 * A store as provisioning leaves it.
 * @param {number} slots
 * @param {Content} content
 * @returns {Buffer}
 */
export function newImage(slots, { secret, setup, id, keys }) {
  const { identity, counter, length } = layout(slots);
  const image = Buffer.alloc(length);
  image.fill(HELD, 0, 2);
  image.set(MAGIC, 2);
  image.set([slots, COUNTER_SLOTS], 6);
  const secretBody = Buffer.alloc(36);
  secretBody.set(secret);
  image.set(heldRecord(1, secretBody), FIRST_RECORD);
  for (let slot = 0; slot < slots; slot++) {
    const held = keys[slot];
    const record = held ? heldRecord(2 + slot, keyBody(held.key, held.rights)) : emptyRecord();
    image.set(record, slotAt(slot));
  }
  image.set(heldRecord(2 + slots, identityBody(setup, id)), identity);
  for (let at = counter; at < length; at += 8) image.set(counterCell(0), at);
  return image;
}

/** @param {number} value */
export function counterCell(value) {
  return Buffer.concat([fourBytes(value), fourBytes(~value)]);
}

/**
 * The values of the counter; null: not valid.
 * @param {Buffer} image
 * @param {number} slots
 * @returns {(number | null)[]}
 */
export function counterValues(image, slots) {
  const { counter } = layout(slots);
  return Array.from({ length: COUNTER_SLOTS }, (_none, at) => {
    const value = image.readUInt32BE(counter + 8 * at);
    const isValid = image.readUInt32BE(counter + 8 * at + 4) === (~value >>> 0);
    return isValid && value !== 0xffffffff ? value : null;
  });
}

/**
 * @param {Buffer} bytes  of a record
 * @param {number} record
 * @returns {'held' | 'empty' | 'broken'}
 */
export function recordState(bytes, record) {
  const isEmpty = [bytes[0] === EMPTY, bytes[1] === EMPTY];
  if (isEmpty[0] && isEmpty[1]) return 'empty';
  const body = bytes.subarray(2, bytes.length - 2);
  if (check(body, record) === bytes.readUInt16BE(bytes.length - 2)) return 'held';
  return isEmpty[0] || isEmpty[1] ? 'empty' : 'broken';
}

/**
 * @param {Buffer} image
 * @param {number} slots
 */
export function recordsOf(image, slots) {
  const { identity } = layout(slots);
  return {
    secret: image.subarray(FIRST_RECORD, FIRST_RECORD + RECORD),
    keys: Array.from({ length: slots }, (_none, slot) => image.subarray(slotAt(slot), slotAt(slot) + RECORD)),
    identity: image.subarray(identity, identity + IDENTITY),
  };
}

/**
 * @param {Buffer} image
 * @returns {'erased' | 'foreign' | 'begun' | 'damaged' | 'ready'}
 */
export function imageState(image) {
  const rest = image.subarray(8);
  if (rest.every((byte) => byte === 0xff) || rest.every((byte) => byte === 0)) return 'erased';
  const slots = image[6];
  const isOurs = image.subarray(2, 6).equals(MAGIC) && image[7] === COUNTER_SLOTS;
  if (!isOurs || image.length !== layout(slots).length) return 'foreign';
  const isEmpty = [image[0] === EMPTY, image[1] === EMPTY];
  if (isEmpty[0] && isEmpty[1]) return 'begun';
  if (isWhole(image, slots)) return 'ready';
  return isEmpty[0] || isEmpty[1] ? 'begun' : 'damaged';
}

/**
 * @param {Buffer} image
 * @param {number} slots
 */
function isWhole(image, slots) {
  const { secret, keys, identity } = recordsOf(image, slots);
  const values = counterValues(image, slots).filter((value) => value !== null);
  return recordState(secret, 1) === 'held' && recordState(identity, 2 + slots) === 'held'
    && keys.every((bytes, slot) => recordState(bytes, 2 + slot) !== 'broken')
    && values.length > 0 && Math.max(.../** @type {number[]} */ (values)) < 0xfffffffe;
}
