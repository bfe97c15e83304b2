/* SPDX-License-Identifier: MIT */
/* Both honest sides of the peer against each other. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
    CLASSIC, KEY, KEY2, SEALED, directory, outcomes, pair, ran, refusals,
} from './harness.mjs';
import { makeSettings, mayRun } from './settings.mjs';

const sealedExtremes = [
    { wake: 8, challenge: 8 }, { wake: 64, challenge: 64 }, { wake: 8, challenge: 64 },
    { wake: 64, challenge: 8 }, { id: 'x' }, { id: 'x'.repeat(64) },
    ...Array.from({ length: 17 }, (_, i) => ({ tag: 16 + i })),
];
const classicExtremes = [
    { wake: 0 }, { wake: 1 }, { wake: 255 }, { challenge: 1 }, { challenge: 64 },
    ...Array.from({ length: 16 }, (_, i) => ({
        commands: `on=${'01'.repeat(i + 1)},off=${'02'.repeat(i + 1)}`,
        answers: `done=${'a0'.repeat(16 - i)},failed=${'a1'.repeat(16 - i)}`,
    })),
];

for (const hash of ['sha256', 'blake2s'])
    for (const extreme of [{}, ...sealedExtremes])
        test(`sealed over ${hash} with ${JSON.stringify(extreme)}`, async () => {
            const { ask, lines } = await pair({ ...SEALED, hash, ...extreme });
            const largest = '5a'.repeat(254);
            const got = await ask(`on echo:${largest} last off`, { with: { linger: 0 } });

            assert.equal(outcomes(got), 'done done done done');
            assert.equal(got[1].data, largest);
            assert.match(got[2].data, /^[0-9a-f]{16}$/);
            assert.equal(ran(lines), 'on echo last off');
        });

for (const hash of ['sha256', 'blake2s', 'sha1', 'sha512'])
    for (const extreme of [{}, ...classicExtremes])
        test(`classic over ${hash} with ${JSON.stringify(extreme)}`, async () => {
            const { ask, lines } = await pair({ ...CLASSIC, hash, ...extreme });
            const got = await ask('off', { with: { linger: 3000 } });

            assert.equal(got[0].outcome, 'done');
            assert.equal(got[0].answer, 'done');
            assert.deepEqual(got[1], { closed: true, extra: 0 });
            assert.equal(ran(lines), 'off');
        });

test('a classic key may have one byte or be longer than the block', async () => {
    for (const key of [Buffer.of(7), Buffer.alloc(200, 7)]) {
        const { ask } = await pair(CLASSIC, { keys: [{ key }] });
        assert.equal(outcomes(await ask('on', { key })), 'done');
    }
});

test('each status reaches the client', async () => {
    const { ask } = await pair({ ...SEALED, keepGoing: true });
    const got = await ask('last on fail hot 0x77 0xf1 0xf2 0xf3 0xff last:00');

    assert.deepEqual(got.slice(0, -1).map((line) => line.status),
                     [5, 0, 4, 0x85, 1, 1, 1, 1, 1, 2]);
    assert.equal(got[3].data, '0102');
});

test('a chain stops at the first command that was not done', async () => {
    const { ask, lines } = await pair(SEALED);

    assert.equal(outcomes(await ask('on fail off')), 'done failed not-sent');
    assert.equal(ran(lines), 'on fail');
});

test('classic answers by name, or not at all', async () => {
    const { ask } = await pair(CLASSIC);
    const answers = [];

    for (const name of ['on', 'fail', 'mute', 'twist']) {
        const [line] = await ask(name);
        answers.push(`${line.outcome} ${line.answer}`);
    }
    assert.deepEqual(answers,
                     ['done done', 'failed failed', 'sent null', 'failed failed']);
});

test('a classic device without answers closes without a byte', async () => {
    const options = { ...CLASSIC, answers: '', commands: 'on=01,off=02' };
    const { ask, lines } = await pair(options);
    const got = await ask('on');

    assert.equal(outcomes(got), 'sent');
    assert.equal(got[0].received, 0);
    assert.equal(ran(lines), 'on');
});

test('sealed rights: 03 for a known code, 01 for an unknown one', async () => {
    const keys = [{ key: KEY, rights: 'off' }, { key: KEY2 }];
    const { ask } = await pair({ ...SEALED, keepGoing: true }, { keys });
    const statuses = async (key) =>
        (await ask('on off 0x77', { key })).slice(0, -1).map((line) => line.status);

    assert.deepEqual(await statuses(KEY), [3, 0, 1]);
    assert.deepEqual(await statuses(KEY2), [0, 0, 1]);
});

test('classic rights: a command the key may not run never matches', async () => {
    const { ask, lines } = await pair(CLASSIC, { keys: [{ key: KEY, rights: 'off' }] });

    assert.equal(outcomes(await ask('on')), 'unknown');
    assert.equal(outcomes(await ask('off')), 'done');
    assert.equal(refusals(lines), 'wrong-tag request');
});

test('rows from 31 on need all of bits 0 to 30', () => {
    assert.equal(mayRun(0x7fffffff, 39), true);
    assert.equal(mayRun(0xfffffffe, 39), false);
    assert.equal(mayRun(0x80000000, 30), false);
    assert.equal(mayRun(0x40000000, 30), true);
});

test('last is kept per key, and only for what was known and allowed', async () => {
    const keys = [{ key: KEY, rights: 'on,fail' }, { key: KEY2 }];
    const { ask } = await pair({ ...SEALED, keepGoing: true }, { keys });
    const got = await ask('on last off last 0x77 last fail last last');
    const tags = [1, 3, 5, 7, 8].map((i) => got[i].data);

    assert.equal(new Set(tags).size, 2);
    assert.ok(tags[0] === tags[1] && tags[1] === tags[2] && tags[3] === tags[4]);
    assert.equal((await ask('last', { key: KEY2 }))[0].status, 5);
});

test('other settings on the two sides never get a command run', async () => {
    const { ask, lines } = await pair({ ...SEALED, id: 'lamp-1' });

    for (const other of [{ id: 'lamp-2' }, { id: '' }, { hash: 'blake2s' }])
        assert.equal(outcomes(await ask('on', { with: other })), 'unknown');
    assert.equal(ran(lines), '');
});

test('a client that keeps files refuses a challenge it was given before', async () => {
    const { ask, lines } = await pair(CLASSIC, { misbehave: 'replay-challenge' });
    const how = { with: { seen: join(directory, 'seen') } };

    assert.equal(outcomes(await ask('on', how)), 'done');
    const [line] = await ask('on', how);
    assert.deepEqual([line.outcome, line.reason], ['not-sent', 'repeated-challenge']);
    assert.equal(ran(lines), 'on');
});

test('a device that nobody serves leaves the command not sent', async () => {
    const { ask } = await pair(SEALED);
    const { ask: askNobody } = await pair(SEALED, { misbehave: 'close-challenge' });

    assert.equal(outcomes(await ask('on')), 'done');
    assert.equal(outcomes(await askNobody('on off')), 'not-sent not-sent');
});

test('settings outside the protocol are refused', () => {
    const wrong = [
        { wake: 7 }, { wake: 65 }, { challenge: 7 }, { challenge: 65 }, { tag: 15 },
        { tag: 33 }, { id: 'x'.repeat(65) }, { hash: 'sha1' }, { hash: 'sha512' },
        { hash: 'md5' },
        { commands: 'on=f0' }, { commands: 'on=0102' }, { commands: 'on=01,off=01' },
        { ...CLASSIC, wake: 256 }, { ...CLASSIC, challenge: 0 },
        { ...CLASSIC, challenge: 65 }, { ...CLASSIC, answers: 'done=01,failed=a1' },
        { ...CLASSIC, answers: 'done=a0,failed=a1a2' },
    ];

    for (const options of wrong)
        assert.throws(() => makeSettings(options), Error, JSON.stringify(options));
    makeSettings({ ...CLASSIC, answers: 'done=01,failed=a1', allowOverlap: true });
});
