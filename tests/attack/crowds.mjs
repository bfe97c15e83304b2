// SPDX-License-Identifier: MIT
// crowds.mjs: peers that are slow, half open, gone, that never read, or are too many.
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { connected, greeted, honest, tallied } from './attacker.mjs';
import { DEADLINE } from './targets.mjs';

const MANY = { full: 10000, short: 500 };
const isBoard = (reason) => (target) => (target.isBoard ? reason : undefined);
const isHost = (reason) => (target) => (target.isBoard ? undefined : reason);

/** An honest command while something goes on; it tries again as an owner would. */
async function owner(target) {
  for (let tries = 0; ; tries++) {
    try {
      const { attacker } = await honest(target);
      attacker.close();
      return 'the owner is served';
    } catch (error) {
      if (tries === 20) return `the owner is not served: ${error.message}`;
      await delay(100);
    }
  }
}

/**
 * Whether all are hung up on, in the time that their deadlines take. A busy machine's board is
 * slower than its clock.
 */
async function over(target, attackers) {
  const ms = 3 * DEADLINE + (target.isBoard ? 40000 : 4000);
  const ended = await Promise.all(attackers.map((attacker) => attacker.until(() => attacker.isEnded, ms)));
  for (const attacker of attackers) attacker.close();
  const open = ended.filter((isOver) => !isOver).length;
  return open === 0 ? 'all hung up on' : `${open} of ${attackers.length} still there`;
}

async function strangers(target, count) {
  const sockets = [];
  for (let at = 0; at < count; at++) {
    const socket = net.connect({ host: '127.0.0.1', port: target.port, localAddress: `127.0.2.${1 + at % 250}` });
    socket.on('error', () => {});
    sockets.push(socket);
    if (at % 100 === 99) await delay(1);
  }
  return sockets;
}

/** Another device of the kind, for as long as it takes. */
async function on(target, options, attack) {
  const device = await target.another(options);
  try {
    return await attack(device);
  } finally {
    await device.stop();
  }
}

/** Connects without end, the last 12 connections stay. many: there were 40 of them. */
function foreverAnew(target) {
  let isOver = false;
  let count = 0;
  let enough = () => {};
  const many = new Promise((resolve) => (enough = resolve));
  const loop = (async () => {
    const held = [];
    while (!isOver) {
      held.push(...await strangers(target, 4));
      count += 4;
      if (count >= 40) enough();
      for (const socket of held.splice(0, Math.max(0, held.length - 12))) socket.destroy();
      await delay(10 + 20 * Math.random());
    }
    for (const socket of held) socket.destroy();
  })();
  return {
    many,
    async end() {
      isOver = true;
      await loop;
      return count;
    },
  };
}

