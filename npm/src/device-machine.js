// SPDX-License-Identifier: MIT
// device-machine.js: the device's half of one connection, without I/O and time.
//
//     wants      call or event               next
//     wake       W bytes taken (W = 0: none)  challenge
//     challenge  challenge(R)                send
//     send       sent()                      request, or close
//     request    whole, matches              run
//     request    malformed, or no match      close
//     run        reply(...)                  send; close: classic without an answer
//     any        close(reason)               close
//
// Key changes (F1, F2) and `last` (F0) want no run: they are `own` and settled by settle().
import { oneByte, same, wipe } from './bytes.js';
import { classicValue } from './classic.js';
import { mayRun } from './keyring.js';
import { MessageBuffer } from './message-buffer.js';
import { DROP_KEY, LAST, SET_KEY, crypt, replyTag, requestTag } from './sealed.js';

/**
 * @typedef {object} DeviceTable
 * @property {import('./settings.js').Settings} settings
 * @property {import('./keyring.js').Keyring} keyring
 * @property {readonly import('./client-machine.js').Named[]} commands
 * @property {readonly import('./client-machine.js').Named[]} [answers]  classic
 *
 * @typedef {object} Command
 * @property {number} row
 * @property {string} name
 * @property {Buffer} args
 *
 * @typedef {'wake' | 'challenge' | 'send' | 'request' | 'run' | 'settle' | 'close'} DeviceWants
 */

export class DeviceMachine {
  /** @type {DeviceTable} */
  #device;
  #in = new MessageBuffer();
  /** @type {DeviceWants} */
  #wants = 'wake';
  /** @type {Buffer} */
  #nonce = Buffer.alloc(0);
  /** @type {import('./sealed.js').Bound} */
  #bound = { isFirst: true, bytes: Buffer.alloc(0) };
  /** @type {import('./keyring.js').Key | null} */
  #key = null;
  /** @type {Buffer} */
  #tag = Buffer.alloc(0);
  #requestLength = 0;
  #code = 0;
  /** The status that settles a request which is not run. @type {number | null} */
  #refusal = null;
  /** @type {Command | null} */
  #command = null;
  /** @type {Buffer} */
  #out = Buffer.alloc(0);
  #afterSend = /** @type {DeviceWants} */ ('request');
  /** @type {string | null} */
  #reason = null;

  /** @param {DeviceTable} device */
  constructor(device) {
    this.#device = device;
    this.#in.want(device.settings.wake);
    if (device.settings.wake === 0) this.#wants = 'challenge';
  }

  get wants() {
    return this.#wants;
  }

  /** Why it wants to close. */
  get reason() {
    return this.#reason;
  }

  /** What to run, with the key's slot and name. */
  get command() {
    return this.#command;
  }

  /** The key that the first accepted request fixed. */
  get key() {
    return this.#key;
  }

  /** What to send while it wants that. */
  get out() {
    return this.#out;
  }

