// SPDX-License-Identifier: MIT
// docs/home-automation.md, sections 1 to 4: its commands, scripts, units and flows do what it says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';

import * as countersign from 'countersign';

import { PageHome, block, blocks } from './page.js';

const USED = [
  'ini lamp.ini', 'sh', 'sh lamp.sh', 'crontab', 'ini lamp-on.service', 'ini lamp-on.timer', 'json exec-flow.json', 'js',
  // and by home-assistant.test.js
  '', 'conf home.conf', 'conf rules', 'json bridge.json', 'sh', 'ini countersign-bridge.service', 'json outcome', 'yaml automations.yaml',
];

test('every block of the page is used by a test', () => {
  assert.deepEqual(blocks.map(({ language, name }) => `${language} ${name}`.trim()), USED);
});

test('the first commands make a key of few rights, and it commands the lamp', async () => {
  const home = await PageHome.make();
  const { status, out, err } = await home.provision();
  assert.equal(status, 0, err);
  assert.match(out, /^on: done\nstatus: done: hex:01\n/m);
  assert.deepEqual(home.runs, ['on']);
  const { status: other } = await home.shell('cd countersign && countersign key drop lamp.ini --slot 0');
  assert.equal(other, 1, 'the machine\'s key is no administrator\'s');
});

async function withScript() {
  const home = await PageHome.make();
  assert.equal((await home.provision()).status, 0);
  const script = block('lamp.sh');
  assert.ok(script.includes('sleep 10'));
  home.executable('countersign/lamp.sh', script.replace('sleep 10', 'sleep 1'));
  return home;
}

test('the script: done', async () => {
  const home = await withScript();
  const { status, out } = await home.shell('countersign/lamp.sh off');
  assert.deepEqual([status, out], [0, 'off: done\n']);
  assert.deepEqual(home.runs, ['on', 'off']);
});

test('the script: not sent twice is told, and nothing runs when the device is back', async () => {
  const home = await withScript();
  await home.stop();
  const { status, err } = await home.shell('countersign/lamp.sh off');
  assert.equal(status, 3);
  assert.equal(err.match(/not sent/g).length, 2);
  await home.start();
  assert.deepEqual(home.runs, ['on']);
});

test('the script: unknown is asked for and not repeated', async () => {
  const home = await withScript();
  home.proxy.loses = 'replies';
  const running = home.shell('countersign/lamp.sh off');
  setTimeout(() => {
    home.proxy.loses = 'nothing';
  }, 700);
  const { status, out, err } = await running;
  assert.equal(status, 0, err);
  assert.match(err, /off: unknown/);
  assert.match(out, /^ran$/m);
  assert.deepEqual(home.runs, ['on', 'off']);
});

test('the crontab: its lines are cron\'s, and what they run works in cron\'s bare environment', async () => {
  const home = await withScript();
  const [first, ...lines] = block('crontab').trimEnd().split('\n');
  assert.match(first, /^PATH=\/usr\/local\/bin:/);
  for (const [at, line] of lines.entries()) {
    const [, command] = /^(?:[0-9*/,-]+ +){5}(\S.*)$/.exec(line);
    const { status } = await home.shell(command, { PATH: `${home.path('bin')}:${first.slice(5)}`, LOGNAME: 'me', SHELL: '/bin/sh' });
    assert.equal(status, 0);
    assert.deepEqual(home.runs.slice(1 + at), [at === 0 ? 'on' : 'off']);
  }
  assert.equal(lines.length, 2);
});

test('the units are systemd\'s, and the timer never catches up', async () => {
  const home = await withScript();
  const service = block('lamp-on.service');
  mkdirSync(home.path('units'));
  home.file('units/lamp-on.service', service.replace('/usr/local/bin/countersign', home.path('bin/countersign')));
  home.file('units/lamp-on.timer', block('lamp-on.timer'));
  const verified = spawnSync('systemd-analyze', ['verify', home.path('units/lamp-on.timer'), home.path('units/lamp-on.service')], { encoding: 'utf8' });
  assert.equal(verified.status, 0, verified.stderr);
  assert.ok(!verified.stderr.includes(home.path('units')), verified.stderr);
  const [, when] = /^OnCalendar=(.*)$/m.exec(block('lamp-on.timer'));
  assert.equal(spawnSync('systemd-analyze', ['calendar', when]).status, 0);
  assert.match(block('lamp-on.timer'), /^Persistent=false$/m);
  const [, command] = /^ExecStart=(.*)$/m.exec(service);
  const { status } = await home.shell(command.replace('/usr/local/bin/', '').replace('/etc/', `${home.directory}/`),
    { XDG_STATE_HOME: home.path('var') });
  assert.equal(status, 0);
  assert.deepEqual(home.runs, ['on', 'on']);
});

test('the exec flow is whole, runs its command, and puts no message on the command line', async () => {
  const home = await withScript();
  const flow = JSON.parse(block('exec-flow.json'));
  const ids = flow.map(({ id }) => id);
  assert.deepEqual(flow.map(({ type }) => type), ['inject', 'exec', 'switch', 'debug']);
  for (const { wires = [] } of flow) for (const id of wires.flat()) assert.ok(ids.includes(id), id);
  const exec = flow.find(({ type }) => type === 'exec');
  assert.equal(exec.addpay, '');
  assert.equal(exec.wires.length, 3);
  assert.equal((await home.shell(exec.command)).status, 0);
  assert.deepEqual(home.runs, ['on', 'on']);
});

/** What Node-RED does with the text of a function node. */
function functionNode(home) {
  const text = block('js');
  assert.ok(text.includes('\'/home/pi/countersign/lamp.ini\''));
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const run = new AsyncFunction('msg', 'countersign', text.replace('/home/pi/', `${home.directory}/`));
  return (msg) => run(msg, countersign);
}

test('the function node: done, refused messages, not sent, and unknown that is settled', async () => {
  const home = await withScript();
  process.env.XDG_STATE_HOME = home.path('state');
  const run = functionNode(home);
  assert.equal((await run({ payload: 'off' })).payload, 'done');
  for (const msg of [{ payload: 'on', retain: true }, { payload: 'toggle' }, { payload: 'status; rm -r /' }, {}]) {
    assert.equal(await run(msg), null);
  }
  home.proxy.loses = 'replies';
  const running = run({ payload: 'on' });
  setTimeout(() => {
    home.proxy.loses = 'nothing';
  }, 700);
  assert.equal((await running).payload, 'ran');
  await home.stop();
  const msg = await run({ payload: 'off' });
  assert.equal(msg.payload, 'not-sent');
  assert.match(msg.reason, /\S/);
  assert.deepEqual(home.runs, ['on', 'off', 'on']);
});
