/* SPDX-License-Identifier: MIT */
/* peer.mjs as a program: over TCP, over a Unix socket and over a pseudo-terminal. */
import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { directory } from './harness.mjs';

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url));
const keyFile = join(directory, 'key');
const shortKeyFile = join(directory, 'short-key');

writeFileSync(keyFile, `hex:${'5a'.repeat(32)}\n`);
writeFileSync(shortKeyFile, 'text:short\n');

function start(program, args, stdin = 'ignore')
{
    const child = spawn(program, args, { stdio: [stdin, 'pipe', 'pipe'] });
    after(() => child.kill('SIGKILL'));
    return child;
}

/* Resolves to { lines, complaint, code } when the program has ended. */
async function finish(child)
{
    const [out, complaint, [code]] = await Promise.all([
        child.stdout.toArray(), child.stderr.toArray(), once(child, 'exit'),
    ]);
    const lines = Buffer.concat(out).toString().split('\n').filter(Boolean);
    return { lines, complaint: complaint.join(''), code };
}

const run = (...args) => finish(start(process.execPath, [PEER, ...args]));

/* Resolves to { address, ended } once the device listens. */
async function device(...args)
{
    const child = start(process.execPath,
                        [PEER, 'device', '--key-file', keyFile, ...args]);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    const rest = async () => {
        const all = [];
        for await (const line of lines)
            all.push(JSON.parse(line));
        return all;
    };

    return { address: value.replace('listening on ', ''), rest };
}

async function client(address, ...args)
{
    const { lines, complaint, code } =
        await run('client', '--connect', address, '--key-file', keyFile, ...args);
    assert.equal(complaint, '');
    assert.equal(code, 0);
    return lines.map((line) => JSON.parse(line));
}

test('sealed over TCP, with a chain', async () => {
    const { address, rest } = await device('--listen', 'tcp://127.0.0.1:0', '--once');
    const got = await client(address, 'on', '+', 'echo', '6869', '+', 'last');

    assert.match(address, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.deepEqual(got.map((line) => line.outcome),
                     ['done', 'done', 'done', undefined]);
    assert.equal(got[1].data, '6869');
    const logged = await rest();
    assert.deepEqual(logged.map((line) => [line.command, line.arguments, line.status]),
                     [['on', '', 0], ['echo', '6869', 0], ['last', '', 0]]);
});

test('classic over a Unix socket, with a refusal', async () => {
    const unix = `unix:${join(directory, 'classic')}`;
    const settings = ['--profile', 'classic', '--hash', 'sha1', '--wake', '0',
                      '--answers', 'done=a0,failed=a1'];
    const { address, rest } = await device('--listen', unix, ...settings, '--once');
    const got = await client(address, ...settings, '--linger', '3000',
                             '--misbehave', 'flip', 'on');

    assert.deepEqual(got, [
        { command: 'on', outcome: 'unknown', status: null, answer: null, data: '',
          received: 0, reason: 'cut' },
        { closed: true, extra: 0 },
    ]);
    assert.deepEqual(await rest(), [
        { refused: 'wrong-tag', stage: 'request', have: 0, connection: 0 },
    ]);
});

test('nobody listening: not sent', async () => {
    const [line] = await client(`unix:${join(directory, 'nobody')}`, 'on');
    assert.deepEqual([line.outcome, line.reason], ['not-sent', 'refused']);
});

test('what is wrong on the command line is told, with exit status 2', async () => {
    const base = ['client', '--connect', 'tcp://127.0.0.1:1', '--key-file', keyFile];
    const device = ['device', '--key-file', keyFile, '--listen'];
    const wrong = [
        [], ['client'], base, [...base, 'dance'], [...base, 'on', '0'],
        [...base, '--no', 'on'],
        [...base, '--tag', '15', 'on'], [...base, '--misbehave', 'swap', 'on'],
        [...base, '--profile', 'classic', 'on', '00'],
        ['client', '--connect', 'nowhere', '--key-file', keyFile, 'on'],
        ['client', '--connect', 'tcp://127.0.0.1:1', '--key-file', shortKeyFile, 'on'],
        [...device, 'tcp://127.0.0.1:0', '--misbehave', 'reply'],
        [...device, 'serial:/dev/null', '--profile', 'classic', '--wake', '0'],
    ];

    const results = await Promise.all(wrong.map((args) => run(...args)));
    for (const { lines, complaint, code } of results) {
        assert.match(complaint, /^peer: ./);
        assert.deepEqual([lines, code], [[], 2], complaint);
    }
});

/* ---- a serial line: two pseudo-terminals, tied together by this process ---- */

async function terminal()
{
    const shell = 'stty raw -echo; tty; exec sleep 60';
    const child = start('script', ['-qec', shell, '/dev/null'], 'pipe');
    let path = '';

    while (!path.includes('\n'))
        path += (await once(child.stdout, 'data'))[0];
    return { path: path.trim(), input: child.stdin, output: child.stdout };
}

/* between(bytes) may change or lose what the client sends. */
async function serialLine(between = (bytes) => bytes)
{
    const [a, b] = await Promise.all([terminal(), terminal()]);

    a.output.on('data', (bytes) => b.input.write(bytes));
    b.output.on('data', (bytes) => a.input.write(between(bytes)));
    return { deviceEnd: `serial:${a.path}`, clientEnd: `serial:${b.path}` };
}

describe('serial lines', { concurrency: 3 }, () => {
    test('sealed exchanges follow each other without a connection', async () => {
        const { deviceEnd, clientEnd } = await serialLine();
        await device('--listen', deviceEnd);
        const bytes = '000a0d03040811131a1c7fff';

        for (const misbehave of ['', '', 'flip', '']) {
            const got = await client(clientEnd, '--timeout', '2500',
                                     '--misbehave', misbehave, 'on', '+', 'echo', bytes);
            assert.equal(got[0].outcome, 'done');
            assert.equal(got[1].outcome, misbehave ? 'unknown' : 'done');
            assert.equal(got[1].data, misbehave ? '' : bytes);
        }
    });

    test('a lost wake is sent again, in classic', async () => {
        let lost = 0;
        const { deviceEnd, clientEnd } =
            await serialLine((bytes) => (lost++ === 0 ? Buffer.alloc(0) : bytes));
        const settings = ['--profile', 'classic', '--answers', 'done=a0,failed=a1'];
        const { rest } = await device('--listen', deviceEnd, ...settings, '--once');
        const got = await client(clientEnd, ...settings, 'on');

        assert.equal(got[0].outcome, 'done');
        assert.ok(lost > 1);
        assert.deepEqual((await rest()).map((line) => line.command), ['on']);
    });

    test('silence ends a half wake and the next byte begins one', async () => {
        const { deviceEnd, clientEnd } = await serialLine();
        await device('--listen', deviceEnd);

        const [lost] = await client(clientEnd, '--timeout', '1000',
                                    '--misbehave', 'cut-wake:3', 'on');
        assert.equal(lost.outcome, 'not-sent');
        const [line] = await client(clientEnd, 'on');
        assert.equal(line.outcome, 'done');
    });
});