  /** Whether a message has begun and is not whole. */
  get isInside() {
    return (this.#wants === 'wake' || this.#wants === 'request') && this.#in.have > 0;
  }

  /** Whether it waits for a further request. */
  get isFurther() {
    return this.#wants === 'request' && this.#key !== null;
  }

  /**
   * Takes bytes of the client, up to the end of a message.
   * @param {Uint8Array} bytes
   * @returns {number} how many
   */
  take(bytes) {
    let used = 0;
    while (used < bytes.length && (this.#wants === 'wake' || this.#wants === 'request')) {
      used += this.#in.add(bytes.subarray(used));
      if (this.#in.isWhole) this.#whole();
    }
    return used;
  }

  /** @param {Uint8Array} fresh  C bytes, never used before */
  challenge(fresh) {
    this.#expect('challenge');
    if (fresh.length !== this.#device.settings.challenge) {
      throw new RangeError('a challenge has C bytes');
    }
    const isSealed = this.#isSealed;
    this.#bound = { isFirst: isSealed, bytes: Buffer.concat([this.#nonce, fresh]) };
    this.#send(Buffer.from(fresh), 'request');
  }

  /** All of `out` has left. */
  sent() {
    this.#expect('send');
    // Not wiped: a stream may hold it still, and anybody on the wire has seen it.
    this.#out = Buffer.alloc(0);
    if (this.#key?.isDropped) return this.close('key-dropped');
    if (this.#afterSend === 'close') return this.close('done');
    this.#in.clear();
    this.#in.want(this.#isSealed ? 1 : this.#device.settings.hash.length);
    this.#wants = 'request';
  }

  /**
   * Settles what the protocol itself answers: F0, F1, F2, and refusals with a status.
   * @returns {Promise<void>} when the reply is ready to be sent
   */
  async settle() {
    this.#expect('settle');
    const args = /** @type {Command} */ (this.#command).args;
    const { keyring } = this.#device;
    const key = /** @type {import('./keyring.js').Key} */ (this.#key);
    if (this.#refusal !== null) {
      const status = this.#refusal;
      this.#refusal = null;
      this.#sealReply(status);
      return;
    }
    if (this.#code === LAST) {
      if (args.length > 0) this.#sealReply(0x02);
      else if (key.last) this.#sealReply(0x00, key.last);
      else this.#sealReply(0x05);
      return;
    }
    const status = await (this.#code === SET_KEY ? keyring.set(args) : keyring.drop(args));
    wipe(args);
    if (this.#wants === 'settle') this.#sealReply(status);
  }

  /**
   * The reply to a command that was run.
   * @param {number} status  sealed: 00 to ff
   * @param {Uint8Array} [data]  sealed: 0 to 254 bytes
   */
  reply(status, data = Buffer.alloc(0)) {
    this.#expect('run');
    if (!this.#isSealed) throw new Error('a classic device answers with answer()');
    this.#sealReply(status, data);
  }

  /**
   * The answer of a classic device.
   * @param {string | null} name  null: none
   */
  answer(name) {
    this.#expect('run');
    if (this.#isSealed) throw new Error('a sealed device answers with reply()');
    if (name === null) return this.close('done');
    const answer = this.#device.answers?.find((candidate) => candidate.name === name);
    if (!answer) throw new RangeError('there is no such answer');
    const { hash } = this.#device.settings;
    const key = /** @type {import('./keyring.js').Key} */ (this.#key);
    this.#send(classicValue(hash, key.working, this.#bound.bytes, answer.code), 'close');
  }

  /**
   * Ends the conversation and wipes what it held.
   * @param {string} reason
   */
  close(reason) {
    if (this.#wants === 'close') return;
    this.#reason = reason;
    this.#wants = 'close';
    this.#in.clear();
    this.#out = Buffer.alloc(0);
    wipe(this.#nonce, this.#bound.bytes, this.#tag, this.#command?.args);
    if (this.#key?.isDropped) this.#key.wipe();
  }

  get #isSealed() {
    return this.#device.settings.profile === 'sealed';
  }

  #whole() {
    if (this.#wants === 'wake') {
      if (this.#isSealed) this.#nonce = Buffer.from(this.#in.bytes);
      this.#in.clear();
      this.#wants = 'challenge';
    } else if (this.#isSealed) {
      this.#sealedRequest();
    } else {
      this.#classicRequest();
    }
  }

  #sealedRequest() {
    const { tag: sent, payload } = this.#device.settings;
    const length = this.#in.bytes[0];
    if (length === 0 || length > payload) return this.close('bad-length');
    if (this.#in.have === 1) return this.#in.want(1 + length + sent);

    const body = Buffer.from(this.#in.bytes.subarray(1, 1 + length));
    const received = this.#in.bytes.subarray(1 + length);
    if (!this.#findKey(body, received)) return this.close('wrong-tag');
    const key = /** @type {import('./keyring.js').Key} */ (this.#key);
    crypt(this.#device.settings.hash, key.working, this.#bound, body, 0);
    this.#requestLength = length;
    this.#in.clear();
    this.#admit(body, key);
  }

  /**
   * Tries every key, also after a match, or only the one that is fixed.
   * @param {Buffer} body
   * @param {Buffer} received
   */
  #findKey(body, received) {
    const { settings, keyring } = this.#device;
    const candidates = this.#key ? [this.#key] : keyring.keys;
    if (this.#key?.isDropped) return false;
    let found = -1;
    const tags = candidates.map((key, at) => {
      const tag = requestTag(settings.hash, key.working, this.#bound, body);
      if (same(tag.subarray(0, settings.tag), received)) found = at;
      return tag;
    });
    if (found < 0) {
      wipe(...tags);
      return false;
    }
    this.#key = candidates[found];
    wipe(this.#tag);
    this.#tag = Buffer.from(tags[found]);
    wipe(...tags);
    return true;
  }

  /**
   * The order of checks of section 4.9.
   * @param {Buffer} body
   * @param {import('./keyring.js').Key} key
   */
  #admit(body, key) {
    const code = body[0];
    const args = body.subarray(1);
    const row = this.#device.commands.findIndex((command) => command.code[0] === code);
    const isChange = code === SET_KEY || code === DROP_KEY;
    this.#code = code;

    if (code === LAST) {
      this.#command = { row: -1, name: 'last', args };
      this.#wants = 'settle';
    } else if (isChange && this.#device.keyring.isChangeable) {
      this.#command = { row: -1, name: code === SET_KEY ? 'set-key' : 'drop-key', args };
      if (!key.isAdmin) return this.#refuse(0x03);
      this.#note(key);
      this.#wants = 'settle';
    } else if (row < 0) {
      this.#command = { row: -1, name: '', args };
      this.#refuse(0x01);
    } else {
      this.#command = { row, name: this.#device.commands[row].name, args };
      if (!mayRun(key.rights, row)) return this.#refuse(0x03);
      this.#note(key);
      this.#wants = 'run';
    }
  }

  /** @param {import('./keyring.js').Key} key */
  #note(key) {
    key.last = Buffer.from(this.#tag.subarray(0, 8));
  }

  /** The status that the device answered the last request with, where it is known. */
  status = /** @type {number | null} */ (null);

  /** @param {number} status */
  #refuse(status) {
    this.#refusal = status;
    this.#wants = 'settle';
  }

  /**
   * @param {number} status
   * @param {Uint8Array} [data]
   */
  #sealReply(status, data = Buffer.alloc(0)) {
    if (!Number.isInteger(status) || status < 0 || status > 0xff || data.length > 254) {
      throw new RangeError('a status is 0 to 255, and data have 254 bytes at most');
    }
    const { hash, tag: sent } = this.#device.settings;
    const key = /** @type {import('./keyring.js').Key} */ (this.#key);
    const body = Buffer.concat([oneByte(status), data]);
    crypt(hash, key.working, this.#bound, body, this.#requestLength);
    const tag = replyTag(hash, key.working, this.#tag, body);
    wipe(this.#bound.bytes, this.#tag, this.#command?.args);
    this.#bound = { isFirst: false, bytes: tag };
    this.status = status;
    const message = Buffer.concat([oneByte(body.length), body, tag.subarray(0, sent)]);
    this.#send(message, 'request');
  }

  #classicRequest() {
    const { settings, keyring, commands } = this.#device;
    /** @type {{ key: import('./keyring.js').Key, row: number } | null} */
    let found = null;
    for (const key of keyring.keys) {
      commands.forEach(({ code }, row) => {
        const value = classicValue(settings.hash, key.working, this.#bound.bytes, code);
        // Without the right it is computed and compared like any other, and never matches.
        if (same(value, this.#in.bytes) && mayRun(key.rights, row)) found ??= { key, row };
        wipe(value);
      });
    }
    const match = /** @type {{ key: import('./keyring.js').Key, row: number } | null} */ (found);
    if (!match) return this.close('wrong-tag');
    this.#key = match.key;
    this.#in.clear();
    const { name } = commands[match.row];
    this.#command = { row: match.row, name, args: Buffer.alloc(0) };
    this.#wants = 'run';
  }

  /**
   * @param {Buffer} bytes
   * @param {DeviceWants} then
   */
  #send(bytes, then) {
    this.#out = bytes;
    this.#afterSend = then;
    this.#wants = 'send';
  }

  /** @param {DeviceWants} wants */
  #expect(wants) {
    if (this.#wants !== wants) throw new Error(`the device wants ${this.#wants}, not ${wants}`);
  }
}
