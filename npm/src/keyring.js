// SPDX-License-Identifier: MIT
// keyring.js: the keys that a device holds, in slots, with their rights (protocol.md, sections 4.8 to
// 4.11 and 5.5).
import { same, wipe } from './bytes.js';
import { blockKey } from './hmac.js';
import { deriveKey } from './sealed.js';
import { checkKey } from './settings.js';

export const ADMIN = 0x80000000;
export const ALL_ROWS = 0x7fffffff;

/**
 * @param {number} rights
 * @param {number} row
 */
export function mayRun(rights, row) {
  return row <= 30 ? (rights & (1 << row)) !== 0 : (rights & ALL_ROWS) === ALL_ROWS;
}

/** A key in a slot. Nothing of it is enumerable, so that no log shows it. */
class HeldKey {
  /** @type {Buffer} */
  #block;
  /** @type {Buffer} */
  #working;

  /**
   * @param {import('./settings.js').Settings} settings
   * @param {number} slot
   * @param {string} name
   * @param {number} rights
   * @param {Uint8Array} key
   */
  constructor(settings, slot, name, rights, key) {
    this.slot = slot;
    this.name = name;
    this.rights = rights >>> 0;
    this.#block = blockKey(settings.hash, key);
    this.#working = settings.profile === 'sealed' ? deriveKey(settings, key) : Buffer.from(key);
    /** First 8 bytes of the tag of what was executed last. @type {Buffer | null} */
    this.last = null;
    this.isDropped = false;
  }

  /** K' in sealed, K in classic: borrowed, never to be changed. */
  get working() {
    return this.#working;
  }

  get isAdmin() {
    return (this.rights & ADMIN) !== 0;
  }

  /** @param {Uint8Array} block */
  equals(block) {
    return same(this.#block, block);
  }

  wipe() {
    this.isDropped = true;
    wipe(this.#block, this.#working, this.last);
  }
}

/** @typedef {InstanceType<typeof HeldKey>} Key */

/**
 * Where changes are kept: resolves when the change was stored and read back.
 * @typedef {object} KeyStore
 * @property {(slot: number, rights: number, key: Uint8Array) => Promise<void>} set
 * @property {(slot: number) => Promise<void>} drop
 */

export class Keyring {
  /** @type {(Key | null)[]} */
  #slots;
  /** @type {Key[]} */
  #dropped = [];
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /**
   * @param {import('./settings.js').Settings} settings
   * @param {{ slots?: number, store?: KeyStore | null }} [options]
   *        without a store the keys stay as they are
   */
  constructor(settings, { slots = 254, store = null } = {}) {
    this.settings = settings;
    this.store = store;
    this.#slots = new Array(slots).fill(null);
  }

  /** Whether F1 and F2 are offered. */
  get isChangeable() {
    return this.store !== null && this.settings.payload >= 38;
  }

  /** The held keys, by slot. */
  get keys() {
    return /** @type {Key[]} */ (this.#slots.filter((key) => key !== null));
  }

  /**
   * Puts a key in at the start.
   * @param {number} slot
   * @param {string} name
   * @param {number} rights
   * @param {Uint8Array} key
   */
  hold(slot, name, rights, key) {
    checkKey(this.settings, key);
    if (!(slot >= 0 && slot < this.#slots.length) || this.#slots[slot]) {
      throw new RangeError('there is no such empty slot');
    }
    if (this.#holds(key)) throw new RangeError(`the key ${name} is equal to another`);
    this.#slots[slot] = new HeldKey(this.settings, slot, name, rights, key);
  }

  /** @param {Uint8Array} key */
  #holds(key) {
    const block = blockKey(this.settings.hash, key);
    const isHeld = this.keys.map((held) => held.equals(block)).includes(true);
    wipe(block);
    return isHeld;
  }

  /**
   * F1. The status of section 4.9.
   * @param {Uint8Array} args
   * @returns {Promise<number>}
   */
  set(args) {
    return this.#inTurn(async () => {
      if (args.length !== 37 || args[0] >= this.#slots.length) return 0x02;
      const slot = args[0];
      const rights = Buffer.from(args.subarray(1, 5)).readUInt32BE();
      const key = args.subarray(5);
      if (this.#slots[slot] || this.#holds(key)) return 0x04;
      await /** @type {KeyStore} */ (this.store).set(slot, rights, key);
      this.#slots[slot] = new HeldKey(this.settings, slot, `slot-${slot}`, rights, key);
      return 0x00;
    });
  }

  /**
   * F2. The status of section 4.9.
   * @param {Uint8Array} args
   * @returns {Promise<number>}
   */
  drop(args) {
    return this.#inTurn(async () => {
      if (args.length !== 1 || args[0] >= this.#slots.length) return 0x02;
      const key = this.#slots[args[0]];
      if (!key) return 0x04;
      if (key.isAdmin && this.keys.filter((held) => held.isAdmin).length === 1) return 0x04;
      await /** @type {KeyStore} */ (this.store).drop(key.slot);
      this.#slots[key.slot] = null;
      // The reply is still made under it; whoever uses it wipes it afterwards.
      key.isDropped = true;
      this.#dropped.push(key);
      return 0x00;
    });
  }

  /**
   * Wipes keys that were dropped.
   * @param {Key | null} [used]  one that a reply is still made under
   */
  wipeDropped(used = null) {
    for (const key of this.#dropped) if (key !== used) key.wipe();
    this.#dropped = this.#dropped.filter((key) => key === used);
  }

  /** Wipes all keys. */
  wipe() {
    this.wipeDropped();
    for (const key of this.keys) key.wipe();
    this.#slots.fill(null);
  }

  /**
   * One change at a time; a store that does not take it means 04.
   * @param {() => Promise<number>} change
   */
  #inTurn(change) {
    const result = this.#turn.then(change).catch(() => 0x04);
    this.#turn = result;
    return result;
  }
}
