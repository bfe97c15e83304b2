// SPDX-License-Identifier: MIT
// : forged requests in great numbers, and what they changed.
import { randomBytes } from 'node:crypto';
import net from 'node:net';

import { run } from '../../npm/test/program.js';
import { greeted, honest } from './attacker.mjs';

const LAST = Buffer.from([0xf0]);
const counts = { host: { full: 100000, short: 1000 }, board: { full: 2000, short: 20 }, process: { full: 300000, short: 20000 } };
const countOf = (kind, isShort) => counts[kind][isShort ? 'short' : 'full'];
const AT_ONCE = 32;

/** A wake and a forged request in one packet; how many bytes came back until the close. */
function forge(port, bytes, turn) {
  return new Promise((resolve) => {
    // Addresses of their own: one has too few ports for all that were closed a moment ago.
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true, localAddress: `127.0.1.${1 + turn % 250}` });
    let heard = 0;
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (more) => {
      heard += more.length;
    });
    socket.on('error', () => {
      heard = -1;
    });
    socket.on('close', () => resolve(heard));
  });
}

function forgedSession({ setting }) {
  const wake = randomBytes(setting.wake);
  if (setting.profile === 'classic') return Buffer.concat([wake, randomBytes(32)]);
  const n = 1 + randomBytes(1)[0] % setting.payload;
  return Buffer.concat([wake, Buffer.from([n]), randomBytes(n + setting.tag)]);
}

/** What the device says it ran last; it tells no stranger. */
async function last(target) {
  if (target.profile !== 'sealed') return Buffer.alloc(0);
  const owner = await greeted(target);
  owner.socket.write(owner.machine.request(LAST).message);
  if (!await owner.reply()) throw new Error('the owner was not told what ran last');
  owner.close();
  return Buffer.concat([Buffer.from([owner.machine.reply.status]), owner.machine.reply.data]);
}

/** A comparison that does not see an honest command, or how a board counts it, sees nothing. */
async function seesHonest(target) {
  const before = await target.kept();
  (await honest(target)).attacker.close();
  return (await target.changes(before)).count > 0;
}

/** Until so many have been refused; one that a busy board's chip turned away is tried again. */
async function flood(target, count) {
  const tally = { refused: 0, answered: 0, away: 0 };
  const worker = async () => {
    while (tally.refused + tally.answered < count) {
      const heard = await forge(target.port, forgedSession(target), tally.refused + tally.away);
      if (heard > target.setting.challenge) tally.answered++;
      else if (heard === target.setting.challenge) tally.refused++;
      else if (++tally.away > count) throw new Error(`the device turned away ${tally.away}, and refused ${tally.refused}`);
    }
  };
  await Promise.all(Array.from({ length: target.isBoard ? 1 : AT_ONCE }, worker));
  return tally;
}

export const forgeries = [{
  name: 'forged requests by the hundred thousand', expected: 'none answered, 0 ran, no byte changed',
  async run(t) {
    const count = countOf(t.target.isBoard ? 'board' : 'host', t.isShort);
    if (t.target.isBoard && !await seesHonest(t.target)) throw new Error('the comparison does not see an honest command');
    const [told, kept] = [await last(t.target), await t.target.kept()];
    await t.ran();
    const { answered, away } = await flood(t.target, count);
    const { count: changed, what } = await t.target.changes(kept);
    const isSame = told.equals(await last(t.target));
    const seen = `${answered || 'none'} answered, ${await t.ran()} ran, ${changed || 'no'} byte changed${isSame ? '' : ', and what ran last'}`;
    return { seen, note: `${count} of them${away ? `, ${away} more not taken` : ''}; ${what}` };
  },
}];

/** The library in a process of its own, where all of its memory can be compared: forge.c. */
export function inProcess(isShort) {
  const count = countOf('process', isShort);
  const program = `${process.env.COUNTERSIGN_ATTACK}/attack_forge`;
  let result = null;
  const forge = () => (result ??= run([program, `${count}`, ...(process.env.COUNTERSIGN_WEAK ? ['weak'] : [])]));
  return ['sealed', 'classic'].map((profile) => ({
    name: 'forged requests by the hundred thousand', target: `src/, ${profile}`,
    expected: 'none answered, 0 ran, no byte changed',
    async run() {
      const { out, err } = await forge();
      const [, forged, ran, answered, open, changed, bytes] = new RegExp(`^${profile} (\\d+) forged (\\d+) ran (\\d+) answered (\\d+) open (\\d+) changed (\\d+) bytes$`, 'm').exec(out) ?? [];
      const seen = forged === undefined ? `attack_forge said: ${out}${err}`
        : `${answered === '0' ? 'none' : answered} answered, ${ran} ran, ${changed === '0' ? 'no byte changed' : `bytes changed by ${changed}`}${open === '0' ? '' : `, ${open} stayed open`}`;
      return { seen, note: `${forged} of five kinds; ${bytes} bytes of device, connections, store and its cells, after each` };
    },
  }));
}
