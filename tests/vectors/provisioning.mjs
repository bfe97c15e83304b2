// SPDX-License-Identifier: MIT
// provisioning.mjs: writes provisioning.json (docs/protocol.md, section 12.8) to standard
// output. It shares nothing with the C code: a bitwise CRC and node:crypto's HMAC.
//
//     node tests/vectors/provisioning.mjs > tests/vectors/provisioning.json
import { createHmac } from 'node:crypto'

const HELLO = 0x11, BEGIN = 0x12, ID = 0x13, SECRET = 0x14, KEY = 0x15, PROVE = 0x16
const COMMIT = 0x17, ABORT = 0x18

const hashes = {
  sha256: { node: 'sha256', h: 1, size: 32 },
  blake2s: { node: 'blake2s256', h: 3, size: 32 },
  sha1: { node: 'sha1', h: 0, size: 20 },
  sha512: { node: 'sha512', h: 0, size: 64 }
}

function check (bytes) {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1 & 0xffff
    }
  }
  return crc
}

function frame (sequence, kind, body) {
  const inner = Buffer.concat([Buffer.from([body.length, sequence, kind]), body])
  const crc = check(inner)
  return Buffer.concat([Buffer.from([0xc5]), inner, Buffer.from([crc >> 8, crc & 255])])
    .toString('hex')
}

const bytes = (...values) => Buffer.from(values)
const counted = (first, count) => Buffer.from(Array.from({ length: count }, (_, i) => first + i & 255))

function big32 (value) {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}

function hello (device, state, isGranted) {
  const hash = hashes[device.hash]
  return bytes(0, 1, state, isGranted ? 1 : 0, hash.h, hash.size, device.is_sealed ? 1 : 0,
    device.wake, device.challenge, device.tag, device.request_max, device.slots, 64, 64)
}

function proof (device, { key, nonce, slot, rights }) {
  return createHmac(hashes[device.hash].node, key)
    .update(bytes(PROVE)).update(nonce).update(bytes(slot)).update(big32(rights)).digest()
}

const runs = []

function run (name, device, { state = 0, isGranted = false, keys = [] }, steps) {
  const frames = []
  for (const [sequence, kind, body, ...reply] of steps(keys)) {
    const answer = reply.map(part => typeof part === 'number' ? bytes(part) : part)
    frames.push({
      request: frame(sequence, kind, body),
      reply: frame(sequence, kind | 0x80, Buffer.concat(answer))
    })
  }
  runs.push({
    name,
    ...device,
    state,
    is_granted: isGranted,
    keys: keys.map(k => ({
      slot: k.slot,
      rights: big32(k.rights).toString('hex'),
      key: k.key.toString('hex'),
      nonce: k.nonce.toString('hex'),
      proof: proof(device, k).toString('hex')
    })),
    frames
  })
}

const none = Buffer.alloc(0)
const sealed = {
  hash: 'sha256', is_sealed: true, wake: 16, challenge: 16, tag: 16, request_max: 64, slots: 4
}
const classic = {
  hash: 'sha1', is_sealed: false, wake: 1, challenge: 20, tag: 16, request_max: 64, slots: 4
}
const u = counted(0x11, 32)
const owner = { slot: 0, rights: 0xffffffff, key: counted(0x40, 32), nonce: counted(0xa0, 16) }
const guest = { slot: 2, rights: 0x00000005, key: counted(0x80, 32), nonce: counted(0xb0, 16) }

const put = k => Buffer.concat([bytes(k.slot), big32(k.rights), k.key])
const ask = k => Buffer.concat([k.nonce, bytes(k.slot)])

/* hello, begin, id, u, each key and its proof, commit; s counts on from the hello's. */
const whole = (device, state, isGranted, id, first = 0) => keys => {
  let s = first
  const next = () => ++s & 255
  const steps = [
    [first, HELLO, bytes(1), hello(device, state, isGranted)],
    [next(), BEGIN, none, 0],
    [next(), ID, id, 0],
    [next(), SECRET, u, 0]
  ]
  for (const k of keys) {
    steps.push([next(), KEY, put(k), 0])
    steps.push([next(), PROVE, ask(k), 0, proof(device, k)])
  }
  steps.push([next(), COMMIT, none, 0])
  return steps
}

run('a blank device is given two keys', sealed, { keys: [owner, guest] },
  whole(sealed, 0, false, Buffer.from('lamp-1')))
run('the sequence number wraps, the id is as long as can be', { ...sealed, hash: 'blake2s' },
  { keys: [guest, owner] }, whole({ ...sealed, hash: 'blake2s' }, 0, false, counted(0x21, 64), 252))
run('a classic device with sha1 and no id', classic, { keys: [owner] },
  whole(classic, 0, false, none))
run('the longest proof', { ...classic, hash: 'sha512' }, { keys: [owner] },
  whole({ ...classic, hash: 'sha512' }, 0, false, none))
run('a provisioned device that grants it is given another key', sealed,
  { state: 4, isGranted: true, keys: [guest] },
  whole(sealed, 4, true, Buffer.from('lamp-2')))
run('a provisioned device refuses', sealed, { state: 4 }, () => [
  [0, HELLO, bytes(1), hello(sealed, 4, false)],
  [1, BEGIN, none, 3],
  [2, KEY, put(owner), 2]
])
run('an abort leaves it unprovisioned', sealed, { keys: [owner] }, keys => [
  [0, HELLO, bytes(1), hello(sealed, 0, false)],
  [1, BEGIN, none, 0],
  [2, KEY, put(keys[0]), 0],
  [3, PROVE, ask(keys[0]), 0, proof(sealed, keys[0])],
  [4, ABORT, none, 0],
  [5, COMMIT, none, 2],
  [0, HELLO, bytes(1), hello(sealed, 2, false)]
])
run('a repeat is answered again, a skipped number ends the run', sealed, {}, () => [
  [7, HELLO, bytes(1), hello(sealed, 0, false)],
  [8, BEGIN, none, 0],
  [8, BEGIN, none, 0],
  [9, KEY, put(owner), 0],
  [9, KEY, put(owner), 0],
  [11, SECRET, u, 2],
  [12, SECRET, u, 2]
])
run('what is refused', sealed, {}, () => [
  [0, HELLO, bytes(1, 99, 98), hello(sealed, 0, false)],
  [1, BEGIN, none, 0],
  [2, 0x19, none, 1],
  [3, BEGIN, none, 0],
  [4, KEY, put({ ...owner, slot: 4 }), 4],
  [5, BEGIN, none, 0],
  [6, SECRET, u.subarray(1), 4],
  [7, BEGIN, none, 0],
  [8, KEY, put(owner), 0],
  [9, KEY, put({ ...guest, slot: 0 }), 5],
  [10, BEGIN, none, 0],
  [11, KEY, put(owner), 0],
  [12, KEY, put({ ...owner, slot: 1 }), 5],
  [13, BEGIN, none, 0],
  [14, PROVE, ask(guest), 4],
  [15, BEGIN, none, 0],
  [16, KEY, put(owner), 0],
  [17, COMMIT, none, 7],
  [18, BEGIN, none, 0],
  [19, SECRET, u, 0],
  [20, ID, Buffer.from('lamp-1'), 0],
  [21, COMMIT, none, 7]
])

const example = Buffer.from('123456789')
process.stdout.write(JSON.stringify({
  check: { bytes: example.toString('hex'), check: check(example).toString(16) },
  runs
}, null, 1) + '\n')
