/* SPDX-License-Identifier: MIT */
/* device-tricks.mjs: how a false or broken device differs from the honest one. */
import { randomBytes } from 'node:crypto';
import { readRequest } from './device.mjs';
import { Fault } from './link.mjs';
import { sealReply, sealRequest } from './wire.mjs';

const put = (c, bytes) => c.link.write(bytes, Date.now() + c.s.deadline);

const HONEST = {
    start() {},
    session: () => null,                            /* or the whole conversation */
    challenge: (c) => randomBytes(c.s.challenge),
    sendChallenge: (c) => put(c, c.R),
    answer: (c, answer) => answer,                  /* before it is sealed */
    sendReply: put,
};

/* Bit 0 is the lowest of byte 0, bit 8 the lowest of byte 1. */
export function flipBit(bytes, bit)
{
    const copy = Buffer.from(bytes);
    copy[(bit >> 3) % copy.length] ^= 1 << (bit & 7);
    return copy;
}

function leave()
{
    throw new Fault('left');
}

/* Says nothing more until the client hangs up (a serial line: until silence). */
async function hold(c)
{
    await c.link.discard();
    leave();
}

async function putAndLeave(c, bytes)
{
    await put(c, bytes);
    leave();
}

const half = (bytes) => bytes.length >> 1;

const silentReply = { sendReply: hold };
const silentChallenge = { sendChallenge: hold };

/* A valid reply, but to a request that never came. */
function otherReply(c)
{
    const { key, text } = c.opened;
    const other = sealRequest(c.s, key.derived, c.turn, flipBit(text, 0));
    return sealReply(c.s, key.derived, c.turn, other.tag, text.length, c.answer).wire;
}

/* After so many honest replies, the one before again: or at once, a made one. */
function swap(honest = 0)
{
    return {
        async sendReply(c, wire)
        {
            c.sent = (c.sent ?? 0) + 1;
            await put(c, c.sent <= honest ? wire : c.previous ?? otherReply(c));
            c.previous = wire;
        },
    };
}

function replayOld()
{
    let challenge = null;
    const replies = [];

    async function replay(c)
    {
        await c.link.read(c.s.wake, Date.now() + c.s.deadline);
        await put(c, challenge);
        c.stage = 'request';
        for (const reply of replies) {
            await readRequest(c);
            await put(c, reply);
            c.stage = 'chained';
        }
        await hold(c);
    }

    return {
        session: (c) => (challenge ? replay(c) : null),
        sendChallenge: (c) => put(c, challenge = c.R),
        sendReply(c, wire)
        {
            replies.push(wire);
            return put(c, wire);
        },
    };
}

function replayChallenge()
{
    let first = null;
    return { challenge: (c) => (first ??= randomBytes(c.s.challenge)) };
}

/* A status, or in classic an answer, that no client knows. */
function unknownStatus(c, answer)
{
    return c.s.profile === 'sealed' ? Buffer.of(0x33) : Buffer.alloc(answer.length, 0xee);
}

const flooded = async (c, wire) => {
    await put(c, wire);
    await c.link.flood();
    leave();
};

const KINDS = {
    flip: (n) => ({
        sendReply: (c, wire) => put(c, flipBit(wire, n ?? 8 * wire.length - 8)),
    }),
    'flip-challenge': (n) => ({ sendChallenge: (c) => put(c, flipBit(c.R, n ?? 0)) }),
    short: (n) => ({
        sendReply: (c, wire) => putAndLeave(c, wire.subarray(0, n ?? half(wire))),
    }),
    'short-challenge': (n) => ({
        sendChallenge: (c) => putAndLeave(c, c.R.subarray(0, n ?? half(c.R))),
    }),
    reflect: () => ({ sendReply: (c) => put(c, c.request) }),
    'replay-challenge': replayChallenge,
    'replay-old': replayOld,
    silent: () => silentChallenge,
    'silent-challenge': () => silentChallenge,
    'silent-reply': () => silentReply,
    flood: () => ({ sendReply: (c) => flooded(c, Buffer.alloc(0)) }),
    'flood-reply': () => ({ sendReply: (c) => flooded(c, Buffer.alloc(0)) }),
    'flood-after': () => ({ sendReply: flooded }),
    zero: () => ({ answer: () => Buffer.alloc(0) }),
    over: (n) => ({ answer: () => Buffer.alloc(n ?? 255) }),
    'unknown-status': () => ({ answer: unknownStatus }),
    slow: () => ({ start: (c) => { c.link.pace = c.s.pace; } }),
    fragment: () => ({ start: (c) => { c.link.pace = 0; } }),
    'close-challenge': () => ({ sendChallenge: leave }),
    'close-early': () => ({ sendReply: leave }),
    swap,
    extra: (n) => ({
        sendReply: (c, wire) => put(c, Buffer.concat([wire, Buffer.alloc(n ?? 16, 1)])),
    }),
};

const SEALED_ONLY = ['zero', 'over', 'swap'];

export const deviceKinds = Object.keys(KINDS);

/* KIND or KIND:NUMBER; nothing is the honest device. */
export function deviceTrick(s, text = '')
{
    const [, kind, number] = /^([a-z-]*)(?::(\d+))?$/.exec(text) ?? [];

    if (kind === '')
        return HONEST;
    if (!Object.hasOwn(KINDS, kind ?? ''))
        throw new Error(`misbehave ${text}: a device knows ${deviceKinds.join(' ')}`);
    if (s.profile === 'classic' && SEALED_ONLY.includes(kind))
        throw new Error(`misbehave ${kind}: sealed only`);
    return { ...HONEST, ...KINDS[kind](number && Number(number)) };
}
