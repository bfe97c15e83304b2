// SPDX-License-Identifier: MIT
// Links without connections: one stream that stays open, with silences in place of connects and closes.
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { Device, serve } from '../src/index.js';
import { World, classicWithWake, counting, sealed } from './world.js';

/** Both ends of a cable. */
function cable() {
  const ends = [0, 1].map((own) => new Duplex({
    read() {},
    write(bytes, _encoding, done) {
      ends[1 - own].push(bytes);
      done();
    },
  }));
  return ends;
}

async function line(setting) {
  const world = new World();
  const file = world.deviceFile(setting, 'serial:/dev/null');
  const [here, there] = cable();
  const { counts, handlers } = counting();
  const server = await serve(file, handlers, { stream: there });
  const client = await Device.open(file, { state: false, stream: here, timeout: 4000 });
  return { counts, server, client, here, there };
}

describe('a line', { concurrency: true }, () => {
  for (const setting of [sealed, classicWithWake]) {
    test(`${setting.profile} commands follow each other on one stream`, async () => {
      const { counts, client, server } = await line(setting);
      await client.send('on');
      await client.send('off');
      assert.equal(counts.runs, 2);
      await client.close();
      await server.close();
    });
  }

  test('chained commands follow within 500 ms, and after that a new wake', async () => {
    const { counts, client, server } = await line(sealed);
    const connection = client.connect();
    const times = [];
    for (const pause of [0, 0, 800]) {
      await delay(pause);
      times.push((await connection.send('on')).ms);
    }
    assert.ok(times[0] >= 700 && times[1] < 400 && times[2] >= 700, times.join());
    assert.equal(counts.runs, 3);
    await client.close();
    await server.close();
  });

  test('a wake that is lost is followed by another, with another N', async () => {
    const { client, server, here } = await line(sealed);
    const write = here.write.bind(here);
    const wakes = [];
    here.write = (bytes, ...rest) => {
      wakes.push(Buffer.from(bytes).toString('hex'));
      if (wakes.length > 1) return write(bytes, ...rest);
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    };
    assert.equal((await client.send('on')).outcome, 'done');
    assert.equal(wakes.length, 3);
    assert.notEqual(wakes[0], wakes[1]);
    await client.close();
    await server.close();
  });

  test('a device throws half a message away after a silence, and noise until one', async () => {
    const { counts, client, server, here, there } = await line(sealed);
    here.write(Buffer.alloc(5, 1));
    await delay(600);
    assert.equal((await client.send('on')).outcome, 'done');
    await delay(600);
    // A wake, the challenge, and a request that is none: everything is noise until a silence.
    here.write(Buffer.alloc(16, 2));
    await delay(50);
    for (let i = 0; i < 6; i++) {
      here.write(Buffer.alloc(40, 3));
      await delay(100);
    }
    assert.equal((await client.send('off')).outcome, 'done');
    assert.equal(counts.runs, 2);
    assert.equal(there.readableLength, 0);
    await client.close();
    await server.close();
  });
});
