// SPDX-License-Identifier: MIT
// provision-device.js: a device at the other end of a cable (protocol.md, section 12), in memory. What it
// is, and how it misbehaves, is told to it.
import { Duplex } from 'node:stream';

import { hashes } from '../src/core.js';
import { blockKey } from '../src/hmac.js';
import { FrameReader, REPLY_BIT, frame, kinds, proof } from '../src/provision-frame.js';

const IS_RUN = new Set([kinds.id, kinds.u, kinds.key, kinds.prove, kinds.commit, kinds.abort]);

export class ProvisionDevice {
  keys = new Map();
  hasId = false;
  hasSecret = false;
  isOpen = false;
  last = { sequence: 0, kind: -1, status: 0 };
  hellos = 0;
  trick = (_kind, reply) => reply;

  constructor(settings, { slots = 4, state = 0, isGranted = false, bodyLength = 64, version = 1 } = {}) {
    Object.assign(this, { settings, slots, state, isGranted, bodyLength, version });
  }

  /** The reply to a frame, or null: none. */
  answer({ sequence, kind, body }) {
    if (kind === kinds.hello) return this.hello(sequence, body);
    const isRepeat = sequence === this.last.sequence && kind === this.last.kind;
    if (!isRepeat && sequence !== ((this.last.sequence + 1) & 0xff)) {
      return this.settle(sequence, kind, 0x02);
    }
    if (isRepeat && kind !== kinds.prove) return this.replyOf(sequence, kind, this.last.status);
    const [status, more] = this.act(kind, body);
    return this.settle(sequence, kind, status, more);
  }

  settle(sequence, kind, status, more) {
    this.last = { sequence, kind, status };
    if (status !== 0) this.isOpen = false;
    return this.replyOf(sequence, kind, status, more);
  }

  replyOf(sequence, kind, status, more = Buffer.alloc(0)) {
    return frame(sequence, kind | REPLY_BIT, Buffer.concat([Buffer.from([status]), more]));
  }

  hello(sequence) {
    const { settings: s } = this;
    this.hellos++;
    this.isOpen = false;
    this.last = { sequence, kind: kinds.hello, status: 0 };
    return this.replyOf(sequence, kinds.hello, 0, Buffer.from([
      this.version, this.state, this.isGranted ? 1 : 0, s.hash.number ?? 0, s.hash.length, s.profile === 'sealed' ? 1 : 0,
      s.wake, s.challenge, s.profile === 'sealed' ? s.tag : 16, s.profile === 'sealed' ? s.payload : 64, this.slots, 64, this.bodyLength,
    ]));
  }

  act(kind, body) {
    if (!Object.values(kinds).includes(kind)) return [0x01];
    if (kind === kinds.begin) return this.begin();
    if (IS_RUN.has(kind) && !this.isOpen) return [0x02];
    switch (kind) {
      case kinds.id:
        this.hasId = true;
        this.id = body;
        return [0];
      case kinds.u:
        if (body.length !== 32) return [0x04];
        this.hasSecret = true;
        return [0];
      case kinds.key: return this.key(body);
      case kinds.prove: return this.prove(body);
      case kinds.commit: return this.commit();
      default:
        this.isOpen = false;
        return [0];
    }
  }

  begin() {
    if (this.state >= 4 && !this.isGranted) return [0x03];
    Object.assign(this, { isOpen: true, state: 2, hasId: false, hasSecret: false, keys: new Map() });
    return [0];
  }

  key(body) {
    if (body.length !== 37 || body[0] >= this.slots) return [0x04];
    const block = (key) => blockKey(this.settings.hash, key);
    const key = body.subarray(5);
    if (this.keys.has(body[0]) || [...this.keys.values()].some((held) => block(held.key).equals(block(key)))) return [0x05];
    this.keys.set(body[0], { rights: body.readUInt32BE(1), key });
    return [0];
  }

  prove(body) {
    const held = this.keys.get(body[16]);
    if (body.length !== 17 || !held) return [0x04];
    return [0, proof(this.settings.hash, held.key, body.subarray(0, 16), body[16], held.rights)];
  }

  commit() {
    if (!this.hasId || !this.hasSecret || this.keys.size === 0) return [0x07];
    this.isOpen = false;
    this.state = 4;
    return [0];
  }

  /** Its end of the cable. */
  stream() {
    const reader = new FrameReader();
    const device = this;
    return new Duplex({
      read() {},
      write(bytes, _encoding, done) {
        for (const found of reader.take(bytes)) {
          const reply = device.trick(found.kind, device.answer(found));
          if (reply) this.push(reply);
        }
        done();
      },
    });
  }
}

/** A device as a run of the vectors describes it. */
export function deviceOfRun(run) {
  const settings = {
    hash: hashes[run.hash], profile: run.is_sealed ? 'sealed' : 'classic', wake: run.wake,
    challenge: run.challenge, tag: run.tag, payload: run.request_max,
  };
  return new ProvisionDevice(settings, { slots: run.slots, state: run.state, isGranted: run.is_granted });
}
