/* SPDX-License-Identifier: MIT */
/* harness.mjs: both sides in this process, over a Unix socket of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { runClient } from './client.mjs';
import { clientTrick } from './client-tricks.mjs';
import { startDevice } from './device.mjs';
import { deviceTrick } from './device-tricks.mjs';
import { parseAddress } from './link.mjs';
import { makeSettings, parseRights } from './settings.mjs';

export const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
export const KEY2 = Buffer.from('another key, also of 32 bytes...');
export const CLASSIC = {
    profile: 'classic', answers: 'done=a0,failed=a1',
    commands: 'on=01,off=02,fail=03,mute=04~,twist=05:failed',
};
export const SEALED = {
    profile: 'sealed', commands: 'on=01,off=02,echo=03,fail=04,hot=05:850102',
};
/* No test measures time: where a limit must strike it is short, elsewhere it is long. */
const STEADY = { linger: 50, pace: 60 };
export const HASTY = { deadline: 150, idle: 300, timeout: 400, linger: 3000 };

export const directory = mkdtempSync(join(tmpdir(), 'csign-peer-'));
after(() => rmSync(directory, { recursive: true }));

let sockets = 0;

/* Starts a device; ask() runs a client against it, lines is the device's log. */
export async function pair(options, { misbehave, keys = [{ key: KEY }] } = {})
{
    const s = makeSettings({ ...STEADY, ...options });
    const lines = [];
    const device = await startDevice({
        s, address: parseAddress(`unix:${join(directory, `s${sockets++}`)}`),
        keys: keys.map(({ key, rights }) => ({ key, rights: parseRights(s, rights) })),
        trick: deviceTrick(s, misbehave), log: (line) => lines.push(line),
    });
    const ask = (words, how = {}) => client(device.text, options, words, how);

    after(device.close);
    return { ask, lines, address: device.text };
}

/* words: "on echo:6869 0x77". Gives the client's lines; the last is { closed, extra }. */
async function client(address, options, words, how)
{
    const { misbehave, key = KEY, key2, with: extra } = how;
    const s = makeSettings({ ...STEADY, ...options, ...extra });
    const lines = [];
    const commands = words.split(' ').map((word) => {
        const [name, args = ''] = word.split(':');
        const row = s.commands.find((command) => command.name === name);
        const code = Buffer.from(name === 'last' ? 'f0' : name.slice(2), 'hex');
        return { ...(row ?? { name, code }), args: Buffer.from(args, 'hex') };
    });

    await runClient({
        s, address: parseAddress(address), key, key2, commands,
        trick: clientTrick(s, misbehave), log: (line) => lines.push(line),
    });
    return lines;
}

/* on -> done, off -> not-sent: what came of each command, in short. */
export const outcomes = (lines) => lines.slice(0, -1)
    .map((line) => line.outcome).join(' ');
export const refusals = (lines) => lines.filter((line) => line.refused)
    .map((line) => `${line.refused} ${line.stage}`).join(', ');
export const ran = (lines) => lines.filter((line) => 'code' in line)
    .map((line) => line.command).join(' ');