/** Resident memory of a process, in KiB. */
async function residentOf({ program }) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${program.pid}/status`, 'utf8'))[1]);
}

/** Connections that have their challenge and say nothing more. */
async function greetedStrangers(target, count) {
  const held = [];
  const wake = Buffer.alloc(target.setting.wake, 1);
  const join = async () => {
    while (held.length < count) {
      const socket = net.connect({ host: '127.0.0.1', port: target.port, localAddress: `127.0.3.${1 + held.length % 250}` });
      held.push(socket);
      socket.on('error', () => {});
      await new Promise((resolve) => {
        socket.on('connect', () => socket.write(wake)).once('data', () => {
          socket.hasChallenge = true;
          resolve();
        }).once('close', resolve);
      });
    }
  };
  await Promise.all(Array.from({ length: 64 }, join));
  return held;
}

export const crowds = [
  {
    name: 'a client that sends its request a byte at a time, beyond the deadline', expected: 'the owner is served meanwhile; all hung up on; 0 ran',
    async run(t) {
      const slow = await greeted(t.target);
      const request = slow.request();
      let isOver = false;
      await t.ran();
      const trickle = (async () => {
        for (const byte of request) {
          if (isOver || slow.isEnded) return;
          slow.socket.write(Buffer.from([byte]));
          await t.target.wait(DEADLINE / 12);
        }
      })();
      const served = await owner(t.target);
      const ended = await over(t.target, [slow]);
      isOver = true;
      await trickle;
      return `${served} meanwhile; ${ended}; ${await t.ran() - 1} ran`;
    },
  },
  {
    name: 'two silent clients, which are all that a board has places for', expected: 'the owner is served meanwhile; all hung up on',
    async run(t) {
      const silent = await t.each([1, 2], () => connected(t.target));
      const served = await owner(t.target);
      await t.ran();
      return `${served} meanwhile; ${await over(t.target, silent)}`;
    },
  },
  {
    name: 'half open: they end their side at once and stay', expected: 'all hung up on; the owner is served',
    async run(t) {
      const halves = await t.each(Array.from({ length: t.target.isBoard ? 2 : 50 }), async () => {
        const half = await connected(t.target);
        half.socket.end();
        return half;
      });
      const seen = `${await over(t.target, halves)}; ${await owner(t.target)}`;
      await t.ran();
      return seen;
    },
  },
  {
    name: 'a peer resets its connection inside its request', expected: 'the owner is served; 0 ran',
    async run(t) {
      const attacker = await greeted(t.target);
      attacker.socket.write(attacker.request().subarray(0, 9));
      await delay(20);
      attacker.socket.resetAndDestroy();
      await delay(50);
      const ran = await t.ran();
      const served = await owner(t.target);
      await t.ran();
      return `${served}; ${ran} ran`;
    },
  },
  {
    name: 'a peer resets its connection behind its whole request', expected: 'the owner is served; at most 1 ran',
    async run(t) {
      const attacker = await greeted(t.target);
      await t.ran();
      attacker.socket.write(attacker.request(), () => attacker.socket.resetAndDestroy());
      await delay(200);
      const served = await owner(t.target);
      const ran = await t.ran() - 1;
      return { seen: `${served}; ${ran === 0 || ran === 1 ? 'at most 1' : ran} ran`, note: `${ran}` };
    },
  },
  {
    name: 'peers vanish without a word', expected: '2 gone; the owner is served',
    not: isHost('this needs a network that loses packets; for a program of this machine such a peer is a silent one, see above'),
    async run(t) {
      const gone = [await greeted(t.target), await connected(t.target)];
      gone[0].socket.write(gone[0].request().subarray(0, 9));
      await delay(50);
      const sockets = [...(await t.target.board.ask('sockets')).matchAll(/(\d)=ESTABLISHED/g)];
      for (const [, socket] of sockets) await t.target.board.ask(`peer ${socket} gone`);
      const served = await owner(t.target);
      await t.ran();
      for (const attacker of gone) attacker.close();
      return `${sockets.length} gone; ${served}`;
    },
  },
  {
    name: 'a client that talks and never reads', expected: 'the owner is served meanwhile; all hung up on',
    async run(t) {
      const rude = await greeted(t.target);
      rude.socket.pause();
      const junk = Buffer.alloc(1 << 16, 0xff);
      for (let at = 0; at < 64 && !rude.isEnded; at++) rude.socket.write(junk);
      const served = await owner(t.target);
      await t.ran();
      return `${served} meanwhile; ${await over(t.target, [rude])}`;
    },
  },
  {
    name: 'connections for ever anew, more than there are places', expected: 'each time the owner is served meanwhile',
    async run(t) {
      const attack = async (device) => {
        const anew = foreverAnew(device);
        await anew.many;
        const served = [await owner(device), await owner(device), await owner(device)];
        const count = await anew.end();
        await delay(300);
        return { seen: `${tallied(served)} meanwhile`, note: `${count} connections` };
      };
      const result = await (t.target.isBoard ? attack(t.target) : on(t.target, { connections: 4 }, attack));
      await t.ran();
      return result;
    },
  },
  {
    name: 'silent connections in all of four places', expected: 'the owner is served meanwhile',
    not: isBoard('it has two places: see the two silent clients'),
    run: (t) => on(t.target, { connections: 4, deadline: 60000 }, async (device) => {
      const silent = await strangers(device, 4);
      await delay(300);
      const served = await owner(device);
      for (const socket of silent) socket.destroy();
      return `${served} meanwhile`;
    }),
  },
  {
    name: '10 000 connections that have a challenge each', expected: 'all there; the owner is served meanwhile',
    not: isBoard('the chip has eight sockets and the sketch two places: see more connections than there are places'),
    run: (t) => on(t.target, { connections: 10002, deadline: 60000 }, async (device) => {
      const count = t.isShort ? MANY.short : MANY.full;
      const before = await residentOf(device);
      const held = await greetedStrangers(device, count);
      const served = await owner(device);
      const there = held.filter((socket) => socket.hasChallenge && !socket.destroyed).length;
      const each = Math.round((await residentOf(device) - before) * 1024 / count);
      for (const socket of held) socket.destroy();
      return { seen: `${there === count ? 'all' : `${there} of ${count}`} there; ${served} meanwhile`, note: `${count}, ${each} bytes of the device's memory each` };
    }),
  },
  {
    name: 'descriptors run out: 64 of them, 100 connections', expected: 'the owner is served meanwhile',
    not: isBoard('it has none; its sockets: see more connections than there are places'),
    run: (t) => on(t.target, { deadline: DEADLINE, prefix: ['/bin/sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'] }, async (device) => {
      const silent = await strangers(device, 100);
      const served = await owner(device);
      for (const socket of silent) socket.destroy();
      return `${served} meanwhile`;
    }),
  },
];
