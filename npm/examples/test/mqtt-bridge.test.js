// SPDX-License-Identifier: MIT
// What the MQTT bridge runs, what it tells of it, and what becomes of devices and brokers that go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { scene } from './scene.js';
import { KEY, until } from './world.js';

const STATE = 'countersign/lamp/lamp/state';
const DOOR = {
  kind: 'cover', device_class: 'garage', open: 'open', close: 'close',
  state: { command: 'status', closed: 'hex:0000', opening: 'hex:0001', open: ['hex:0100', 'hex:0201'] },
};

test('Home Assistant finds each entity and can tell whether it is there', async () => {
  const { home, start } = await scene({
    commands: ['open', 'close', 'status'], entities: { lamp: DOOR, bell: { kind: 'button', name: 'Bell', press: 'open' } },
  });
  await start();
  await until(() => home.last('countersign/lamp/availability') === 'online', 'the lamp is online');
  assert.deepEqual(JSON.parse(home.last('homeassistant/cover/countersign_lamp/lamp/config')), {
    unique_id: 'countersign_lamp_lamp',
    availability: [{ topic: 'countersign/bridge/availability' }, { topic: 'countersign/lamp/availability' }],
    availability_mode: 'all',
    device: { identifiers: ['countersign_lamp'], name: 'Hall lamp', manufacturer: 'Countersign' },
    origin: { name: 'countersign mqtt-bridge' },
    qos: 0,
    name: null,
    command_topic: 'countersign/lamp/lamp/set',
    state_topic: 'countersign/lamp/lamp/state',
    device_class: 'garage',
    retain: false,
    payload_open: 'OPEN',
    payload_close: 'CLOSE',
    payload_stop: null,
    optimistic: false,
  });
  const bell = JSON.parse(home.last('homeassistant/button/countersign_lamp/bell/config'));
  assert.equal(bell.name, 'Bell');
  assert.equal(bell.command_topic, 'countersign/lamp/bell/set');
  assert.equal(bell.state_topic, undefined);
  const outcome = JSON.parse(home.last('homeassistant/event/countersign_lamp/outcome/config'));
  assert.equal(outcome.state_topic, 'countersign/lamp/outcome');
  assert.ok(outcome.event_types.includes('unknown'));
  assert.equal(home.last('countersign/bridge/availability'), 'online');
});

test('a command runs once, and its outcome and state are told', async () => {
  const { home, lamp, start } = await scene();
  await start();
  const told = await home.ask('lamp', 'lamp', 'ON');
  assert.equal(told.event_type, 'done');
  assert.deepEqual([told.entity, told.action, told.command, told.status], ['lamp', 'on', 'on', 0]);
  await until(() => home.last(STATE) === 'ON', 'ON');
  assert.equal((await home.ask('lamp', 'lamp', 'OFF')).event_type, 'done');
  await until(() => home.last(STATE) === 'OFF', 'OFF');
  assert.deepEqual(lamp.runs, ['on', 'off']);
});

test('a failure is told with its status, and the state stays', async () => {
  const { home, lamp, start } = await scene({ handlers: { off: () => ({ status: 0x80 }) } });
  const bridge = await start();
  await home.ask('lamp', 'lamp', 'ON');
  const told = await home.ask('lamp', 'lamp', 'OFF');
  assert.deepEqual([told.event_type, told.status], ['failed', 0x80]);
  assert.equal(bridge.lines('lamp/lamp: off (off): failed (status 80)').length, 1);
  assert.equal(home.last(STATE), 'ON');
  assert.deepEqual(lamp.runs, ['on', 'off']);
});

test('a lost reply is unknown, nothing is sent again, and the device settles it', async () => {
  const { home, lamp, proxy, start } = await scene();
  const bridge = await start();
  proxy.loses = 'replies';
  const told = await home.ask('lamp', 'lamp', 'ON');
  assert.equal(told.event_type, 'unknown');
  assert.equal(home.last(STATE), 'None');
  assert.equal(bridge.lines('countersign send FILE last').length, 1);
  proxy.loses = 'nothing';
  await until(() => home.outcomes('lamp').length === 2, 'it is settled');
  assert.equal(home.outcomes('lamp')[1].event_type, 'ran');
  await until(() => home.last(STATE) === 'ON', 'ON');
  assert.deepEqual(lamp.runs, ['on']);
});

