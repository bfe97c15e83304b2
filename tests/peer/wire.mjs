/* SPDX-License-Identifier: MIT */
/* wire.mjs: the formulas of protocol version 1, and nothing that moves a byte.
 *
 * Written from the protocol's text alone, so that agreement with the C sources
 * proves the text. Settings `s` hold profile, hash, wake, challenge, tag (lengths
 * in bytes) and id (a Buffer). Byte strings are Buffers throughout.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const HASHES = {
    sha256: { name: 'sha256', length: 32, number: 1 },
    blake2s: { name: 'blake2s256', length: 32, number: 3 },
    sha1: { name: 'sha1', length: 20 },
    sha512: { name: 'sha512', length: 64 },
};

export const STATUS = {
    DONE: 0, NO_COMMAND: 1, BAD_ARGUMENTS: 2, NOT_ALLOWED: 3, FAILED: 4, NOTHING: 5,
};

export const CODE_LAST = 0xf0;   /* F0 to FF are the protocol's own */

const byte = (...values) => Buffer.from(values);

export function hmac(hash, key, ...parts)
{
    const mac = createHmac(HASHES[hash].name, key);
    parts.forEach((part) => mac.update(part));
    return mac.digest();
}

export function same(a, b)
{
    return a.length === b.length && timingSafeEqual(a, b);
}

/* ---- classic ---- */

/* The request for a code, and as well the reply for an answer. */
export function classicTag(s, key, R, code)
{
    return hmac(s.hash, key, R, code);
}

/* ---- sealed ---- */

export function sealedKey(s, key)
{
    const D = Buffer.alloc(128);
    const head = byte(HASHES[s.hash].number, s.wake, s.challenge, s.tag, s.id.length);

    Buffer.concat([Buffer.from('countersign/1S'), head, s.id]).copy(D);
    return hmac(s.hash, key, D);
}

/* What makes one request fresh: both challenges, later the reply tag before it. */
export const firstTurn = (N, R) =>
    ({ tag: byte(1), stream: byte(4), fresh: Buffer.concat([N, R]) });
export const nextTurn = (U) => ({ tag: byte(3), stream: byte(5), fresh: U });

function crypt(s, K, turn, from, text)
{
    const blocks = [];

    for (let i = 0; i * HASHES[s.hash].length < from + text.length; i++)
        blocks.push(hmac(s.hash, K, turn.stream, turn.fresh, byte(i)));
    const stream = Buffer.concat(blocks);
    return Buffer.from(text.map((value, i) => value ^ stream[from + i]));
}

function frame(s, ct, tag)
{
    return { wire: Buffer.concat([byte(ct.length), ct, tag.subarray(0, s.tag)]), tag };
}

/* Splits n || ct || tag, checks it, and decrypts only then. Null: a wrong tag. */
function unframe(s, wire, tagOf, decrypt)
{
    const ct = wire.subarray(1, 1 + wire[0]);
    const tag = tagOf(ct);

    if (!same(tag.subarray(0, s.tag), wire.subarray(1 + wire[0])))
        return null;
    return { text: decrypt(ct), tag };
}

const requestTag = (s, K, turn, ct) =>
    hmac(s.hash, K, turn.tag, turn.fresh, byte(ct.length), ct);
const replyTag = (s, K, T, ct) => hmac(s.hash, K, byte(2), T, byte(ct.length), ct);

/* K is the derived key. Gives { wire, tag }, the tag whole. */
export function sealRequest(s, K, turn, text)
{
    const ct = crypt(s, K, turn, 0, text);
    return frame(s, ct, requestTag(s, K, turn, ct));
}

/* Gives { text, tag } or null. */
export function openRequest(s, K, turn, wire)
{
    return unframe(s, wire, (ct) => requestTag(s, K, turn, ct),
                   (ct) => crypt(s, K, turn, 0, ct));
}

/* T is the request's whole tag and n the length of its text. */
export function sealReply(s, K, turn, T, n, text)
{
    const ct = crypt(s, K, turn, n, text);
    return frame(s, ct, replyTag(s, K, T, ct));
}

export function openReply(s, K, turn, T, n, wire)
{
    return unframe(s, wire, (ct) => replyTag(s, K, T, ct),
                   (ct) => crypt(s, K, turn, n, ct));
}

/* ---- the challenge source of a device without a random generator ---- */

/* counter is a BigInt of 64 bits. */
export function sourcedChallenge(hash, u, counter, length, entropy)
{
    const count = Buffer.alloc(8);
    const blocks = [];

    count.writeBigUInt64BE(counter);
    for (let b = 0; b * HASHES[hash].length < length; b++)
        blocks.push(hmac(hash, u, byte(0x21), count, byte(b), entropy));
    return Buffer.concat(blocks).subarray(0, length);
}
