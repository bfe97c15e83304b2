/* SPDX-License-Identifier: MIT */
/* client-tricks.mjs: how a false or broken client differs from the honest one.
 *
 * What concerns a request concerns that of the last command, so that with two
 * commands it is the chained one. `after` runs when every command was done.
 */
import { exchange, later, makeRequest, openLink, unknown } from './client.mjs';
import { flipBit } from './device-tricks.mjs';
import { Fault } from './link.mjs';
import { nextTurn } from './wire.mjs';

const HONEST = {
    kind: '',
    commands: (list) => list,   /* none: the client does not even wake the device */
    start() {},
    wake: (c) => c.N,
    text: (c, text) => text,    /* before it is sealed */
    key: (c) => c.key,
    request: (c, wire) => wire,
    sent() {},
    after: () => null,
};

/* Sends what deserves no answer, and counts what comes back until the device
 * hangs up or the time is over. */
async function provoke(c, send)
{
    const before = c.link.taken;

    try {
        await send(c.link);
    } catch (fault) {
        if (!(fault instanceof Fault))
            throw fault;
    }
    await c.link.discard(later(c.s.timeout));
    c.link.taken = c.link.received;
    return { ...unknown(c.link.over ?? 'deadline'), received: c.link.received - before };
}

const onLast = (change) => (c, bytes) => (c.isLast ? change(c, bytes) : bytes);
const endOnLast = (c) => c.isLast && c.link.end();
const wrong = (key) => flipBit(key, 0);

/* The recorded request is judged as on its first day: a reply that is valid
 * again shows a device that repeated its challenge and let the replay in. */
async function replay(c)
{
    const { N, sent } = c.first;

    await openLink(c);
    if (c.link.serial)
        await c.link.discard(later(c.s.quiet));
    await c.link.write(N, later(c.s.timeout));
    await c.link.read(c.s.challenge, later(c.s.timeout));
    return exchange(c, sent);
}

/* The second request cannot know the reply tag it must start from. */
function pipeline()
{
    let second;

    return {
        commands(list)
        {
            second = list[1] ?? list[0];
            return list.slice(0, 1);
        },
        request(c, wire)
        {
            const guess = { ...c, turn: nextTurn(Buffer.alloc(32)) };
            return Buffer.concat([wire, makeRequest(guess, second).wire]);
        },
        after: (c) => provoke(c, () => {}),
    };
}

const KINDS = {
    flip: (n) => ({
        request: onLast((c, wire) => flipBit(wire, n ?? 8 * wire.length - 8)),
    }),
    'flip-wake': (n) => ({ wake: (c) => flipBit(c.N, n ?? 0) }),
    cut: (n) => ({
        request: onLast((c, wire) => wire.subarray(0, n ?? wire.length - 1)),
    }),
    'cut-end': (n) => ({
        request: onLast((c, wire) => wire.subarray(0, n ?? wire.length - 1)),
        sent: endOnLast,
    }),
    'cut-wake': (n) => ({ wake: (c) => c.N.subarray(0, n ?? c.N.length - 1) }),
    'no-wake': () => ({ wake: () => Buffer.alloc(0) }),
    extend: (n) => ({
        request: onLast((c, wire) => Buffer.concat([wire, Buffer.alloc(n ?? 16, 1)])),
    }),
    replay: () => ({ after: replay }),
    'replay-same': () => ({
        after: (c) => provoke(c, (link) => link.write(c.sent.wire)),
    }),
    reflect: () => ({ after: (c) => provoke(c, (link) => link.write(c.reply)) }),
    'wrong-key': () => ({ key: (c) => wrong(c.key) }),
    'chain-wrong-key': () => ({
        key: (c, i) => (i === 0 ? c.key : c.key2 ?? wrong(c.key)),
    }),
    'n-zero': () => ({ text: onLast(() => Buffer.alloc(0)) }),
    'n-over': (n) => ({
        text: onLast((c, text) => Buffer.concat([text], n ?? 255)),
    }),
    'half-close': () => ({ sent: endOnLast }),
    fragment: () => ({ start: (c) => { c.link.pace = 0; } }),
    slow: () => ({ start: (c) => { c.link.pace = c.s.pace; } }),
    pipeline,
    flood: () => ({
        commands: () => [],
        after: (c) => provoke(c, (link) => link.flood(later(c.s.timeout))),
    }),
};

const SEALED_ONLY = ['chain-wrong-key', 'n-zero', 'n-over'];

export const clientKinds = Object.keys(KINDS);

/* KIND or KIND:NUMBER; nothing is the honest client. */
export function clientTrick(s, text = '')
{
    const [, kind, number] = /^([a-z-]*)(?::(\d+))?$/.exec(text) ?? [];

    if (kind === '')
        return HONEST;
    if (!Object.hasOwn(KINDS, kind ?? ''))
        throw new Error(`misbehave ${text}: a client knows ${clientKinds.join(' ')}`);
    if (s.profile === 'classic' && SEALED_ONLY.includes(kind))
        throw new Error(`misbehave ${kind}: sealed only`);
    if (s.wake === 0 && kind.endsWith('-wake'))
        throw new Error(`misbehave ${kind}: there is no wake`);
    return { ...HONEST, kind, ...KINDS[kind](number && Number(number)) };
}
