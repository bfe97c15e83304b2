// SPDX-License-Identifier: MIT
// frames.mjs: messages that are cut, extended, flipped and too long.
import { randomBytes } from 'node:crypto';

import { flipped, greeted, heard, tallied } from './attacker.mjs';
import { OTHER_KEY } from '../../npm/test/world.js';

const REFUSED = 'each time silence, a close; 0 ran';
const range = (count, from = 0) => Array.from({ length: count }, (_none, at) => from + at);

function requestLength({ setting }) {
  return setting.profile === 'sealed' ? 2 + setting.tag : 32;
}

/** Many new connections, and what was said to each. */
async function sweep(t, items, one) {
  const chosen = t.some(items);
  await t.ran();
  const phrases = await t.each(chosen, async (item) => heard(await one(item)));
  return { seen: `${tallied(phrases)}; ${await t.ran()} ran`, note: `${chosen.length} of ${items.length}` };
}

/** change: of an honest request, to what is sent in its place. */
function sendsInstead(t, change) {
  return async (item) => {
    const attacker = await greeted(t.target);
    change(attacker, attacker.request(), item);
    return attacker;
  };
}

export const frames = [
  {
    name: 'a request cut at every byte, then the end', expected: REFUSED,
    run: (t) => sweep(t, range(requestLength(t.target)), sendsInstead(t, (attacker, request, length) => attacker.socket.end(request.subarray(0, length)))),
  },
  {
    name: 'a request with bytes behind it', expected: 'each time an answer, a close; all ran once',
    async run(t) {
      const items = t.some([1, 16, 18, 255, 4096]);
      await t.ran();
      const phrases = await t.each(items, async (length) => {
        const attacker = await greeted(t.target);
        attacker.socket.end(Buffer.concat([attacker.request(), randomBytes(length)]));
        const isAnswered = await attacker.reply();
        await attacker.until(() => attacker.isEnded);
        attacker.close();
        return `${isAnswered ? 'an answer' : 'silence'}${attacker.received.length > 0 ? ' and more' : ''}${attacker.isEnded ? ', a close' : ''}`;
      });
      const ran = await t.ran();
      return { seen: `${tallied(phrases)}; ${ran === items.length ? 'all ran once' : `${ran} of ${items.length} ran`}`, note: `${items.length} lengths` };
    },
  },
  {
    name: 'every bit of the wake flipped', profiles: ['sealed'], expected: REFUSED,
    run: (t) => sweep(t, range(8 * t.target.setting.wake), async (bit) => {
      const attacker = await greeted(t.target, { change: (wake) => flipped(wake, bit) });
      attacker.socket.write(attacker.request());
      return attacker;
    }),
  },
  {
    name: 'every bit of the wake flipped (any content is right)', profiles: ['classic'], expected: 'each time an answer, a close; all ran once',
    async run(t) {
      const items = t.some(range(8 * t.target.setting.wake));
      const { seen, note } = await sweep({ ...t, some: () => items }, items, async (bit) => {
        const attacker = await greeted(t.target, { change: (wake) => flipped(wake, bit) });
        attacker.socket.write(attacker.request());
        return attacker;
      });
      return { seen: seen.replace(`${items.length} ran`, 'all ran once'), note: `${note} bits` };
    },
  },
  {
    name: 'every bit of the challenge flipped, on its way', expected: REFUSED,
    run: (t) => sweep(t, range(8 * t.target.setting.challenge), async (bit) => {
      const attacker = await greeted(t.target, { flip: bit });
      attacker.socket.write(attacker.request());
      return attacker;
    }),
  },
  {
    name: 'every bit of the request flipped', expected: REFUSED,
    // A length that became greater makes the device wait, until the input ends.
    run: (t) => sweep(t, range(8 * requestLength(t.target)), sendsInstead(t, (attacker, request, bit) => attacker.socket.end(flipped(request, bit)))),
  },
  {
    name: 'lengths: each n from 0 to 255, with that many bytes', profiles: ['sealed'], expected: REFUSED,
    run: (t) => sweep(t, range(256), sendsInstead(t, (attacker, _request, n) => attacker.socket.end(Buffer.concat([Buffer.from([n]), randomBytes(n + t.target.setting.tag)])))),
  },
  {
    name: 'a good request whose n says one more', profiles: ['sealed'], expected: REFUSED,
    run: (t) => sweep(t, [1], sendsInstead(t, (attacker, request, more) => {
      const wrong = Buffer.concat([request, randomBytes(more)]);
      wrong[0] += more;
      attacker.socket.end(wrong);
    })),
  },
  {
    name: 'a request of 64 KiB', expected: REFUSED,
    run: (t) => sweep(t, [1 << 16], sendsInstead(t, (attacker, _request, length) => attacker.socket.write(randomBytes(length)))),
  },
  {
    name: 'a request under a key that is none of the device\'s', expected: REFUSED,
    run: (t) => sweep(t, [OTHER_KEY], async (key) => {
      const attacker = await greeted(t.target, { key });
      attacker.socket.write(attacker.request());
      return attacker;
    }),
  },
];
