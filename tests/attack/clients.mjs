// SPDX-License-Identifier: MIT
// clients.mjs: false devices, and what each client calls them. A false device here knows the key
// where that makes it worse; the replaying one and the man in the middle use none.
import { readFileSync } from 'node:fs';
import net from 'node:net';

import { readDeviceFile } from '../../npm/src/device-file.js';
import { classicTricks, falseDevice, sealedTricks } from '../../npm/test/false-device.js';
import { World } from '../../npm/test/world.js';
import { Board } from '../matrix/board.mjs';
import { clients } from '../matrix/clients.mjs';
import { TcpTap } from '../matrix/tcp-tap.mjs';
import { greeted, tallied } from './attacker.mjs';
import { settings } from './targets.mjs';

/** ms: of a client that is to give up, and of one that is to wait for a slow device. */
const PATIENCE = { soon: 1500, late: 8000 };
const TOLD = {
  'unknown-status': 'a status that nobody knows', 'flip-challenge': 'a bit of the challenge flipped',
  'flip': 'the last bit of the answer flipped', 'flip:0': 'the first bit of the answer flipped', 'flip:8': 'a bit of the answer\'s body flipped',
  'short:0': 'no byte of an answer, then the end', 'short:1': 'an answer of one byte, then the end', 'short:17': 'an answer that lacks a byte', 'short:31': 'an answer that lacks a byte',
  'reflect': 'the client\'s own request as the answer', 'silent-reply': 'no answer, and no end', 'silent-challenge': 'no challenge, and no end',
  'short-challenge': 'a challenge that is cut', 'close-challenge': 'an end in place of a challenge', 'flood': 'a flood in place of an answer',
  'zero': 'an answer of zeros', 'close-early': 'an end in place of an answer', 'flood-after': 'a good answer, then a flood', 'extra': 'a good answer, then more',
  'fragment': 'a good answer in pieces of a byte', 'slow': 'a good answer, slowly',
};

/** A client under attack; where it connects to is changed under it. */
class ClientTarget {
  boards = {};
  state = null;
  patience = PATIENCE.late;

  constructor(kind, profile) {
    Object.assign(this, { kind, name: `${kind} client`, profile, setting: settings[profile], world: new World() });
  }

  async start() {
    this.link = await TcpTap.open();
    const file = this.world.deviceFile(this.setting, this.link.address);
    this.files = { right: file };
    this.commands = readDeviceFile(file, 'client').commands;
    if (this.kind === 'board') {
      this.boards.client = await Board.start('Client', this.world, this.setting, this.commands, { isLine: false, route: this.link.port });
    }
    this.client = await clients[this.kind](this);
  }

  /** What the client calls it. */
  async asks(port, patience) {
    this.link.devicePort = port;
    this.patience = patience;
    const [{ outcome }] = await this.client.send([{ name: 'on' }]);
    return outcome;
  }

  async stop() {
    await this.client?.stop();
    await this.link?.close();
    await this.boards.client?.stop();
  }
}

const portOf = ({ address }) => Number(address.split(':').at(-1));

async function meet(target, trick, times, patience) {
  const device = await falseDevice(target.files.right, trick);
  const outcomes = [];
  for (let time = 0; time < times; time++) outcomes.push(await target.asks(portOf(device), patience));
  await device.close();
  return { outcomes, runs: device.runs };
}

function tricksOf(profile, tricks) {
  return Object.entries(tricks).map(([trick, outcome]) => ({
    name: `false device: ${TOLD[trick] ?? trick}`, profiles: [profile], expected: outcome,
    run: async ({ target }) => (await meet(target, trick, 1, outcome === 'done' ? PATIENCE.late : PATIENCE.soon)).outcomes[0],
  }));
}

/** The same trick at every bit. */
async function everyBit({ target, some }, trick, bits) {
  const chosen = some(Array.from({ length: bits }, (_none, at) => at));
  const outcomes = [];
  for (const bit of chosen) outcomes.push((await meet(target, `${trick}:${bit}`, 1, PATIENCE.soon)).outcomes[0]);
  return { seen: tallied(outcomes), note: `${chosen.length} of ${bits}` };
}

const answerBits = ({ profile, setting }) => 8 * (profile === 'sealed' ? 2 + setting.tag : 32);

async function replayed(target, state) {
  target.state = state;
  try {
    const { outcomes, runs } = await meet(target, 'replay-old', 2, PATIENCE.late);
    const isFooled = outcomes[1] === 'done' && runs === 1;
    return `${isFooled ? 'succeeds: ' : ''}${outcomes.join(', then ')}; ${runs} ran`;
  } finally {
    target.state = null;
  }
}

/** Bytes of a socket, so many at a time. */
function reader(socket) {
  let kept = Buffer.alloc(0);
  const waiting = [];
  const serve = () => {
    while (waiting.length > 0 && kept.length >= waiting[0].count) {
      const { count, resolve } = waiting.shift();
      resolve(kept.subarray(0, count));
      kept = kept.subarray(count);
    }
  };
  socket.on('data', (bytes) => {
    kept = Buffer.concat([kept, bytes]);
    serve();
  });
  return (count) => new Promise((resolve) => {
    waiting.push({ count, resolve });
    serve();
  });
}

