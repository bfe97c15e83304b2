// SPDX-License-Identifier: MIT
// kills.mjs: a device under load is killed with SIGKILL again and again, and judged by a journal of
// what was really executed.
import { setTimeout as delay } from 'node:timers/promises';

import { KilledDevice } from './device.mjs';
import { NEVER, TWICE, judge, readJournal } from './journal.mjs';
import { killKeyChanges } from './key_kills.mjs';
import { CLIENTS, Load } from './load.mjs';
import { isLong, report, reportJudge } from './report.mjs';
import { Scene } from './scene.mjs';

const LOAD = 60; // ms at most between commands that were done and a kill

/** Handlers outlive the device that was killed. */
const SETTLED = 300;

async function killUnderLoad(kind, kills, options) {
  const scene = new Scene(CLIENTS, { deadline: 150, ...options });
  const device = new KilledDevice(kind, scene.device);
  await device.start();
  const load = new Load(scene, device);
  load.begin();
  for (let i = 0; i < kills; i++) {
    await Promise.race([load.hasDone(4 * (i + 1)).then(() => delay(Math.random() * LOAD)), load.all]);
    await device.end('SIGKILL');
    await device.start();
    await load.resendRecorded();
  }
  await load.end();
  await load.resendRecorded();
  await device.end('SIGTERM');
  await delay(SETTLED);
  const lines = readJournal(scene.journal);
  return { lines, load, wrong: judge(lines, load.outcomes) };
}

function tell(kind, kills, { lines, load, wrong }) {
  const of = (part) => wrong.filter((what) => what.includes(part));
  const under = `${kind} killed ${kills} times`;
  report(`${under}: commands executed`, lines.length, 'none twice', [...of('times'), ...of('never asked')]);
  report(`${under}: told done`, load.count('done'), 'all executed', of('told done'));
  report(`${under}: told not-sent`, load.count('not-sent'), 'none executed', of('told not-sent'));
  const unknown = load.count('unknown');
  report(`${under}: outcomes, ${unknown} of them unknown`, load.outcomes.size, 'all agree with the journal', of(''));
  report(`${under}: recorded bytes sent again`, load.resent.tried, 'no byte, nothing runs', load.resent.answered);
}

async function run(kind, kills) {
  tell(kind, kills, await killUnderLoad(kind, kills));
  const { changes, cut, wrong } = await killKeyChanges(kind, kills);
  report(`${kind} killed ${kills} times: key changes, ${cut} of them cut`, changes + cut, 'old or new key, no other', wrong);
}

await run('program', isLong ? 400 : 12);
await run('node', isLong ? 100 : 5);
reportJudge('a handler that executes twice', (await killUnderLoad('program', 2, { handler: TWICE })).wrong, 'executed 2 times');
reportJudge('a device whose challenge comes again', (await killUnderLoad('broken', 1)).wrong, 'executed 2 times');
reportJudge('a handler that is done and executes nothing', (await killUnderLoad('program', 2, { handler: NEVER })).wrong, 'told done and not executed');
