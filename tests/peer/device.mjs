/* SPDX-License-Identifier: MIT */
/* device.mjs: the device's side. Its misbehaviours are in device-tricks.mjs. */
import { listen, openSerial, Fault } from './link.mjs';
import { mayRun } from './settings.mjs';
import {
    CODE_LAST, HASHES, STATUS, classicTag, firstTurn, nextTurn, openRequest, same,
    sealReply, sealedKey,
} from './wire.mjs';

const LAST_LINGER_MS = 1000;   /* for the client to hang up after the last reply */

const soon = (c) => Date.now() + c.s.deadline;

/* ---- reading ---- */

/* The limits run from the challenge's last byte, or from the first byte of a
 * further request. */
export async function readRequest(c)
{
    const { link, s } = c;
    let until = soon(c);

    if (c.stage === 'chained') {
        await link.has(1, Date.now() + s.idle);
        until = soon(c);
    }
    if (s.profile === 'classic')
        return link.read(HASHES[s.hash].length, until);
    await link.has(1, until);
    const n = link.held[0];
    if (n === 0)
        throw new Fault('n-zero');
    if (n > s.payload)
        throw new Fault('n-over');
    return link.read(1 + n + s.tag, until);
}

/* ---- sealed ---- */

/* Tries every key it is given, also after a match. */
function unseal(c, keys)
{
    let found = null;

    for (const key of keys) {
        const opened = openRequest(c.s, key.derived, c.turn, c.request);
        if (opened)
            found ??= { key, ...opened };
    }
    return found;
}

function handle(row, args)
{
    if (row.answer)
        return Buffer.from(row.answer, 'hex');
    if (row.name === 'echo')
        return Buffer.concat([Buffer.of(STATUS.DONE), args]);
    return Buffer.of(row.name === 'fail' ? STATUS.FAILED : STATUS.DONE);
}

function answerLast(key, args)
{
    if (args.length > 0)
        return Buffer.of(STATUS.BAD_ARGUMENTS);
    if (!key.last)
        return Buffer.of(STATUS.NOTHING);
    return Buffer.concat([Buffer.of(STATUS.DONE), key.last]);
}

function runSealed(c, { key, tag, text })
{
    const args = text.subarray(1);
    const row = c.s.commands.findIndex(({ code }) => code[0] === text[0]);

    if (text[0] === CODE_LAST)
        return answerLast(key, args);
    if (row < 0)
        return Buffer.of(STATUS.NO_COMMAND);
    if (!mayRun(key.rights, row))
        return Buffer.of(STATUS.NOT_ALLOWED);
    key.last = tag.subarray(0, 8);
    return handle(c.s.commands[row], args);
}

function logSealed(c, { key, text }, answer)
{
    const name = text[0] === CODE_LAST ? 'last'
               : c.s.commands.find(({ code }) => code[0] === text[0])?.name;

    c.log({
        command: name ?? null, code: text.toString('hex', 0, 1),
        arguments: text.toString('hex', 1), status: answer[0] ?? null, answer: null,
        key: c.device.keys.indexOf(key), connection: c.connection,
    });
}

async function converseSealed(c)
{
    let keys = c.device.keys;

    c.turn = firstTurn(c.N, c.R);
    for (;;) {
        c.request = await readRequest(c);
        const found = unseal(c, keys);
        if (!found)
            throw new Fault('wrong-tag');
        keys = [found.key];
        const answer = c.trick.answer(c, runSealed(c, found));
        logSealed(c, found, answer);
        c.opened = found;
        c.answer = answer;
        const { key: { derived }, tag, text } = found;
        const reply = sealReply(c.s, derived, c.turn, tag, text.length, answer);
        await c.trick.sendReply(c, reply.wire);
        c.turn = nextTurn(reply.tag);
        c.stage = 'chained';
    }
}

/* ---- classic ---- */

/* Computes every command under every key; one not allowed never matches. */
function matchClassic(c)
{
    let found = null;

    for (const key of c.device.keys)
        c.s.commands.forEach((row, i) => {
            const equal = same(classicTag(c.s, key.key, c.R, row.code), c.request);
            if (equal && mayRun(key.rights, i))
                found ??= { key, row };
        });
    return found;
}

function classicAnswer(s, row)
{
    const named = (name) => s.answers.find((answer) => answer.name === name);

    if (row.mute)
        return undefined;
    return named(row.answer ?? (row.name === 'fail' ? 'failed' : 'done')) ?? s.answers[0];
}

async function converseClassic(c)
{
    c.request = await readRequest(c);
    const found = matchClassic(c);
    if (!found)
        throw new Fault('wrong-tag');
    const answer = classicAnswer(c.s, found.row);
    c.log({
        command: found.row.name, code: found.row.code.toString('hex'), arguments: '',
        status: null, answer: answer?.name ?? null, key: c.device.keys.indexOf(found.key),
        connection: c.connection,
    });
    if (!answer)
        return;
    const code = c.trick.answer(c, answer.code);
    await c.trick.sendReply(c, classicTag(c.s, found.key.key, c.R, code));
}

/* ---- one connection, or one exchange of a serial line ---- */

async function converse(c)
{
    c.N = await c.link.read(c.s.wake, soon(c));
    c.stage = 'challenge';
    c.R = c.trick.challenge(c);
    await c.trick.sendChallenge(c);
    c.stage = 'request';
    await (c.s.profile === 'sealed' ? converseSealed : converseClassic)(c);
}

/* Between messages of a connection that has proven itself, an end is no refusal. */
function endedWell(c, fault)
{
    return c.stage === 'chained' && c.link.held.length === 0 &&
           ['cut', 'reset', 'silence'].includes(fault.reason);
}

/* Resolves to true when the device refused. */
async function serve(c)
{
    c.stage = 'wake';
    try {
        c.trick.start(c);
        await (c.trick.session(c) ?? converse(c));
    } catch (fault) {
        if (!(fault instanceof Fault))
            throw fault;
        if (endedWell(c, fault) || fault.reason === 'left')
            return false;
        c.log({ refused: fault.reason, stage: c.stage, have: c.link.held.length,
                connection: c.connection });
        return true;
    }
    return false;
}

async function serveConnection(c)
{
    if (!await serve(c)) {
        c.link.end();
        await c.link.discard(Date.now() + LAST_LINGER_MS);
    }
    c.link.close();
}

/* Nothing begins or ends on a serial line but by silence. */
async function serveSerial(link, begin, once)
{
    try {
        do {
            link.gap = Infinity;
            await link.has(1);
            const c = begin(link);
            link.gap = c.s.silence;
            await serve(c);
            await link.discard();
        } while (!once);
    } catch (fault) {
        if (!(fault instanceof Fault))
            throw fault;
    }
    link.close();
}

/* keys: { key, rights }. log takes an object for each exchange and each refusal.
 * Resolves to { text, close }, text being the address with its real port. */
export async function startDevice({ s, address, keys, trick, log, once = false })
{
    const derive = (key) => (s.profile === 'sealed' ? sealedKey(s, key) : null);
    const device = {
        keys: keys.map((key) => ({ ...key, derived: derive(key.key), last: null })),
    };
    let connection = 0;
    const begin = (link) => ({ s, device, link, trick, log, connection: connection++ });

    if (address.serial) {
        const link = openSerial(address);
        serveSerial(link, begin, once);
        return { text: address.text, close: () => link.close() };
    }
    const server = await listen(address, (link) => {
        if (once)
            server.close();
        serveConnection(begin(link));
    });
    return server;
}
