/* SPDX-License-Identifier: MIT */
/* Each misbehaviour against the honest side, which meets it as the protocol says. */
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { clientKinds } from './client-tricks.mjs';
import { deviceKinds } from './device-tricks.mjs';
import {
    CLASSIC, HASTY, KEY, KEY2, SEALED, outcomes, pair, ran, refusals,
} from './harness.mjs';

/* kind, words, the client's outcomes, what ran, the device's refusals. */
const CLIENT_SEALED = [
    ['flip', 'on', 'unknown', '', 'wrong-tag request'],
    ['flip', 'on off', 'done unknown', 'on', 'wrong-tag chained'],
    ['flip-wake:5', 'on', 'unknown', '', 'wrong-tag request'],
    ['cut', 'on', 'unknown', '', 'deadline request'],
    ['cut:0', 'on', 'unknown', '', 'deadline request'],
    ['cut', 'on off', 'done unknown', 'on', 'deadline chained'],
    ['cut-end', 'on', 'unknown', '', 'cut request'],
    ['cut-end:1', 'on off', 'done unknown', 'on', 'cut chained'],
    ['cut-wake', 'on', 'not-sent', '', 'deadline wake'],
    ['no-wake', 'on', 'not-sent', '', 'deadline wake'],
    ['extend:18', 'on', 'done', 'on', 'wrong-tag chained'],
    ['extend:3', 'on', 'done', 'on', 'deadline chained'],
    ['replay', 'on', 'done unknown', 'on', 'wrong-tag request'],
    ['replay-same', 'on', 'done unknown', 'on', 'wrong-tag chained'],
    ['reflect', 'on', 'done unknown', 'on', 'wrong-tag chained'],
    ['wrong-key', 'on', 'unknown', '', 'wrong-tag request'],
    ['chain-wrong-key', 'on off', 'done unknown', 'on', 'wrong-tag chained'],
    ['n-zero', 'on', 'unknown', '', 'n-zero request'],
    ['n-zero', 'on off', 'done unknown', 'on', 'n-zero chained'],
    ['n-over:41', 'on', 'unknown', '', 'n-over request'],
    ['n-over:40', 'on', 'done', 'on', ''],
    ['half-close', 'on', 'done', 'on', ''],
    ['half-close', 'on off', 'done done', 'on off', ''],
    ['fragment', 'on off', 'done done', 'on off', ''],
    ['slow', 'on', 'not-sent', '', 'deadline wake'],
    ['pipeline', 'on off', 'done unknown', 'on', 'wrong-tag chained'],
];
const CLIENT_CLASSIC = [
    ['flip', 'on', 'unknown', '', 'wrong-tag request'],
    ['flip-wake', 'on', 'done', 'on', ''],
    ['cut', 'on', 'unknown', '', 'deadline request'],
    ['cut-end', 'on', 'unknown', '', 'cut request'],
    ['cut-wake', 'on', 'not-sent', '', 'deadline wake'],
    ['no-wake', 'on', 'not-sent', '', 'deadline wake'],
    ['extend', 'on', 'done', 'on', ''],
    ['replay', 'on', 'done unknown', 'on', 'wrong-tag request'],
    ['replay-same', 'on', 'done unknown', 'on', ''],
    ['reflect', 'on', 'done unknown', 'on', ''],
    ['wrong-key', 'on', 'unknown', '', 'wrong-tag request'],
    ['half-close', 'on', 'done', 'on', ''],
    ['fragment', 'on', 'done', 'on', ''],
    ['slow', 'on', 'not-sent', '', 'deadline wake'],
    ['pipeline', 'on', 'done unknown', 'on', ''],
];

function testClients(profile, options, rows)
{
    for (const [misbehave, words, outcome, commands, refused] of rows)
        test(`${profile} client, ${misbehave}, ${words}: ${outcome}`, async () => {
            const keys = [{ key: KEY }, { key: KEY2 }];
            const hasty = refused.startsWith('deadline') ? HASTY : {};
            const { ask, lines } =
                await pair({ ...options, ...hasty, payload: 40 }, { keys });
            const own = { payload: 255, linger: refused ? 3000 : 50 };
            const got = await ask(words, { misbehave, key2: KEY2, with: own });
            const last = got.at(-2);

            assert.equal(outcomes(got), outcome);
            assert.equal(ran(lines), commands);
            assert.equal(refusals(lines), refused);
            if (last.outcome !== 'done')
                assert.equal(last.received, 0, 'a refusal gets no byte');
            if (refused)
                assert.equal(got.at(-1).closed, true, 'a refusal closes');
        });
}