test('a lost request is unknown too, and turns out not to have run', async () => {
  const { home, lamp, proxy, start } = await scene();
  await start();
  await home.ask('lamp', 'lamp', 'OFF');
  proxy.loses = 'requests';
  assert.equal((await home.ask('lamp', 'lamp', 'ON')).event_type, 'unknown');
  proxy.loses = 'nothing';
  await until(() => home.outcomes('lamp').length === 3, 'it is settled');
  assert.equal(home.outcomes('lamp')[2].event_type, 'not-the-last');
  assert.equal(home.last(STATE), 'None');
  assert.deepEqual(lamp.runs, ['off']);
});

test('what is in doubt is asked before the state, which would make the device forget it', async () => {
  const { home, lamp, proxy, start } = await scene({
    commands: ['open', 'close', 'status'], entities: { lamp: DOOR }, poll: 1, handlers: { status: () => Buffer.from([1, 0]) },
  });
  await start();
  await until(() => home.last(STATE) === 'open', 'open');
  proxy.loses = 'replies';
  assert.equal((await home.ask('lamp', 'lamp', 'CLOSE')).event_type, 'unknown');
  proxy.loses = 'nothing';
  await until(() => home.outcomes('lamp').length === 2, 'it is settled');
  assert.equal(home.outcomes('lamp')[1].event_type, 'ran');
  assert.deepEqual(lamp.runs.filter((name) => name !== 'status'), ['close']);
});

test('what a killed bridge left in doubt is settled by the next one before anything else', async () => {
  const { home, lamp, start } = await scene({ handlers: { on: () => delay(700) } });
  const bridge = await start();
  await home.publish('countersign/lamp/lamp/set', 'ON');
  await until(() => lamp.runs.length === 1, 'it runs');
  await bridge.stop('SIGKILL');
  const next = await start();
  await next.says('sent from here before, \'on\': ran');
  assert.deepEqual(lamp.runs, ['on']);
});

test('a command for a device that is away is not sent, and does not run when it comes back', async () => {
  const { home, lamp, start } = await scene({ config: { within: 2 } });
  await start();
  await lamp.stop();
  const told = await home.ask('lamp', 'lamp', 'ON');
  assert.equal(told.event_type, 'not-sent');
  await lamp.start();
  await delay(2500);
  assert.deepEqual(lamp.runs, []);
  assert.equal((await home.ask('lamp', 'lamp', 'ON')).event_type, 'done');
});

test('a command that waits behind a slow one is not sent once its time is over', async () => {
  const { home, lamp, start } = await scene({
    config: { within: 2 }, settings: { deadline: 3000 }, handlers: { on: () => delay(3500) },
  });
  await start();
  await home.publish('countersign/lamp/lamp/set', 'ON');
  await home.publish('countersign/lamp/lamp/set', 'OFF');
  await until(() => home.outcomes('lamp').length === 3, 'both are told');
  assert.deepEqual(home.outcomes('lamp').map(({ action, event_type: type }) => `${action} ${type}`),
    ['on unknown', 'on ran', 'off not-sent']);
  assert.deepEqual(lamp.runs, ['on']);
});

test('the state is the device\'s own: asked for after a command, and now and then', async () => {
  let position = [0, 0];
  const { home, lamp, start } = await scene({
    commands: ['open', 'close', 'status'],
    entities: { lamp: DOOR },
    poll: 1,
    handlers: {
      open: () => {
        position = [0, 1];
      },
      status: () => Buffer.from(position),
    },
  });
  await start();
  await until(() => home.last(STATE) === 'closed', 'closed');
  assert.equal((await home.ask('lamp', 'lamp', 'OPEN')).event_type, 'done');
  await until(() => home.last(STATE) === 'opening', 'opening');
  position = [2, 1];
  await until(() => home.last(STATE) === 'open', 'open');
  position = [9, 9];
  await until(() => home.last(STATE) === 'None', 'no state known');
  assert.deepEqual(home.on(STATE).slice(-4), ['closed', 'opening', 'open', 'None']);
  await lamp.stop();
  await until(() => home.last('countersign/lamp/availability') === 'offline', 'offline');
  await lamp.start();
  await until(() => home.last('countersign/lamp/availability') === 'online', 'online again');
});

