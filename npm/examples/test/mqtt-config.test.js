// SPDX-License-Identifier: MIT
// What the MQTT bridge refuses to start with, and where it takes its password from.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PASSWORD } from './broker.js';
import { scene } from './scene.js';
import { BridgeProcess, World } from './world.js';

const GOOD = {
  broker: { url: 'mqtt://127.0.0.1:1883' },
  devices: { lamp: { file: 'lamp.ini', entities: { lamp: { kind: 'switch', on: 'on', off: 'off' } } } },
};

/** @param {(config: any) => void} change */
async function checked(change, prepare = () => {}) {
  const world = new World();
  world.deviceFile('lamp.ini', 'tcp://127.0.0.1:1', ['on', 'off', 'status']);
  prepare(world);
  const config = structuredClone(GOOD);
  change(config);
  const file = world.file('bridge.json', typeof config.raw === 'string' ? config.raw : JSON.stringify(config));
  const bridge = new BridgeProcess(file, { args: ['--check'] });
  return { status: await bridge.ended, log: bridge.log };
}

const lamp = (config) => config.devices.lamp.entities.lamp;

test('a good file is good', async () => {
  assert.deepEqual(await checked(() => {}), { status: 0, log: '' });
});

/** @type {[what: string, change: (config: any) => void, line: RegExp][]} */
const mistakes = [
  ['a file that is no JSON', (config) => Object.assign(config, { raw: '{ "password": "secret-word" ' }), /is no JSON/],
  ['a password in the file', (config) => Object.assign(config.broker, { password: 'secret-word' }), /password: does not stand in this file/],
  ['a password in the address', (config) => Object.assign(config.broker, { url: 'mqtt://me:secret-word@127.0.0.1' }), /broker\.url: holds/],
  ['an address of something else', (config) => Object.assign(config.broker, { url: 'http://127.0.0.1' }), /mqtt:\/\/HOST/],
  ['a password file that is not there', (config) => Object.assign(config.broker, { password: 'file:none' }), /ENOENT/],
  ['an environment without the password', (config) => Object.assign(config.broker, { password: 'env:NOT_SET_HERE' }), /has no NOT_SET_HERE/],
  ['an unknown name', (config) => Object.assign(config, { device: {} }), /unknown name "device"; known are broker/],
  ['no devices', (config) => Object.assign(config, { devices: {} }), /devices: holds nothing/],
  ['a topic of the broker\'s own', (config) => Object.assign(config, { prefix: '$SYS' }), /prefix: is not a topic/],
  ['a wildcard', (config) => Object.assign(config, { prefix: 'a/+' }), /prefix: is not a topic/],
  ['a device named bridge', (config) => Object.assign(config.devices, { bridge: config.devices.lamp }), /and not bridge/],
  ['a name that is no part of a topic', (config) => Object.assign(config.devices, { 'a/b': config.devices.lamp }), /can be no part/],
  ['an unknown kind', (config) => Object.assign(lamp(config), { kind: 'light' }), /kind: is none of switch, button, cover, lock/],
  ['a missing action', (config) => delete lamp(config).off, /lamp\.off|there is no off/],
  ['an action of another kind', (config) => Object.assign(lamp(config), { open: 'on' }), /unknown name "open"/],
  ['a command that the device lacks', (config) => Object.assign(lamp(config), { on: 'an' }), /no command 'an'; it has on, off, status/],
  ['an argument that is no hex', (config) => Object.assign(lamp(config), { on: 'on hex:0' }), /two hex digits/],
  ['a state without a meaning', (config) => Object.assign(lamp(config), { state: { command: 'status' } }), /says of no data/],
  ['data that means two states', (config) => Object.assign(lamp(config), { state: { command: 'status', on: 'hex:01', off: '\u0001' } }), /is there twice/],
  ['a within that is too long', (config) => Object.assign(config, { within: 3600 }), /seconds from 2 to 60/],
  ['two devices with one file', (config) => Object.assign(config.devices, { other: config.devices.lamp }), /is that of devices\.lamp/],
  ['a device file with a mistake', (config) => Object.assign(config.devices.lamp, { file: 'bridge.json' }), /bridge\.json:1: /],
];
for (const [what, change, line] of mistakes) {
  test(`${what} is refused in one line that shows no secret`, async () => {
    const { status, log } = await checked(change);
    assert.equal(status, 2, log);
    assert.match(log, line);
    assert.equal(log.trimEnd().split('\n').length, 1, log);
    assert.ok(!log.includes('secret-word'), log);
  });
}

test('a password file that others can read is refused', async () => {
  const { status, log } = await checked((config) => Object.assign(config.broker, { password: 'file:open' }),
    (world) => world.file('open', 'secret-word', 0o644));
  assert.equal(status, 2);
  assert.match(log, /can be read by others; chmod 600/);
});

test('the password may come from the environment', async () => {
  const { world, broker, file } = await scene();
  world.bridgeFile(broker, JSON.parse((await import('node:fs')).readFileSync(file, 'utf8')).devices,
    { broker: { url: broker.url, username: 'env:BROKER_USER', password: 'env:BROKER_PASSWORD' } });
  await BridgeProcess.start(file, { env: { BROKER_USER: 'countersign', BROKER_PASSWORD: PASSWORD } });
});

test('a wrong password ends the bridge with one line', async () => {
  const { world, file } = await scene();
  world.file('broker.password', 'wrong-word');
  const bridge = new BridgeProcess(file);
  assert.equal(await bridge.ended, 3);
  assert.match(bridge.log, /the broker refuses the connection/);
  assert.ok(!bridge.log.includes('wrong-word'));
});

test('two bridges with one name never run a command twice, and say what is wrong', async () => {
  const { home, lamp, start } = await scene();
  const bridges = [await start(), await start()];
  await home.ask('lamp', 'lamp', 'ON');
  await Promise.any(bridges.map((bridge) => bridge.says('does another bridge run with the client_id countersign-countersign?')));
  assert.deepEqual(lamp.runs, ['on']);
});
