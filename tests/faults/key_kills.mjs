// SPDX-License-Identifier: MIT
// key_kills.mjs: a device is killed while an administrator sets and drops a key without pause. After
// each restart the key is there or not, as the last change that was proven left it, or as the one
// under way would have; earlier keys stay out, the administrator's works.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { Device, dropKey, setKey } from '../../npm/src/index.js';
import { fileSettings, readDeviceFile } from '../../npm/src/device-file.js';
import { KilledDevice } from './device.mjs';
import { exchange } from './raw_client.mjs';
import { Scene } from './scene.mjs';

const SLOT = 3;

const keyNumber = (number) => createHash('sha256').update(`key ${number}`).digest();

class Slot {
  number = 0;
  /** What may be so: more than one only after a change that was cut. */
  mayBeHeld = [false];
  changes = 0;
  cut = 0;
  /** ms that the last change took: a kill comes within the next ones. */
  takes = 10;
  wrong = [];

  constructor(client) {
    this.client = client;
  }

  /** One change after another until the device is gone. */
  async change() {
    for (;;) {
      const [isHeld] = this.mayBeHeld;
      if (!isHeld) this.number++;
      const begun = performance.now();
      const change = isHeld ? dropKey(this.client, SLOT)
        : setKey(this.client, { slot: SLOT, rights: 'all', key: keyNumber(this.number) });
      const outcome = await change.then(() => 'done', (error) => error.outcome);
      if (outcome === 'failed') this.wrong.push('a change failed');
      if (outcome === 'not-sent') return;
      this.mayBeHeld = outcome === 'done' ? [!isHeld] : [isHeld, !isHeld];
      this.changes += outcome === 'done';
      if (outcome === 'done') this.takes = performance.now() - begun;
      this.cut += outcome === 'unknown';
      if (outcome !== 'done') return;
    }
  }

  /** Waits for one more change that was done, 20 s at most. */
  async hasChanged() {
    const { changes } = this;
    for (let tries = 0; tries < 4000 && this.changes === changes; tries++) await delay(5);
  }

  /** @param {(key: Buffer) => Promise<boolean>} works */
  async look(works, owner) {
    const isHeld = await works(keyNumber(this.number));
    if (!this.mayBeHeld.includes(isHeld)) this.wrong.push(isHeld ? 'a dropped key works' : 'a committed key is lost');
    if (this.number > 1 && await works(keyNumber(this.number - 1))) this.wrong.push('an earlier key works');
    if (!await works(owner)) this.wrong.push("the administrator's key is lost");
    this.mayBeHeld = [isHeld];
  }
}

/** @param {'program' | 'node'} kind */
export async function killKeyChanges(kind, kills) {
  const scene = new Scene(['owner']);
  const device = new KilledDevice(kind, scene.device);
  await device.start();
  const file = scene.clientFile('owner', device.address);
  const client = await Device.open(file, { state: false, timeout: 3000 });
  const settings = fileSettings(readDeviceFile(file, 'client'));
  const works = async (key) => {
    const { outcome } = await exchange(device.address, settings, key, Buffer.from([1]), 'probe');
    return outcome === 'done';
  };
  const slot = new Slot(client);
  for (let i = 0; i < kills; i++) {
    const changing = slot.change();
    await slot.hasChanged();
    await delay(Math.random() * 2 * slot.takes);
    await device.end('SIGKILL');
    await changing;
    await device.start();
    await slot.look(works, scene.keyOf('owner'));
  }
  await client.close();
  await device.end('SIGTERM');
  return slot;
}
