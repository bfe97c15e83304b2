#!/usr/bin/env node
/* SPDX-License-Identifier: MIT */
/* peer.mjs: the independent test peer's command line; see --help. */
import { parseArgs } from 'node:util';
import { runClient } from './client.mjs';
import { clientKinds, clientTrick } from './client-tricks.mjs';
import { startDevice } from './device.mjs';
import { deviceKinds, deviceTrick } from './device-tricks.mjs';
import { parseAddress } from './link.mjs';
import { checkKey, makeSettings, parseHex, parseRights, readKey } from './settings.mjs';

const USAGE = `usage:
  peer.mjs device --listen ADDRESS SETTINGS --key-file F [--rights R] [--key-file F ...]
                  [--once] [--misbehave KIND]
  peer.mjs client --connect ADDRESS SETTINGS --key-file F [--key2-file F]
                  [--misbehave KIND] COMMAND [HEXARGS] [+ COMMAND [HEXARGS]]...

ADDRESS   tcp://HOST:PORT (0: any), unix:/PATH, serial:/PATH[?baud=N]
F         a file of one line, hex:.. or text:..
R         all, 8 hex digits (bit b: row b of --commands) or names; the i-th belongs to
          the i-th key, a key without one has all
COMMAND   a name of --commands, last (F0), or 0x.. for a code that has no name

SETTINGS, on both sides (default):
  --profile sealed|classic (sealed)     --hash sha256|blake2s|sha1|sha512 (sha256)
  --wake N (16)  --challenge N (16)  --tag N (16)  --id TEXT ()
  --payload N     largest n the device, largest m the client takes (255)
  --commands T    name=code,... (on=01,off=02,echo=03). name=code:HEX answers these bytes
                  (status and data; classic: name=code:ANSWERNAME), name=code~ is not
                  answered (classic). echo returns its arguments, fail answers 04
                  (classic: the answer named failed), any other 00 (classic: done)
  --answers T     name=code,... classic only; none: the device does not answer
  --allow-overlap an answer may equal a code
Device, ms: --deadline (5000)  --idle (30000)  --silence, serial only (500)
Client, ms: --timeout for connect, challenge and reply each (10000)  --linger (300)
            --quiet (750) and --rewake (1000), serial only
            --seen FILE keeps classic challenges, --keep-going goes on after failed
Both, ms:   --pace between bytes of --misbehave slow (1000)

KIND, also KIND:NUMBER (a bit or a count of bytes) where it has one:
  device: ${deviceKinds.join(' ')}
  client: ${clientKinds.join(' ')}
`;

const text = { type: 'string' };
const flag = { type: 'boolean' };
const many = { type: 'string', multiple: true };

const SETTINGS = {
    profile: text, hash: text, wake: text, challenge: text, tag: text, id: text,
    payload: text, commands: text, answers: text, 'allow-overlap': flag, pace: text,
    misbehave: text, help: flag,
};
const OPTIONS = {
    device: {
        ...SETTINGS, listen: text, 'key-file': many, rights: many, once: flag,
        deadline: text, idle: text, silence: text,
    },
    client: {
        ...SETTINGS, connect: text, 'key-file': text, 'key2-file': text, timeout: text,
        linger: text, quiet: text, rewake: text, seen: text, 'keep-going': flag,
    },
};

const print = (line) => process.stdout.write(`${line}\n`);
const printJson = (object) => print(JSON.stringify(object));

function settingsFrom(values)
{
    const { 'allow-overlap': allowOverlap, 'keep-going': keepGoing, ...rest } = values;
    return makeSettings({ ...rest, ...(allowOverlap && { allowOverlap }),
                          ...(keepGoing && { keepGoing }) });
}

function wanted(values, name)
{
    if (values[name] === undefined)
        throw new Error(`--${name} is missing`);
    return values[name];
}

function parseCommand(s, [name, args = '', ...rest])
{
    const hex = name === 'last' ? '0xf0' : name;
    const code = /^0x((?:[0-9a-f]{2})+)$/i.exec(hex ?? '')?.[1];
    const row = s.commands.find((command) => command.name === name);

    if (!name || rest.length > 0 || (!row && !code))
        throw new Error(`no command ${[name, args, ...rest].join(' ')}`);
    if (s.profile === 'classic' && (args || name === 'last'))
        throw new Error(`${name}: classic has neither arguments nor last`);
    return { ...(row ?? { name, code: parseHex(code) }), args: parseHex(args, name) };
}

function parseCommands(s, words)
{
    const groups = [[]];

    for (const word of words)
        if (word === '+')
            groups.push([]);
        else
            groups.at(-1).push(word);
    if (s.profile === 'classic' && groups.length > 1)
        throw new Error('classic has one exchange a connection');
    return groups.map((group) => parseCommand(s, group));
}

async function device(values)
{
    const s = settingsFrom(values);
    const address = parseAddress(wanted(values, 'listen'));
    const keys = wanted(values, 'key-file').map((path, i) => ({
        key: checkKey(s, readKey(path)), rights: parseRights(s, values.rights?.[i]),
    }));

    if (address.serial && s.wake === 0)
        throw new Error('wake: 1 or more on a serial line');
    const trick = deviceTrick(s, values.misbehave);
    const started = await startDevice({ s, address, keys, trick, log: printJson,
                                        once: values.once });
    print(`listening on ${started.text}`);
}

async function client(values, words)
{
    const s = settingsFrom(values);
    const address = parseAddress(wanted(values, 'connect'));
    const key2 = values['key2-file'] && checkKey(s, readKey(values['key2-file']));

    if (address.serial && s.wake === 0)
        throw new Error('wake: 1 or more on a serial line');
    await runClient({
        s, address, key: checkKey(s, readKey(wanted(values, 'key-file'))), key2,
        commands: parseCommands(s, words), trick: clientTrick(s, values.misbehave),
        log: printJson,
    });
}

async function main([role, ...args])
{
    if (role === '--help' || args.includes('--help'))
        return process.stdout.write(USAGE);
    if (!Object.hasOwn(OPTIONS, role ?? ''))
        throw new Error('want device or client');
    const { values, positionals } =
        parseArgs({ args, options: OPTIONS[role], allowPositionals: role === 'client' });
    await (role === 'device' ? device(values) : client(values, positionals));
}

main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`peer: ${error.message}\n`);
    process.exitCode = 2;
});