/* Most of these wait for a limit: they wait together. */
describe('clients', { concurrency: 8 }, () => {
    testClients('sealed', SEALED, CLIENT_SEALED);
    testClients('classic', CLASSIC, CLIENT_CLASSIC);
});

/* The refusal depends on the random bytes, the rest does not. */
for (const [profile, options] of [['sealed', SEALED], ['classic', CLASSIC]])
    test(`${profile} client, flood: nothing ran, the next one is served`, async () => {
        const { ask, lines } = await pair(options);
        const got = await ask('on', { misbehave: 'flood' });

        assert.equal(got.at(-1).closed, true);
        assert.ok(got[0].received <= 16, 'at most a challenge');
        assert.equal(ran(lines), '');
        assert.equal(outcomes(await ask('on')), 'done');
    });

/* kind, words, the client's outcomes, its reason for the last but the unsent. */
const DEVICE_SEALED = [
    ['flip', 'on off', 'unknown not-sent', 'wrong-tag'],
    ['flip-challenge', 'on', 'unknown', 'cut'],
    ['short', 'on', 'unknown', 'cut'],
    ['short:0', 'on', 'unknown', 'cut'],
    ['short-challenge', 'on', 'not-sent', 'cut'],
    ['reflect', 'on', 'unknown', 'wrong-tag'],
    ['silent', 'on', 'not-sent', 'deadline'],
    ['silent-challenge', 'on', 'not-sent', 'deadline'],
    ['silent-reply', 'on', 'unknown', 'deadline'],
    ['flood-after', 'on', 'done', undefined],
    ['zero', 'on', 'unknown', 'm-zero'],
    ['over:41', 'on', 'unknown', 'm-over'],
    ['over:40', 'on', 'done', undefined],
    ['unknown-status', 'on', 'failed', undefined],
    ['fragment', 'on off', 'done done', undefined],
    ['slow', 'on', 'not-sent', 'deadline'],
    ['close-challenge', 'on', 'not-sent', 'cut'],
    ['close-early', 'on', 'unknown', 'cut'],
    ['swap', 'on off', 'unknown not-sent', 'wrong-tag'],
    ['swap:1', 'on off off', 'done unknown not-sent', 'wrong-tag'],
    ['extra', 'on', 'done', undefined],
];
const DEVICE_CLASSIC = [
    ['flip', 'on', 'unknown', 'wrong-tag'],
    ['flip-challenge', 'on', 'unknown', 'cut'],
    ['short', 'on', 'unknown', 'cut'],
    ['short-challenge', 'on', 'not-sent', 'cut'],
    ['reflect', 'on', 'unknown', 'reflected'],
    ['silent', 'on', 'not-sent', 'deadline'],
    ['silent-challenge', 'on', 'not-sent', 'deadline'],
    ['silent-reply', 'on', 'unknown', 'deadline'],
    ['flood', 'on', 'unknown', 'wrong-tag'],
    ['flood-reply', 'on', 'unknown', 'wrong-tag'],
    ['flood-after', 'on', 'done', undefined],
    ['unknown-status', 'on', 'unknown', 'wrong-tag'],
    ['fragment', 'on', 'done', undefined],
    ['slow', 'on', 'not-sent', 'deadline'],
    ['close-challenge', 'on', 'not-sent', 'cut'],
    ['close-early', 'on', 'unknown', 'cut'],
    ['extra', 'on', 'done', undefined],
];

function testDevices(profile, options, rows)
{
    for (const [misbehave, words, outcome, reason] of rows)
        test(`${profile} device, ${misbehave}, ${words}: ${outcome}`, async () => {
            const hasty = reason === 'deadline' ? HASTY : {};
            const { ask } = await pair({ ...options, ...hasty }, { misbehave });
            const got = await ask(words, { with: { payload: 40, linger: 50 } });

            assert.equal(outcomes(got), outcome);
            assert.equal(got.find((line) => line.reason)?.reason, reason);
            if (misbehave === 'unknown-status' && profile === 'sealed')
                assert.equal(got[0].status, 0x33);
        });
}