test('locks, buttons, covers that stop, and commands with an argument', async () => {
  const got = [];
  const { home, start } = await scene({
    commands: ['lock', 'unlock', 'set', 'stop'],
    handlers: { set: (args) => void got.push(args.toString('hex')) },
    entities: {
      door: { kind: 'lock', lock: 'lock', unlock: 'unlock' },
      bell: { kind: 'button', press: 'set hex:0301' },
      blind: { kind: 'cover', open: 'set up', close: 'set down', stop: 'stop' },
    },
  });
  await start();
  for (const [entity, payload, state] of [
    ['door', 'LOCK', 'LOCKED'], ['door', 'UNLOCK', 'UNLOCKED'], ['bell', 'PRESS', undefined],
    ['blind', 'OPEN', 'open'], ['blind', 'CLOSE', 'closed'], ['blind', 'STOP', 'None'],
  ]) {
    assert.equal((await home.ask('lamp', entity, payload)).event_type, 'done', payload);
    await until(() => home.last(`countersign/lamp/${entity}/state`) === state, `${entity} ${state}`);
  }
  assert.deepEqual(got, ['0301', Buffer.from('up').toString('hex'), Buffer.from('down').toString('hex')]);
});

test('a classic device is told done where it answers, else sent, with no state', async () => {
  for (const [rest, type, state] of [[['[answers]', 'done = a0', 'failed = a1'], 'done', 'ON'], [[], 'sent', 'None']]) {
    const { home, lamp, start } = await scene({ settings: { device: ['profile = classic'], rest } });
    await start();
    assert.equal((await home.ask('lamp', 'lamp', 'ON')).event_type, type);
    await until(() => home.last(STATE) === state, state);
    await until(() => lamp.runs.length === 1, 'it runs');
  }
});

test('a bridge that stops finishes what runs and says that it is gone; a killed one is missed', async () => {
  const { home, lamp, start } = await scene({ handlers: { on: () => delay(500) } });
  const first = await start();
  await home.publish('countersign/lamp/lamp/set', 'ON');
  await until(() => lamp.runs.length === 1, 'it runs');
  assert.equal(await first.stop(), 0);
  assert.equal(home.outcomes('lamp')[0].event_type, 'done');
  await until(() => home.last('countersign/bridge/availability') === 'offline', 'offline');
  const second = await start();
  await until(() => home.last('countersign/bridge/availability') === 'online', 'online');
  await second.stop('SIGKILL');
  await until(() => home.last('countersign/bridge/availability') === 'offline', 'offline again');
});

test('the bridge comes back with the broker and tells everything anew', async () => {
  const { broker, home, lamp, start } = await scene();
  const bridge = await start();
  await home.ask('lamp', 'lamp', 'ON');
  const seen = home.seen.length;
  await broker.stop();
  await bridge.says('trying again');
  await broker.start();
  await bridge.says('connected to', 2);
  await until(() => home.seen.slice(seen).some(({ topic, text }) => topic === STATE && text === 'ON'), 'the state again');
  assert.ok(home.seen.slice(seen).some(({ topic }) => topic === 'homeassistant/switch/countersign_lamp/lamp/config'));
  assert.equal((await home.ask('lamp', 'lamp', 'OFF')).event_type, 'done');
  assert.deepEqual(lamp.runs, ['on', 'off']);
  assert.equal(bridge.lines('trying again').length, 1);
});

test('an outcome of a time without a broker is told when it is back', async () => {
  const { broker, home, lamp, start } = await scene({ handlers: { on: () => delay(1000) } });
  const bridge = await start();
  await home.publish('countersign/lamp/lamp/set', 'ON');
  await until(() => lamp.runs.length === 1, 'it runs');
  await broker.stop();
  await bridge.says('on (on): done');
  bridge.child.kill('SIGSTOP');
  await broker.start();
  await until(() => home.client.connected, 'home is back');
  await home.client.subscribeAsync('#');
  bridge.child.kill('SIGCONT');
  await until(() => home.outcomes('lamp').length > 0, 'the outcome');
  assert.deepEqual(home.outcomes('lamp').map(({ event_type: type }) => type), ['done']);
  assert.deepEqual(lamp.runs, ['on']);
});

test('no key and no password is in the log or at the broker', async () => {
  const { home, start } = await scene({ handlers: { off: () => ({ status: 4 }) } });
  const bridge = await start();
  await home.ask('lamp', 'lamp', 'ON');
  await home.ask('lamp', 'lamp', 'OFF');
  const all = bridge.log + JSON.stringify(home.seen);
  assert.ok(!all.includes(KEY.slice(4, 20)) && !all.includes('a-password'), all);
});
