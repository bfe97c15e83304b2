/* SPDX-License-Identifier: MIT */
/* Every entry of tests/vectors/vectors.json, as its maker and as its reader. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as wire from './wire.mjs';

const file = new URL('../vectors/vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file));
const hex = (text) => Buffer.from(text, 'hex');

function settingsOf(v)
{
    return {
        profile: v.profile, hash: v.hash, tag: v.tag, id: Buffer.from(v.id ?? ''),
        wake: v.wake.length / 2, challenge: v.challenge.length / 2,
    };
}

function checkSealed(v)
{
    const s = settingsOf(v);
    const K = wire.sealedKey(s, hex(v.key));
    let turn = wire.firstTurn(hex(v.wake), hex(v.challenge));

    assert.equal(K.toString('hex'), v.derived_key);
    for (const e of v.exchanges) {
        const text = hex(e.code + e.arguments);
        const request = wire.sealRequest(s, K, turn, text);
        const reply = wire.sealReply(s, K, turn, request.tag, text.length, hex(e.answer));

        assert.equal(request.wire.toString('hex'), e.request);
        assert.equal(request.tag.toString('hex'), e.request_tag);
        assert.equal(reply.wire.toString('hex'), e.reply);
        assert.deepEqual(wire.openRequest(s, K, turn, hex(e.request)),
                         { text, tag: request.tag });
        assert.deepEqual(
            wire.openReply(s, K, turn, request.tag, text.length, hex(e.reply)),
            { text: hex(e.answer), tag: reply.tag });
        turn = wire.nextTurn(reply.tag);
    }
}

function checkClassic(v)
{
    const s = settingsOf(v);

    assert.equal(v.exchanges.length, 1, 'classic has one exchange a connection');
    for (const e of v.exchanges) {
        const tagOf = (code) =>
            wire.classicTag(s, hex(v.key), hex(v.challenge), hex(code)).toString('hex');

        assert.equal(tagOf(e.code), e.request);
        assert.equal(tagOf(e.code), e.request_tag);
        assert.equal(e.answer === '' ? '' : tagOf(e.answer), e.reply);
    }
}

vectors.exchanges.forEach((v, i) => {
    const [K, W, C] = [v.key, v.wake, v.challenge].map((text) => text.length / 2);

    test(`exchange ${i}: ${v.profile} ${v.hash} K ${K}, W ${W}, C ${C}`, () => {
        assert.ok(v.exchanges.length > 0);
        (v.profile === 'sealed' ? checkSealed : checkClassic)(v);
    });
});

vectors.challenge_source.forEach((v, i) => {
    test(`challenge source ${i}: ${v.hash} counter ${v.counter}`, () => {
        const R = wire.sourcedChallenge(v.hash, hex(v.u), BigInt(v.counter), v.length,
                                        hex(v.entropy));
        assert.equal(R.toString('hex'), v.challenge);
    });
});
