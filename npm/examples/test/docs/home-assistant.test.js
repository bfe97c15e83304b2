// SPDX-License-Identifier: MIT
// docs/home-automation.md, section 5: its broker, bridge and automations fit together.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { serve } from 'countersign';
import YAML from 'yaml';

import { Broker, Home, PASSWORD, freePort } from '../broker.js';
import { BRIDGE, BridgeProcess, World, until } from '../world.js';
import { block, blockWith } from './page.js';

const EXAMPLES = path.dirname(BRIDGE);

/** The page's broker with its rules, its bridge, and the two devices that bridge.json names. */
async function scene() {
  const world = new World();
  const port = await freePort();
  world.file('rules', block('rules'));
  const conf = block('home.conf').replace('listener 1883', `listener ${port}`)
    .replace('/etc/mosquitto/users', world.path('users')).replace('/etc/mosquitto/rules', world.path('rules'));
  const broker = new Broker(world.directory, port, conf);
  await broker.start();
  const runs = [];
  const state = { lamp: 0, door: [1, 0] };
  const noted = (name, does) => [name, () => {
    runs.push(name);
    return does();
  }];
  const address = async () => `tcp://127.0.0.1:${await freePort()}`;
  world.file('house.key', readFileSync(world.path('lamp.key'), 'utf8'));
  const lamp = world.file('lamp.ini', block('lamp.ini').replace(/^address = .*$/m, `address = ${await address()}`));
  const garage = world.deviceFile('garage.ini', await address(), ['open', 'close', 'status']);
  const servers = [await serve(lamp, Object.fromEntries([
    noted('on', () => void (state.lamp = 1)), noted('off', () => void (state.lamp = 0)),
    ['status', () => Buffer.from([state.lamp])],
  ])), await serve(garage, Object.fromEntries([
    noted('open', () => void (state.door = [0, 1])), noted('close', () => state.refuses ? { status: 0x80 } : void (state.door = [1, 1])),
    ['status', () => Buffer.from(state.door)],
  ]))];
  after(() => Promise.all(servers.map((server) => server.close())));
  world.file('broker.password', `${PASSWORD}\n`);
  const file = world.file('bridge.json', block('bridge.json').replace('127.0.0.1:1883', `127.0.0.1:${port}`));
  return { world, broker, runs, state, file, home: await Home.connect(broker, 'homeassistant') };
}

const environment = (world) => ({ env: { XDG_STATE_HOME: world.path('state') } });

/** What Home Assistant calls an entity: its device's name and its own, in small letters. */
function entityId(topic, { name, device }) {
  const [, component] = topic.split('/');
  return `${component}.${[device.name, name].filter(Boolean).join(' ').toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`;
}

/** Whatever has this name, anywhere in a parsed block. */
function* named(value, name) {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === name) yield inner;
    yield* named(inner, name);
  }
}

/** The payload that Home Assistant sends for an action. */
const PAYLOADS = { 'switch.turn_on': 'payload_on', 'cover.close_cover': 'payload_close' };

test('the page\'s command finds the page\'s file good', async () => {
  const { world, file } = await scene();
  const command = blockWith('sh', '--check').replace('/etc/countersign/bridge.json', file);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: EXAMPLES, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `${world.path('bridge.json')}: good\n`);
});

test('the automations name what the bridge announces, and what they ask for runs', async () => {
  const { world, home, runs, state, file } = await scene();
  const bridge = await BridgeProcess.start(file, environment(world));
  await until(() => home.last('countersign/hall/lamp/state') === 'OFF' && home.last('countersign/garage/door/state') === 'open', 'states');
  const announced = new Map(home.seen.filter(({ topic }) => topic.endsWith('/config'))
    .map(({ topic, text }) => [entityId(topic, JSON.parse(text)), JSON.parse(text)]));
  // Home Assistant reads YAML 1.1, where `on` means true.
  const automations = YAML.parse(block('automations.yaml'), { version: '1.1' });
  assert.equal(automations.length, 3);
  for (const { alias, triggers, actions } of automations) {
    assert.ok(alias && triggers.every(({ trigger }) => trigger) && actions.every(({ action }) => action), alias);
  }
  for (const id of named(automations, 'entity_id')) assert.ok(announced.has(id), `${id}: ${[...announced.keys()]}`);
  for (const { action, target } of automations.flatMap(({ actions }) => actions)) {
    if (action === 'notify.notify') continue;
    const entity = announced.get(target.entity_id);
    await home.publish(entity.command_topic, entity[PAYLOADS[action]]);
  }
  await until(() => runs.length === 2, 'both ran');
  assert.deepEqual(runs.sort(), ['close', 'on']);
  await until(() => home.last('countersign/garage/door/state') === 'closing', 'closing');
  state.door = [0, 0];
  await until(() => home.last('countersign/garage/door/state') === 'closed', 'closed');
  assert.deepEqual([...named(automations, 'state')], ['closed']);
  await bridge.stop();
});

test('an outcome looks as the page shows it, and the automation about it understands it', async () => {
  const { world, home, state, file } = await scene();
  await BridgeProcess.start(file, environment(world));
  state.refuses = true;
  await delay(300);
  const told = await home.ask('garage', 'door', 'CLOSE');
  const shown = JSON.parse(block('outcome'));
  assert.deepEqual({ ...told, ms: 0, at: '' }, { ...shown, ms: 0, at: '' });
  assert.match(shown.at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const { triggers, conditions, actions } = YAML.parse(block('automations.yaml'), { version: '1.1' }).at(-1);
  assert.equal(triggers[0].topic, 'countersign/garage/outcome');
  const [{ value_template: template }] = conditions;
  const words = [...template.matchAll(/'([a-z-]+)'/g)].map(([, word]) => word);
  assert.ok(words.includes(told.event_type));
  const { event_types: all } = JSON.parse(home.last('homeassistant/event/countersign_garage/outcome/config'));
  for (const word of words) assert.ok(all.includes(word), word);
  for (const [, field] of (template + actions[0].data.message).matchAll(/payload_json\.(\w+)/g)) assert.ok(field in told, field);
});

test('the page\'s rules let only Home Assistant command, and only the bridge tell', async () => {
  const { world, broker, home, runs, file } = await scene();
  const bridge = await BridgeProcess.start(file, environment(world));
  const other = await Home.connect(broker, 'countersign');
  await other.publish('countersign/hall/lamp/set', 'ON');
  await home.publish('countersign/hall/lamp/state', 'LIT');
  await home.publish('countersign/bridge/beat', 'beat');
  assert.equal((await home.ask('hall', 'lamp', 'OFF')).event_type, 'done');
  assert.deepEqual(runs, ['off']);
  assert.ok(!home.on('countersign/hall/lamp/state').includes('LIT'));
  assert.equal(bridge.lines('dropped').length, 0, bridge.log);
});

test('the bridge\'s unit is systemd\'s and starts what is there', () => {
  const world = new World();
  const [, command] = /^ExecStart=(.*)$/m.exec(block('countersign-bridge.service'));
  assert.ok(command.includes('/opt/countersign/npm/examples/mqtt-bridge.mjs'));
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  assert.ok(readFileSync(command.split(' ')[1].replace('/opt/countersign/', root)).length > 0);
  const unit = world.file('countersign-bridge.service',
    block('countersign-bridge.service').replace('/usr/bin/node', process.execPath), 0o644);
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.ok(!stderr.includes(unit), stderr);
});
