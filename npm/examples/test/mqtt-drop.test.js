// SPDX-License-Identifier: MIT
// What the MQTT bridge never runs: whatever is not certainly a command of this moment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import mqtt from 'mqtt';

import { Freshness, Gate } from '../mqtt-bridge/gate.mjs';
import { Topics } from '../mqtt-bridge/topics.mjs';
import { PASSWORD } from './broker.js';
import { scene } from './scene.js';
import { until } from './world.js';

const TOPIC = 'countersign/lamp/lamp/set';
const SWITCH = { kind: 'switch', on: 'on', off: 'off' };

/** That nothing ran, and that a command of now still does. */
async function nothingRan({ home, lamp }) {
  assert.deepEqual(lamp.runs, []);
  assert.equal((await home.ask('lamp', 'lamp', 'OFF')).event_type, 'done');
  assert.deepEqual(lamp.runs, ['off']);
}

test('a command that the broker retained is dropped', async () => {
  const all = await scene();
  await all.home.publish(TOPIC, 'ON', { retain: true, qos: 1 });
  const bridge = await all.start();
  await bridge.says(`dropped: ${TOPIC}: retained; publish commands without retain`);
  await until(() => all.home.outcomes('lamp', { dropped: true }).length > 0, 'it is told');
  const [told] = all.home.outcomes('lamp', { dropped: true });
  assert.deepEqual([told.event_type, told.entity], ['dropped', 'lamp']);
  await nothingRan(all);
});

test('a command published with retain is dropped at once, not only when it comes again', async () => {
  const all = await scene();
  const bridge = await all.start();
  await all.home.publish(TOPIC, 'ON', { retain: true });
  await bridge.says('retained;');
  await nothingRan(all);
});

for (const qos of [0, 1, 2]) {
  test(`commands of QoS ${qos} that came while the bridge was away never run`, async () => {
    const all = await scene();
    const first = await all.start();
    await first.stop('SIGKILL');
    await all.home.publish(TOPIC, 'ON', { qos });
    await all.start();
    await nothingRan(all);
  });
}

test('a session that somebody left at the broker under the bridge\'s name is not taken up', async () => {
  const all = await scene();
  const earlier = await mqtt.connectAsync(all.broker.url,
    { username: 'countersign', password: PASSWORD, clientId: 'countersign-countersign', clean: false });
  await earlier.subscribeAsync('countersign/+/+/set', { qos: 2 });
  await earlier.endAsync();
  await all.home.publish(TOPIC, 'ON', { qos: 2 });
  await all.start();
  await nothingRan(all);
});

test('commands that waited in the connection while the bridge stood still are dropped', async () => {
  const all = await scene({ config: { within: 2 } });
  const bridge = await all.start();
  bridge.child.kill('SIGSTOP');
  await all.home.publish(TOPIC, 'ON', { qos: 1 });
  await delay(4000);
  bridge.child.kill('SIGCONT');
  await bridge.says('it was queued on its way');
  await bridge.says('s old');
  await delay(1500);
  await nothingRan(all);
});

test('commands published while the broker was restarted do not run later', async () => {
  const all = await scene();
  const bridge = await all.start();
  bridge.child.kill('SIGSTOP');
  await all.broker.stop();
  await all.broker.start();
  await until(() => all.home.client.connected, 'home is back first');
  await all.home.publish(TOPIC, 'ON', { qos: 1 });
  bridge.child.kill('SIGCONT');
  await bridge.says('connected to', 2);
  await nothingRan(all);
});

test('a command of QoS 2 runs once, and the same within a second is a repetition', async () => {
  const { home, lamp, start } = await scene();
  const bridge = await start();
  await Promise.all([1, 2, 0, 1].map((qos) => home.publish(TOPIC, 'ON', { qos })));
  await bridge.says('dropped:', 3);
  assert.deepEqual(lamp.runs, ['on']);
  await delay(1100);
  assert.equal((await home.ask('lamp', 'lamp', 'ON', { qos: 2 })).event_type, 'done');
  assert.deepEqual(lamp.runs, ['on', 'on']);
});

test('the same command is dropped while it is under way, and a fifth one too', async () => {
  const { home, lamp, start } = await scene({
    handlers: { on: () => delay(2500) },
    entities: { lamp: SWITCH, two: SWITCH, three: SWITCH },
  });
  const bridge = await start();
  await home.publish(TOPIC, 'ON');
  await until(() => lamp.runs.length === 1, 'it runs');
  await delay(1100);
  await home.publish(TOPIC, 'ON');
  await bridge.says('the same command is under way');
  for (const topic of ['lamp', 'two', 'three']) await home.publish(`countersign/lamp/${topic}/set`, 'OFF');
  await home.publish('countersign/lamp/two/set', 'ON');
  await bridge.says('4 commands of this device are under way');
  assert.deepEqual(lamp.runs, ['on']);
});

