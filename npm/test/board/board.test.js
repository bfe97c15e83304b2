// SPDX-License-Identifier: MIT
// A sketch on the virtual board: provisioned over its UART, and commanded over it.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';

import { Device, provision } from '../../src/index.js';
import { start } from '../program.js';
import { openTerminal } from '../pty.js';
import { World } from '../world.js';

const { COUNTERSIGN_BOARD: board, COUNTERSIGN_FIRMWARE: firmware } = process.env;
if (!board || !firmware) throw new Error('COUNTERSIGN_BOARD has to name the virtual board, and COUNTERSIGN_FIRMWARE the folder of the sketches');

test('a board is provisioned over its UART, and obeys', async () => {
  const world = new World();
  const examples = fileURLToPath(new URL('../../../examples', import.meta.url));
  copyFileSync(path.join(examples, 'SerialLamp/SerialLamp.ini'), world.path('lamp.ini'));
  const { found, stop } = await start([board, '--pace', 'real', '--uart', 'pty', '--no-dtr', path.join(firmware, 'board_SerialLamp.elf')], /^uart (\S+)\n/m);
  const port = openTerminal(found);
  const { keys, added } = await provision(port, world.path('lamp.ini'));
  assert.deepEqual(keys.map(({ slot, name, isNew }) => [slot, name, isNew]), [[0, 'owner', true]]);
  assert.equal(added, 'key = file:serial-owner.key');

  await delay(3500);
  const lamp = await Device.open(world.path('lamp.ini'), { stream: port, state: world.state });
  assert.equal((await lamp.send('on')).outcome, 'done');
  const connection = lamp.connect();
  await connection.send('status');
  assert.equal((await connection.send('off')).outcome, 'done');
  assert.equal((await lamp.last()).last, 'ran');
  await lamp.close();

  await assert.rejects(provision(port, world.path('lamp.ini'), { timeout: 3000 }), { outcome: 'not-sent' });
  port.destroy();
  await stop();
});