describe('devices', { concurrency: 8 }, () => {
    testDevices('sealed', SEALED, DEVICE_SEALED);
    testDevices('classic', CLASSIC, DEVICE_CLASSIC);
});

for (const misbehave of ['flood', 'flood-reply'])
    test(`sealed device, ${misbehave}: unknown, whatever its bytes say`, async () => {
        const { ask } = await pair(SEALED, { misbehave });
        assert.equal(outcomes(await ask('on')), 'unknown');
    });

test('replay-old fools a classic client and not a sealed one', async () => {
    const classic = await pair(CLASSIC, { misbehave: 'replay-old' });
    const sealed = await pair(SEALED, { misbehave: 'replay-old' });

    assert.equal(outcomes(await classic.ask('on')), 'done');
    assert.equal(outcomes(await classic.ask('off')), 'done', 'what classic cannot give');
    assert.equal(ran(classic.lines), 'on');
    assert.equal(outcomes(await sealed.ask('on off')), 'done done');
    const [line] = await sealed.ask('on');
    assert.deepEqual([line.outcome, line.reason], ['unknown', 'wrong-tag']);
});

/* A device that repeats its challenge lets a recorded request in: with it the
 * client's replay, refused above, is shown to be a true one. */
for (const [profile, options] of [['sealed', SEALED], ['classic', CLASSIC]])
    test(`${profile} device, replay-challenge: a replay runs again`, async () => {
        const { ask, lines } = await pair(options, { misbehave: 'replay-challenge' });

        assert.equal(outcomes(await ask('on', { misbehave: 'replay' })), 'done done');
        assert.equal(ran(lines), 'on on');
    });

async function flipEach(bits, flip)
{
    const together = 32;

    for (let i = 0; i < bits; i += together)
        await Promise.all(Array.from({ length: Math.min(together, bits - i) },
                                     (_, k) => flip(i + k)));
}

const sizes = [['sealed', SEALED, 18], ['classic', CLASSIC, 32]];

for (const [profile, options, bytes] of sizes) {
    test(`${profile}: no bit of a request can be flipped`, async () => {
        const { ask, lines } = await pair({ ...options, deadline: 800, linger: 3000 });
        await flipEach(8 * bytes, async (bit) => {
            const got = await ask('on', { misbehave: `flip:${bit}` });
            assert.equal(outcomes(got), 'unknown', `bit ${bit}`);
            assert.deepEqual([got[0].received, got[1].closed], [0, true], `bit ${bit}`);
        });
        assert.equal(ran(lines), '');
    });

    test(`${profile}: no bit of a reply can be flipped`, async () => {
        await flipEach(8 * bytes, async (bit) => {
            const { ask } = await pair(options, { misbehave: `flip:${bit}` });
            const [line] = await ask('on', { with: { timeout: 800, linger: 0 } });
            assert.equal(line.outcome, 'unknown', `bit ${bit}`);
        });
    });

    test(`${profile}: no byte of a request can be missing`, async () => {
        const { ask, lines } = await pair(options);
        for (let length = 0; length < bytes; length++) {
            const got = await ask('on', { misbehave: `cut-end:${length}` });
            assert.equal(outcomes(got), 'unknown', `${length} bytes`);
        }
        assert.equal(ran(lines), '');
    });
}

test('a sealed device closes a proven connection that stays idle', async () => {
    const { ask, lines } = await pair({ ...SEALED, ...HASTY });
    const got = await ask('on');

    assert.equal(got[1].closed, true);
    assert.equal(refusals(lines), 'deadline chained');
});

test('the tables above leave no misbehaviour out', () => {
    const elsewhere = ['flood', 'flood-reply', 'replay-old', 'replay-challenge'];
    const kinds = (rows) => rows.map(([kind]) => kind.split(':')[0]);
    const covered = (rows) => new Set([...kinds(rows), ...elsewhere]);

    for (const kind of deviceKinds)
        assert.ok(covered(DEVICE_SEALED).has(kind), kind);
    for (const kind of clientKinds)
        assert.ok(covered(CLIENT_SEALED).has(kind), kind);
});
