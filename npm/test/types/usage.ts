// SPDX-License-Identifier: MIT
// usage.ts: what a TypeScript user writes, and what the compiler must refuse. Compiled, never run.
import { Duplex } from 'node:stream';

import {
  BadArguments, CountersignError, Device, dropKey, provision, rotateKey, serve, setKey,
} from 'countersign';
import { ClientMachine, hashes, settingsOf } from 'countersign/core';

export async function use(stream: Duplex): Promise<string> {
  const lamp = await Device.open('lamp.ini', { timeout: 1000, state: false });
  const { outcome, data } = await lamp.send('set', Buffer.from([1]), { signal: AbortSignal.timeout(5) });
  const words: 'done' | 'sent' = outcome;
  await lamp.send('on', { timeout: 5 });
  const last: 'ran' | 'not-the-last' | 'not-known' = (await lamp.last()).last;
  const connection = lamp.connect();
  await connection.send('on', 'text');
  await connection.close();
  await setKey(lamp, { slot: 1, rights: 'on, admin', key: new Uint8Array(32) });
  await dropKey(lamp, 1);
  await Device.open('lamp.ini', { stream });
  await Device.open('lamp.ini', { stream: async () => stream, line: true });
  const { keys } = await provision(stream, 'lamp.ini', { slot: 0 });
  const { fingerprint } = await rotateKey('lamp.ini', { from: 0, to: 1 });
  return [words, last, data.toString('hex'), keys[0].fingerprint, fingerprint].join();
}

export async function be(): Promise<string | null> {
  const device = await serve('lamp.ini', {
    on: () => undefined,
    status: () => 'on',
    set: (args, call) => {
      if (args.length === 0) throw new BadArguments('none');
      return { status: 0x80, data: call.key };
    },
  }, { listen: 'tcp://127.0.0.1:0' });
  return device.address;
}

export function read(error: unknown): string {
  if (!(error instanceof CountersignError)) return '';
  switch (error.outcome) {
    case 'failed': return String(error.status);
    case 'not-sent': case 'unknown': return error.code;
    default: return error.message;
  }
}

export const machine = new ClientMachine(settingsOf({ profile: 'classic', hash: 'sha1' }), new Uint8Array(1));
export const length: number = hashes.sha512.length;

// @ts-expect-error a device file has a name
Device.open();
// @ts-expect-error no such profile
settingsOf({ profile: 'open' });
// @ts-expect-error what a handler gives is no number
serve('lamp.ini', { on: () => 5 });
// @ts-expect-error an outcome is one of five words
export const wrong: CountersignError['outcome'] = 'maybe';
