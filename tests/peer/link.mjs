/* SPDX-License-Identifier: MIT */
/* link.mjs: bytes in and out over TCP, a Unix socket or a character device.
 *
 * A Link hands over exactly the bytes asked for, or throws a Fault that says why
 * it could not. What arrives early waits; a sender too far ahead is held back.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, openSync } from 'node:fs';
import net from 'node:net';
import tty from 'node:tty';

const HIGH_WATER = 65536;

/* reason: cut (the peer ended), reset, deadline, silence (a serial line only). */
export class Fault extends Error {
    constructor(reason)
    {
        super(reason);
        this.reason = reason;
    }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Link {
    held = Buffer.alloc(0);
    over = null;            /* why no more input will come: cut or reset */
    received = 0;           /* bytes that ever came in */
    taken = 0;              /* of these, the ones read() handed over */
    gap = Infinity;         /* longest wait for the next byte, ms */
    pace = null;            /* not null: each byte its own write, so many ms apart */
    lastMove = Date.now();
    #discarding = false;
    #wake = () => {};

    /* serial: the line has no connections. */
    constructor(stream, { serial = false } = {})
    {
        this.stream = stream;
        this.serial = serial;
        stream.on('data', (bytes) => this.#arrived(bytes));
        stream.on('end', () => this.#ended('cut'));
        stream.on('error', () => this.#ended('reset'));
        stream.on('close', () => this.#ended('cut'));
        stream.setNoDelay?.(true);
    }

    #arrived(bytes)
    {
        this.received += bytes.length;
        this.lastMove = Date.now();
        if (!this.#discarding)
            this.held = Buffer.concat([this.held, bytes]);
        if (this.held.length > HIGH_WATER)
            this.stream.pause();
        this.#wake();
    }

    #ended(reason)
    {
        this.over ??= reason;
        this.#wake();
    }

    /* Resolves at the next event; until is a time in ms since the epoch. */
    #event(until)
    {
        const silent = this.lastMove + this.gap;
        const limit = Math.min(until, silent);
        const reason = until <= silent ? 'deadline' : 'silence';

        return new Promise((resolve, reject) => {
            const fault = () => reject(new Fault(reason));
            const timer = limit === Infinity ? null
                        : setTimeout(fault, Math.max(0, limit - Date.now()));
            this.#wake = () => {
                clearTimeout(timer);
                resolve();
            };
        });
    }

    async has(count, until = Infinity)
    {
        while (this.held.length < count) {
            if (this.over)
                throw new Fault(this.over);
            await this.#event(until);
        }
    }

    async read(count, until = Infinity)
    {
        await this.has(count, until);
        const bytes = this.held.subarray(0, count);
        this.held = this.held.subarray(count);
        this.taken += count;
        if (this.held.length <= HIGH_WATER)
            this.stream.resume();
        return bytes;
    }

    async write(bytes, until = Infinity)
    {
        if (this.pace === null)
            return this.#put(bytes, until);
        for (let i = 0; i < bytes.length; i++) {
            await this.#put(bytes.subarray(i, i + 1), Infinity);
            await sleep(this.pace);
        }
    }

    #put(bytes, until)
    {
        return new Promise((resolve, reject) => {
            const late = () => reject(new Fault('deadline'));
            const timer = until === Infinity ? null
                        : setTimeout(late, until - Date.now());
            const abandon = () => reject(new Fault('reset'));
            this.stream.once('close', abandon);
            this.stream.write(bytes, (error) => {
                clearTimeout(timer);
                this.stream.off('close', abandon);
                this.lastMove = Date.now();
                if (error)
                    reject(new Fault('reset'));
                else
                    resolve();
            });
        });
    }

    /* Endless random bytes, until the peer has gone or the time is over. */
    async flood(until = Infinity)
    {
        while (!this.over && Date.now() < until)
            await this.write(randomBytes(4096), until);
    }

    /* Throws input away until the peer ends (true) or the time is over (false). */
    async discard(until = Infinity)
    {
        this.#discarding = true;
        this.held = Buffer.alloc(0);
        this.stream.resume();
        try {
            while (!this.over)
                await this.#event(until);
        } catch (fault) {
            if (!(fault instanceof Fault))
                throw fault;
        }
        this.#discarding = false;
        return this.over !== null;
    }

    /* No more output; input still flows. */
    end()
    {
        if (!this.serial)
            this.stream.end();
    }

    close()
    {
        this.stream.destroy();
    }
}

/* ---- addresses ---- */

export function parseAddress(text)
{
    const tcp = /^tcp:\/\/(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
    const unix = /^unix:(.+)$/.exec(text);
    const serial = /^serial:([^?]+)(?:\?baud=(\d+))?$/.exec(text);

    if (tcp)
        return { text, socket: { host: tcp[1] ?? tcp[2], port: Number(tcp[3]) } };
    if (unix)
        return { text, socket: { path: unix[1] } };
    if (serial)
        return { text, serial: serial[1], baud: serial[2] };
    throw new Error(`address ${text}: want tcp://HOST:PORT, unix:/PATH or serial:/PATH`);
}

/* Node's own raw mode leaves output processing on, which would turn 0a into 0d 0a. */
export function openSerial({ serial, baud })
{
    const { O_RDWR, O_NOCTTY, O_NONBLOCK } = constants;
    const fd = openSync(serial, O_RDWR | O_NOCTTY | O_NONBLOCK);
    const speed = baud ? [baud] : [];
    execFileSync('stty', ['-F', serial, ...speed, 'raw', '-echo', 'clocal']);
    return new Link(new tty.ReadStream(fd), { serial: true });
}

/* Resolves to a Link, or throws a Fault. */
export function dial(address, ms)
{
    return new Promise((resolve, reject) => {
        const socket = net.connect({ ...address.socket, allowHalfOpen: true });
        const fail = (reason) => {
            socket.destroy();
            reject(new Fault(reason));
        };
        const timer = setTimeout(fail, ms, 'deadline');
        const refused = () => {
            clearTimeout(timer);
            fail('refused');
        };
        socket.once('error', refused);
        socket.once('connect', () => {
            clearTimeout(timer);
            socket.off('error', refused);
            resolve(new Link(socket));
        });
    });
}

/* Calls accepted(link) for each connection. Resolves to { text, close }. */
export function listen(address, accepted)
{
    const server = net.createServer({ allowHalfOpen: true },
                                    (socket) => accepted(new Link(socket)));
    return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ ...address.socket, backlog: 511 }, () => {
            const { port } = server.address();
            const text = port ? address.text.replace(/\d+$/, port) : address.text;
            resolve({ text, close: () => server.close() });
        });
    });
}
