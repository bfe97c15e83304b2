// SPDX-License-Identifier: MIT
// client-machine.js: the client's half of one connection, without I/O and time.
//
//     state      call or event          next
//     idle       wake(fresh)            challenge
//     challenge  C bytes taken          ready
//     ready      request(code)          reply, or over: a classic device that does not answer
//     reply      valid reply taken      ready (sealed), over (classic)
//     reply      invalid reply taken    broken
//     any        end()                  over
//
// What is taken in another state is left to the caller.
import { oneByte, same, wipe } from './bytes.js';
import { classicValue } from './classic.js';
import { MessageBuffer } from './message-buffer.js';
import { crypt, deriveKey, replyTag, requestTag } from './sealed.js';
import { checkKey } from './settings.js';

/**
 * @typedef {object} Named
 * @property {string} name
 * @property {Buffer} code
 *
 * @typedef {object} Reply
 * @property {number | null} status  sealed: the status; classic: null
 * @property {Buffer} data  sealed: what follows the status
 * @property {string | null} answer  classic: the answer's name
 *
 * @typedef {'idle' | 'challenge' | 'ready' | 'reply' | 'over' | 'broken'} ClientState
 */

export class ClientMachine {
  /** @type {import('./settings.js').Settings} */
  #settings;
  /** K' in sealed, K in classic. @type {Buffer} */
  #key;
  /** @type {readonly Named[]} */
  #answers;
  #in = new MessageBuffer();
  /** N of sealed. @type {Buffer} */
  #nonce = Buffer.alloc(0);
  /** @type {import('./sealed.js').Bound} */
  #bound = { isFirst: true, bytes: Buffer.alloc(0) };
  /** The whole tag of the request under way. @type {Buffer} */
  #tag = Buffer.alloc(0);
  #requestLength = 0;
  /** @type {ClientState} */
  #state = 'idle';
  /** @type {Reply | null} */
  #reply = null;
  /** @type {string | null} */
  #reason = null;

  /**
   * @param {import('./settings.js').Settings} settings
   * @param {Uint8Array} key
   * @param {readonly Named[]} [answers]  classic: those the device may give; none: it does not answer
   */
  constructor(settings, key, answers = []) {
    checkKey(settings, key);
    this.#settings = settings;
    this.#key = settings.profile === 'sealed' ? deriveKey(settings, key) : Buffer.from(key);
    this.#answers = answers;
  }

  get state() {
    return this.#state;
  }

  /** Why the state is broken. */
  get reason() {
    return this.#reason;
  }

  /** The last reply, valid when the state became ready or over after a request. */
  get reply() {
    return this.#reply;
  }

  /** The challenge, once it has come. */
  get challenge() {
    return this.#bound.bytes.subarray(this.#nonce.length);
  }

