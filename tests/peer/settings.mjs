/* SPDX-License-Identifier: MIT */
/* settings.mjs: what both sides are set to beforehand, checked by the protocol. */
import { readFileSync } from 'node:fs';
import { HASHES } from './wire.mjs';

export const ALL_RIGHTS = 0xffffffff;

const DEFAULTS = {
    profile: 'sealed', hash: 'sha256', wake: 16, challenge: 16, tag: 16, id: '',
    payload: 255, deadline: 5000, idle: 30000, silence: 500, quiet: 750, rewake: 1000,
    timeout: 10000, linger: 300, pace: 1000, allowOverlap: false, keepGoing: false,
    commands: 'on=01,off=02,echo=03', answers: '',
};

function need(condition, text)
{
    if (!condition)
        throw new Error(text);
}

const within = (value, low, high) =>
    Number.isInteger(value) && value >= low && value <= high;

export function parseHex(text, what = 'hex')
{
    need(/^([0-9a-f]{2})*$/i.test(text), `${what}: ${text} is not pairs of hex digits`);
    return Buffer.from(text, 'hex');
}

/* One line, hex:.. or text:.. */
export function readKey(path)
{
    const line = readFileSync(path, 'utf8').replace(/\n$/, '');
    const [, kind, value] = /^(hex|text):(.+)$/s.exec(line) ?? [];

    need(kind, `key file ${path}: want one line, hex:.. or text:..`);
    return kind === 'hex' ? parseHex(value, `key file ${path}`) : Buffer.from(value);
}

/* name=code, then :answer (sealed: hex of status and data; classic: an answer's
 * name) or ~ (classic: the device does not answer this command). */
function parseTable(text)
{
    return text.split(',').filter(Boolean).map((item) => {
        const [, name, code, answer, mute] =
            /^([^=]+)=([0-9a-f]+)(?::([^~]+))?(~)?$/i.exec(item) ?? [];
        need(name, `${item}: want name=code`);
        return { name, code: parseHex(code, name), answer, mute: Boolean(mute) };
    });
}

function checkCodes(rows, what)
{
    const codes = rows.map((row) => row.code.toString('hex'));
    const lengths = rows.map((row) => row.code.length);

    need(lengths.every((length) => within(length, 1, 16)), `${what}: 1 to 16 bytes each`);
    need(new Set(lengths).size <= 1, `${what}: equally long`);
    need(new Set(codes).size === codes.length, `${what}: the same code twice`);
}

function checkClassic(s)
{
    need(within(s.wake, 0, 255), 'wake: 0 to 255 in classic');
    need(within(s.challenge, 1, 64), 'challenge: 1 to 64 in classic');
    const codes = new Set(s.commands.map((row) => row.code.toString('hex')));
    const names = s.answers.map((row) => row.name);
    need(s.allowOverlap || !s.answers.some((row) => codes.has(row.code.toString('hex'))),
         'answers: one equals a code');
    for (const { answer } of s.commands)
        need(!answer || names.includes(answer), `no answer ${answer}`);
}

function checkSealed(s)
{
    need(HASHES[s.hash].number, `hash ${s.hash}: classic only`);
    need(within(s.wake, 8, 64), 'wake: 8 to 64 in sealed');
    need(within(s.challenge, 8, 64), 'challenge: 8 to 64 in sealed');
    need(within(s.tag, 16, HASHES[s.hash].length), 'tag: 16 to 32');
    need(s.id.length <= 64, 'id: at most 64 bytes');
    need(within(s.payload, 1, 255), 'payload: 1 to 255');
    need(s.answers.length === 0, 'answers: classic only');
    for (const row of s.commands) {
        need(row.code.length === 1 && row.code[0] < 0xf0,
             `${row.name}: one byte, 00 to ef`);
        need(!row.mute, `${row.name}: sealed always answers`);
    }
}

/* Takes strings, as from the command line, or values. */
export function makeSettings(options)
{
    const s = { ...DEFAULTS, ...options };

    for (const [name, value] of Object.entries(DEFAULTS))
        if (typeof value === 'number')
            s[name] = Number(s[name]);
    s.id = Buffer.from(s.id);
    s.commands = parseTable(s.commands);
    s.answers = parseTable(s.answers);
    need(['sealed', 'classic'].includes(s.profile), 'profile: sealed or classic');
    need(Object.hasOwn(HASHES, s.hash), `hash: ${Object.keys(HASHES).join(', ')}`);
    checkCodes(s.commands, 'commands');
    checkCodes(s.answers, 'answers');
    (s.profile === 'sealed' ? checkSealed : checkClassic)(s);
    return s;
}

/* all, 8 hex digits, or names of commands; bit b is row b, F0 needs none. */
export function parseRights(s, text = 'all')
{
    if (text === 'all')
        return ALL_RIGHTS;
    if (/^[0-9a-f]{8}$/i.test(text))
        return parseInt(text, 16);
    return text.split(',').reduce((rights, name) => {
        const row = s.commands.findIndex((command) => command.name === name);
        need(row >= 0 && row < 31, `rights: no command ${name} in rows 0 to 30`);
        return (rights | 1 << row) >>> 0;
    }, 0);
}

export function mayRun(rights, row)
{
    return row < 31 ? (rights >>> row & 1) === 1 : (rights & 0x7fffffff) === 0x7fffffff;
}

export function checkKey(s, key)
{
    need(key.length >= (s.profile === 'sealed' ? 16 : 1), 'key: too short');
    return key;
}