test('what is no command of an entity is dropped with one line, which does not repeat it', async () => {
  const all = await scene();
  const bridge = await all.start();
  const secret = 'csk1-looks-like-a-key';
  const cases = [
    [TOPIC, 'on', 'is none of ON, OFF'], [TOPIC, '', 'is none of ON, OFF'], [TOPIC, 'ON\n', 'is none of'],
    [TOPIC, 'TOGGLE', 'is none of'], [TOPIC, Buffer.from([0xff, 0]), 'is none of'], [TOPIC, secret.slice(0, 16), 'is none of'],
    [TOPIC, secret, '21 bytes long'], [TOPIC, 'x'.repeat(60000), '60000 bytes long'],
    ['countersign/lamp/lampe/set', 'ON', 'no entity has this topic'],
    ['countersign/lamp/"\u2028/set', 'ON', 'no entity has this topic'],
  ];
  for (const [at, [topic, payload, why]] of cases.entries()) {
    await all.home.publish(topic, payload);
    await bridge.says('dropped:', at + 1);
    const line = bridge.lines('dropped:')[at];
    assert.ok(line.includes(why), line);
    assert.ok(!line.includes('csk1') && !line.includes('TOGGLE'), line);
  }
  await nothingRan(all);
});

test('topics of the broker\'s own, of others, and packets over the limit never arrive', async () => {
  const all = await scene();
  await all.start();
  await all.home.publish(TOPIC, 'x'.repeat(100000));
  await all.home.publish('$SYS/lamp/lamp/set', 'ON').catch(() => {});
  await all.home.publish('$countersign/lamp/lamp/set', 'ON').catch(() => {});
  await all.home.publish('countersign/lamp/set', 'ON');
  await all.home.publish('other/lamp/lamp/set', 'ON');
  await nothingRan(all);
});

test('a flood does not fill the log, and a command behind it runs', async () => {
  const all = await scene();
  const bridge = await all.start();
  for (let at = 0; at < 1000; at++) all.home.client.publish(TOPIC, `junk ${at}`);
  await bridge.says('more messages within a second');
  await delay(1100);
  await nothingRan(all);
  assert.ok(bridge.lines('dropped:').length < 100, `${bridge.lines('dropped:').length}`);
});

const entity = { key: 'lamp', kind: 'switch', name: null, actions: { on: {}, off: {} }, state: null };
const config = { prefix: 'p', discovery: 'd', within: 2000, devices: [{ key: 'lamp', name: 'x', poll: 1, file: '', entities: [entity] }] };

function gate() {
  const freshness = new Freshness();
  return { freshness, judge: (topic, text, packet = {}) => {
    const { order, dropped } = new Gate(config, new Topics(config), freshness).judge(topic, Buffer.from(text), packet);
    return order?.action ?? dropped;
  } };
}

test('marks that a broker must not set are not believed', () => {
  const { freshness, judge } = gate();
  freshness.begin();
  assert.equal(judge('p/lamp/lamp/set', 'ON'), 'on');
  assert.match(judge('p/lamp/lamp/set', 'ON', { dup: true }), /duplicate/);
  assert.match(judge('p/lamp/lamp/set', 'ON', { qos: 1 }), /QoS 1/);
  assert.match(judge('p/lamp/lamp/set', 'ON', { qos: 2 }), /QoS 2/);
  for (const topic of ['$share/x/p/lamp/lamp/set', '$SYS/lamp', 'p/lamp/lamp/set/', 'P/lamp/lamp/set', '']) {
    assert.match(judge(topic, 'ON'), /no entity/);
  }
});

test('a message is as old as the last beat that came back, and a beat counts once', async () => {
  const { freshness, judge } = gate();
  assert.match(judge('p/lamp/lamp/set', 'ON'), /not ready/);
  freshness.begin();
  const beat = freshness.beat();
  await delay(300);
  assert.ok(freshness.age >= 295);
  freshness.heard('another');
  freshness.heard(beat);
  assert.ok(freshness.age >= 295, 'the beat is as old as when it was sent');
  freshness.heard(freshness.beat());
  assert.ok(freshness.age < 200);
  freshness.heard(beat);
  assert.ok(freshness.age < 200);
  freshness.end();
  assert.match(judge('p/lamp/lamp/set', 'ON'), /not ready/);
});

test('a clock that jumped ahead, as over a sleep of the machine, makes a message too old', (t) => {
  const { freshness, judge } = gate();
  freshness.begin();
  const { now } = Date;
  t.mock.method(Date, 'now', () => now() + 3600000);
  assert.match(judge('p/lamp/lamp/set', 'ON'), /queued on its way/);
});