/**
 * A man in the middle who shows the victim the challenge of another client's connection, drops the
 * victim's request, and gives it the answer to the other's; or, where `drops`, the other's request
 * itself, which he drops too.
 */
async function twoClients(target, { drops = false } = {}) {
  const { setting } = target;
  const device = await falseDevice(target.files.right, 'honest');
  let failure = null;
  const server = net.createServer((victim) => {
    victim.on('error', () => {});
    (async () => {
      const read = reader(victim);
      const other = await greeted({ file: target.files.right, address: device.address });
      await read(setting.wake);
      victim.write(other.machine.challenge);
      await read(answerBits(target) / 8);
      const { message } = other.machine.request(target.commands[1].code);
      if (drops) return void victim.write(message, () => other.close());
      other.socket.write(message);
      await other.bytes(answerBits(target) / 8);
      victim.write(other.received);
      if (!await other.reply()) throw new Error('the other client got no good answer');
      other.close();
    })().catch((error) => (failure = error));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const outcome = await target.asks(server.address().port, PATIENCE.soon);
    if (failure) throw failure;
    return `${outcome === 'done' ? 'succeeds: ' : ''}${outcome}; ${device.runs} ran${drops ? '' : ', the other client\'s'}`;
  } finally {
    server.close();
    await device.close();
  }
}

/** Where the answer `done` has the code of `off`, which the device file must allow. */
async function withOverlap(target, attack) {
  const { right } = target.files;
  const overlap = readFileSync(right, 'utf8').replace('[commands]', 'overlap = allow\n[commands]').replace('done = a0', 'done = 02');
  target.files.right = target.world.file('overlap.ini', overlap, 0o644);
  try {
    return await attack(target);
  } finally {
    target.files.right = right;
  }
}

const withoutFiles = ({ kind }) => (kind === 'board' ? 'a sketch keeps no challenges: see the client without a memory' : undefined);

const middle = [
  {
    name: 'every bit of the answer flipped', expected: 'each time unknown',
    run: (t) => everyBit(t, 'flip', answerBits(t.target)),
  },
  {
    name: 'every bit of the challenge flipped', expected: 'each time unknown',
    run: (t) => everyBit(t, 'flip-challenge', 8 * t.target.setting.challenge),
  },
  {
    name: 'an old challenge with its old answer, to a client without a memory', profiles: ['sealed'], expected: 'done, then unknown; 1 ran',
    run: ({ target }) => replayed(target, null),
  },
  {
    name: 'an old challenge with its old answer, to a client without a memory', profiles: ['classic'], expected: 'succeeds: done, then done; 1 ran',
    run: ({ target }) => replayed(target, null),
  },
  {
    name: 'an old challenge with its old answer, to a client with a state file', profiles: ['sealed'], not: withoutFiles, expected: 'done, then unknown; 1 ran',
    run: ({ target }) => replayed(target, target.world.state),
  },
  {
    name: 'an old challenge with its old answer, to a client with a state file', profiles: ['classic'], not: withoutFiles, expected: 'done, then not-sent; 1 ran',
    run: ({ target }) => replayed(target, target.world.state),
  },
  {
    name: 'two clients are given one challenge, and one the other\'s answer', profiles: ['sealed'], expected: 'unknown; 1 ran, the other client\'s',
    run: ({ target }) => twoClients(target),
  },
  {
    name: 'two clients are given one challenge, and one the other\'s answer', profiles: ['classic'], expected: 'succeeds: done; 1 ran, the other client\'s',
    run: ({ target }) => twoClients(target),
  },
  {
    name: 'another client\'s request under the same challenge as the answer', profiles: ['classic'], expected: 'unknown; 0 ran',
    run: ({ target }) => twoClients(target, { drops: true }),
  },
  {
    name: 'another client\'s request under the same challenge as the answer, where overlap is allowed', profiles: ['classic'], expected: 'succeeds: done; 0 ran',
    not: ({ kind }) => (kind === 'board' ? 'the sketch\'s answers equal no code' : undefined),
    run: ({ target }) => withOverlap(target, () => twoClients(target, { drops: true })),
  },
];

/** A board starts anew for another patience, so those that need much go first. */
const patientFirst = (attacks) => [...attacks].sort((a, b) => Number(b.expected.startsWith('done')) - Number(a.expected.startsWith('done')));

export function clientThemes() {
  const attacks = patientFirst([...middle, ...tricksOf('sealed', sealedTricks), ...tricksOf('classic', classicTricks)]);
  return ['program', 'node', 'board'].flatMap((kind) => ['sealed', 'classic'].map((profile) =>
    ({ target: new ClientTarget(kind, profile), themes: [['false devices', attacks]] })));
}
