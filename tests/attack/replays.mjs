// SPDX-License-Identifier: MIT
// replays.mjs: what was recorded is sent again, elsewhere, to another or back.

import { heard, greeted, honest } from './attacker.mjs';
import { DEADLINE } from './targets.mjs';

const REFUSED = 'silence, a close; 0 ran';
const SECOND_CODE = Buffer.from([2]);

/** Sends it on a connection that awaits a request. */
async function sent(t, attacker, bytes) {
  await t.ran();
  attacker.socket.write(bytes);
  const phrase = await heard(attacker);
  return `${phrase}; ${await t.ran()} ran`;
}

/** A chain of two: both requests, and the connection. */
async function chained(target) {
  const { attacker, request } = await honest(target);
  const second = attacker.machine.request(SECOND_CODE).message;
  attacker.socket.write(second);
  if (!await attacker.reply()) throw new Error('the second request got no good answer');
  return { attacker, first: request, second };
}

export const replays = [
  {
    name: 'a request again, on its own connection', expected: REFUSED,
    async run(t) {
      const { attacker, request } = await honest(t.target);
      return sent(t, attacker, request);
    },
  },
  {
    name: 'a request again, on another connection', expected: REFUSED,
    async run(t) {
      const { attacker, request } = await honest(t.target);
      attacker.close();
      return sent(t, await greeted(t.target), request);
    },
  },
  {
    name: 'a whole session again: wake and request', expected: REFUSED,
    async run(t) {
      const { attacker, wake, request } = await honest(t.target);
      attacker.close();
      return sent(t, await greeted(t.target, { change: () => wake }), request);
    },
  },
  {
    name: 'a whole session again, after the device started anew', expected: REFUSED,
    async run(t) {
      const { attacker, wake, request } = await honest(t.target);
      attacker.close();
      await t.ran();
      await t.target.restart();
      return sent(t, await greeted(t.target, { change: () => wake }), request);
    },
  },
  {
    name: 'a request twice in one packet', expected: 'one answer, then silence, a close; 1 ran',
    async run(t) {
      const attacker = await greeted(t.target);
      const request = attacker.request();
      await t.ran();
      attacker.socket.write(Buffer.concat([request, request]));
      const isAnswered = await attacker.reply();
      return `${isAnswered ? 'one' : 'no'} answer, then ${await heard(attacker)}; ${await t.ran()} ran`;
    },
  },
  {
    name: 'a request that has not arrived, on another connection', expected: REFUSED,
    async run(t) {
      const victim = await greeted(t.target);
      const request = victim.request();
      victim.close();
      return sent(t, await greeted(t.target), request);
    },
  },
  {
    name: 'the first request of a chain again, at its end', profiles: ['sealed'], expected: REFUSED,
    async run(t) {
      const { attacker, first } = await chained(t.target);
      return sent(t, attacker, first);
    },
  },
  {
    name: 'the second request of a chain, as another connection\'s first', profiles: ['sealed'], expected: REFUSED,
    async run(t) {
      const { attacker, second } = await chained(t.target);
      attacker.close();
      return sent(t, await greeted(t.target), second);
    },
  },
  {
    name: 'the second request of a chain, in another chain', profiles: ['sealed'], expected: REFUSED,
    async run(t) {
      const { attacker, second } = await chained(t.target);
      attacker.close();
      return sent(t, (await honest(t.target)).attacker, second);
    },
  },
  {
    name: 'splice: two open connections exchange their requests', expected: `${REFUSED} | ${REFUSED}`,
    async run(t) {
      const [one, other] = [await greeted(t.target), await greeted(t.target)];
      const [first, second] = [one.request(), other.request()];
      return `${await sent(t, one, second)} | ${await sent(t, other, first)}`;
    },
  },
  {
    name: 'splice: the wake of one connection, the request of another', profiles: ['sealed'], expected: REFUSED,
    async run(t) {
      let wake = null;
      const victim = await greeted(t.target, { change: (fresh) => (wake = fresh) });
      const attacker = await greeted(t.target, { change: () => wake });
      const request = victim.request();
      victim.close();
      return sent(t, attacker, request);
    },
  },
  {
    name: 'splice: a chain goes on with another chain\'s request', profiles: ['sealed'], expected: REFUSED,
    async run(t) {
      const [one, other] = [(await honest(t.target)).attacker, (await honest(t.target)).attacker];
      const request = other.request();
      const seen = await sent(t, one, request);
      other.close();
      return seen;
    },
  },
  {
    name: 'reflection: the device\'s answer as a request', expected: REFUSED,
    async run(t) {
      const victim = await greeted(t.target);
      victim.socket.write(victim.request());
      await victim.bytes(t.target.profile === 'sealed' ? 18 : 32);
      const answer = Buffer.from(victim.received);
      victim.close();
      return sent(t, await greeted(t.target), answer);
    },
  },
  {
    name: 'reflection: the device\'s answer as its chain\'s next request', profiles: ['sealed'], expected: REFUSED,
    async run(t) {
      const victim = await greeted(t.target);
      victim.socket.write(victim.request());
      await victim.bytes(18);
      const answer = Buffer.from(victim.received);
      if (!await victim.reply()) throw new Error('the owner got no good answer');
      return sent(t, victim, answer);
    },
  },
  {
    name: 'reflection: the challenge as a request', expected: REFUSED,
    async run(t) {
      const attacker = await greeted(t.target);
      const { challenge } = attacker.machine;
      const parts = t.target.profile === 'sealed' ? [Buffer.from([challenge.length]), challenge, challenge] : [challenge, challenge];
      return sent(t, attacker, Buffer.concat(parts));
    },
  },
  {
    name: 'a request held back beyond the deadline', expected: REFUSED,
    async run(t) {
      const attacker = await greeted(t.target);
      const request = attacker.request();
      await t.target.wait(DEADLINE + 500);
      return sent(t, attacker, request);
    },
  },
  {
    name: 'a live request passed on within the deadline (relay)', expected: 'succeeds: an answer; 1 ran',
    async run(t) {
      const attacker = await greeted(t.target);
      const request = attacker.request();
      await t.target.wait(DEADLINE / 4);
      await t.ran();
      attacker.socket.write(request);
      const isAnswered = await attacker.reply();
      attacker.close();
      return `${isAnswered ? 'succeeds: an' : 'no'} answer; ${await t.ran()} ran`;
    },
  },
];
