/* SPDX-License-Identifier: MIT */
/* client.mjs: the client's side. Its misbehaviours are in client-tricks.mjs. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { Fault, dial, openSerial } from './link.mjs';
import {
    HASHES, STATUS, classicTag, firstTurn, nextTurn, openReply, same, sealRequest,
    sealedKey,
} from './wire.mjs';

export const later = (ms) => Date.now() + ms;

/* ---- opening ---- */

export async function openLink(c)
{
    if (!c.address.serial) {
        c.link = await dial(c.address, c.s.timeout);
        c.links.push(c.link);
    } else if (!c.link) {
        c.link = openSerial(c.address);
        c.links.push(c.link);
    }
    c.trick.start(c);
}

/* On a serial line a wake may be lost, so it is sent again with a new N. */
async function wakeSerial(c, limit)
{
    for (;;) {
        await c.link.discard(later(c.s.quiet));
        c.link.taken = c.link.received;
        c.N = randomBytes(c.s.wake);
        await c.link.write(c.trick.wake(c));
        try {
            return await c.link.read(c.s.challenge, Math.min(limit, later(c.s.rewake)));
        } catch (fault) {
            if (fault.reason !== 'deadline' || Date.now() >= limit)
                throw fault;
        }
    }
}

async function wakeUp(c)
{
    if (c.link.serial)
        return wakeSerial(c, later(c.s.timeout));
    c.N = randomBytes(c.s.wake);
    await c.link.write(c.trick.wake(c), later(c.s.timeout));
    return c.link.read(c.s.challenge, later(c.s.timeout));
}

/* A client that can keep files refuses a challenge it was given before. */
function refuseRepeated({ s, R })
{
    if (!s.seen || s.profile !== 'classic' || s.challenge < 8)
        return;
    const line = R.toString('hex');
    if (existsSync(s.seen) && readFileSync(s.seen, 'utf8').split('\n').includes(line))
        throw new Fault('repeated-challenge');
    appendFileSync(s.seen, `${line}\n`);
}

async function open(c)
{
    await openLink(c);
    c.R = await wakeUp(c);
    refuseRepeated(c);
    c.turn = firstTurn(c.N, c.R);
}

/* ---- one request and its reply ---- */

/* What will be sent, with all that is needed to judge the reply. */
export function makeRequest(c, command, key = c.key)
{
    if (c.s.profile === 'classic')
        return { command, key, R: c.R, wire: classicTag(c.s, key, c.R, command.code) };
    const K = sealedKey(c.s, key);
    const text = c.trick.text(c, Buffer.concat([command.code, command.args]));
    const sealed = sealRequest(c.s, K, c.turn, text);
    return { command, K, turn: c.turn, n: text.length, ...sealed };
}

export function unknown(reason)
{
    return { outcome: 'unknown', reason, status: null, answer: null, data: '' };
}

async function receiveSealed(c, sent, until)
{
    const { link, s } = c;

    await link.has(1, until);
    const m = link.held[0];
    if (m === 0)
        return unknown('m-zero');
    if (m > s.payload)
        return unknown('m-over');
    const reply = await link.read(1 + m + s.tag, until);
    const opened = openReply(s, sent.K, sent.turn, sent.tag, sent.n, reply);
    if (!opened)
        return unknown('wrong-tag');
    c.turn = nextTurn(opened.tag);
    c.reply = reply;
    const status = opened.text[0];
    return {
        outcome: status === STATUS.DONE ? 'done' : 'failed', status, answer: null,
        data: opened.text.toString('hex', 1),
    };
}

async function receiveClassic(c, sent, until)
{
    const { link, s } = c;

    if (sent.command.mute || s.answers.length === 0) {
        await link.has(1, until);
        return unknown('unexpected-reply');
    }
    const reply = await link.read(HASHES[s.hash].length, until);
    c.reply = reply;
    if (same(reply, sent.wire))
        return unknown('reflected');
    const [answer] = s.answers.filter(
        ({ code }) => same(classicTag(s, sent.key, sent.R, code), reply));
    if (!answer)
        return unknown('wrong-tag');
    return {
        outcome: answer.name === 'failed' ? 'failed' : 'done', status: null,
        answer: answer.name, data: '',
    };
}

/* A classic device without answers proves nothing: all was written, nothing came. */
function onFault(c, sent, fault, count)
{
    if (!(fault instanceof Fault))
        throw fault;
    const mute = c.s.profile === 'classic' &&
                 (sent.command.mute || c.s.answers.length === 0);
    const result = unknown(fault.reason);
    return mute && sent.written && count === 0 ? { ...result, outcome: 'sent' } : result;
}

/* Sends the bytes and judges what comes back as the reply to `sent`. */
export async function exchange(c, sent, bytes = sent.wire)
{
    const before = c.link.taken;
    let result;

    if (c.link.over)
        return { ...unknown(c.link.over), outcome: 'not-sent', received: 0 };
    try {
        await c.link.write(bytes, later(c.s.timeout));
        sent.written = true;
        c.trick.sent(c);
        const receive = c.s.profile === 'sealed' ? receiveSealed : receiveClassic;
        result = await receive(c, sent, later(c.s.timeout));
    } catch (fault) {
        result = onFault(c, sent, fault, c.link.received - before);
    }
    return { ...result, received: c.link.received - before };
}

/* ---- the whole run ---- */

function logOutcome(c, name, result)
{
    const { outcome, status, answer, data, received, reason } = result;
    const why = reason ? { reason } : {};
    c.log({ command: name, outcome, status, answer, data, received, ...why });
}

function notSent(c, commands, reason)
{
    for (const { name } of commands)
        logOutcome(c, name, { ...unknown(reason), outcome: 'not-sent', received: 0 });
}

async function runCommands(c, commands)
{
    for (let i = 0; i < commands.length; i++) {
        c.isLast = i === commands.length - 1;
        c.sent = makeRequest(c, commands[i], c.trick.key(c, i));
        c.first ??= { N: c.N, sent: c.sent };
        const result = await exchange(c, c.sent, c.trick.request(c, c.sent.wire));
        logOutcome(c, commands[i].name, result);
        if (result.outcome !== 'done' && !(c.s.keepGoing && result.outcome === 'failed'))
            return notSent(c, commands.slice(i + 1), 'stopped');
    }
    await runAfter(c);
}

/* What a misbehaving client does once its commands are done. */
async function runAfter(c)
{
    let result;

    try {
        result = await c.trick.after(c);
    } catch (fault) {
        if (!(fault instanceof Fault))
            throw fault;
        result = { ...unknown(fault.reason), received: 0 };
    }
    if (result)
        logOutcome(c, `(${c.trick.kind})`, result);
}

async function run(c)
{
    const plan = c.trick.commands(c.commands);

    try {
        await (plan.length > 0 ? open(c) : openLink(c));
    } catch (fault) {
        if (!(fault instanceof Fault))
            throw fault;
        return notSent(c, c.commands, fault.reason);
    }
    await runCommands(c, plan);
}

/* commands: { name, code, args, mute }. log takes one object a command, and at the
 * end { closed, extra }: whether the device hung up, and bytes nobody asked for. */
export async function runClient({ s, address, key, key2, commands, trick, log })
{
    const c = { s, address, key, key2, commands, trick, log, link: null, links: [] };

    await run(c);
    const closed = c.link ? await c.link.discard(later(s.linger)) : true;
    log({ closed, extra: c.link ? c.link.received - c.link.taken : 0 });
    c.links.forEach((link) => link.close());
}