  /**
   * The wake packet. On a link without connections it may be called again while no challenge
   * has come.
   * @param {Uint8Array} fresh  W bytes; sealed: never used before under this key
   * @returns {Buffer}
   */
  wake(fresh) {
    this.#expect('idle', 'challenge');
    if (fresh.length !== this.#settings.wake) throw new RangeError('the wake has W bytes');
    if (this.#settings.profile === 'sealed') this.#nonce = Buffer.from(fresh);
    this.#in.clear();
    this.#in.want(this.#settings.challenge);
    this.#state = 'challenge';
    return Buffer.from(fresh);
  }

  /**
   * Takes bytes of the device, up to the end of a message.
   * @param {Uint8Array} bytes
   * @returns {number} how many
   */
  take(bytes) {
    let used = 0;
    while (used < bytes.length && (this.#state === 'challenge' || this.#state === 'reply')) {
      used += this.#in.add(bytes.subarray(used));
      if (this.#in.isWhole) this.#whole();
    }
    return used;
  }

  /** Whether a message has begun and is not whole. */
  get isInside() {
    return (this.#state === 'challenge' || this.#state === 'reply') && this.#in.have > 0;
  }

  /**
   * The request. It is made once: a second call needs a reply first.
   * @param {Uint8Array} code
   * @param {Uint8Array} [args]  sealed only
   * @returns {{ message: Buffer, tag: Buffer }} what to send, and its whole tag
   */
  request(code, args = Buffer.alloc(0)) {
    this.#expect('ready');
    this.#reply = null;
    return this.#settings.profile === 'sealed' ? this.#seal(code, args) : this.#value(code);
  }

  /** Ends the conversation and wipes what it held. */
  end() {
    if (this.#state !== 'broken') this.#state = 'over';
    this.#wipe();
  }

  /**
   * @param {Uint8Array} code
   * @param {Uint8Array} args
   */
  #seal(code, args) {
    const { hash, tag: sent, payload } = this.#settings;
    if (code.length !== 1 || code.length + args.length > payload) {
      throw new RangeError(`a code has 1 byte, and arguments ${payload - 1} at most`);
    }
    const body = Buffer.concat([code, args]);
    crypt(hash, this.#key, this.#bound, body, 0);
    const tag = requestTag(hash, this.#key, this.#bound, body);
    this.#requestLength = body.length;
    this.#tag = tag;
    this.#awaitReply(1);
    return {
      message: Buffer.concat([oneByte(body.length), body, tag.subarray(0, sent)]),
      tag: Buffer.from(tag),
    };
  }

  /** @param {Uint8Array} code */
  #value(code) {
    this.#tag = classicValue(this.#settings.hash, this.#key, this.challenge, code);
    if (this.#answers.length > 0) this.#awaitReply(this.#settings.hash.length);
    else this.#state = 'over';
    return { message: Buffer.from(this.#tag), tag: Buffer.from(this.#tag) };
  }

  /** @param {number} need */
  #awaitReply(need) {
    this.#in.clear();
    this.#in.want(need);
    this.#state = 'reply';
  }

  #whole() {
    if (this.#state === 'challenge') {
      const isSealed = this.#settings.profile === 'sealed';
      const bytes = Buffer.concat([this.#nonce, this.#in.bytes]);
      this.#bound = { isFirst: isSealed, bytes };
      this.#in.clear();
      this.#state = 'ready';
    } else if (this.#settings.profile === 'sealed') {
      this.#sealedReply();
    } else {
      this.#classicReply();
    }
  }

  #sealedReply() {
    const { hash, tag: sent } = this.#settings;
    const length = this.#in.bytes[0];
    if (length === 0) return this.#break('bad-reply');
    if (this.#in.have === 1) return this.#in.want(1 + length + sent);

    const body = Buffer.from(this.#in.bytes.subarray(1, 1 + length));
    const tag = replyTag(hash, this.#key, this.#tag, body);
    if (!same(tag.subarray(0, sent), this.#in.bytes.subarray(1 + length))) {
      return this.#break('wrong-tag');
    }
    crypt(hash, this.#key, this.#bound, body, this.#requestLength);
    this.#reply = { status: body[0], data: body.subarray(1), answer: null };
    wipe(this.#bound.bytes, this.#tag);
    this.#bound = { isFirst: false, bytes: tag };
    this.#in.clear();
    this.#state = 'ready';
  }

  #classicReply() {
    const bytes = this.#in.bytes;
    // A false device can send the request back as the answer that equals its code.
    if (same(bytes, this.#tag)) return this.#break('own-request');
    let found = -1;
    this.#answers.forEach(({ code }, row) => {
      const value = classicValue(this.#settings.hash, this.#key, this.challenge, code);
      if (same(value, bytes)) found = row;
      wipe(value);
    });
    if (found < 0) return this.#break('wrong-tag');
    this.#reply = { status: null, data: Buffer.alloc(0), answer: this.#answers[found].name };
    this.#state = 'over';
    this.#wipe();
  }

  /** @param {string} reason */
  #break(reason) {
    this.#reason = reason;
    this.#state = 'broken';
    this.#wipe();
  }

  #wipe() {
    this.#in.clear();
    wipe(this.#key, this.#nonce, this.#bound.bytes, this.#tag);
  }

  /** @param {...ClientState} states */
  #expect(...states) {
    if (!states.includes(this.#state)) {
      throw new Error(`the client is ${this.#state}, not ${states.join(' or ')}`);
    }
  }
}
