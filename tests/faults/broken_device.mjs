// SPDX-License-Identifier: MIT
// broken_device.mjs FILE ADDRESS: a device that gives the same challenge each time; to see that the
// judge notices what comes of it.
import { appendFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { DeviceMachine, Keyring } from '../../npm/src/core.js';
import { fileSettings, readDeviceFile } from '../../npm/src/device-file.js';
import { parseKeyText } from '../../npm/src/key-text.js';
import { readFileSync } from 'node:fs';

const [name, address] = process.argv.slice(2);
const file = readDeviceFile(name, 'device');
const settings = fileSettings(file);
const keyring = new Keyring(settings);
[...readFileSync(name, 'latin1').matchAll(/^(\S+) = (hex:\w+) : all, admin$/mg)]
  .forEach(([, owner, text], slot) => keyring.hold(slot, owner, 0xffffffff, parseKeyText(text)));
const journal = path.join(path.dirname(name), 'journal');

function goOn(machine, socket) {
  if (machine.wants === 'challenge') machine.challenge(Buffer.alloc(settings.challenge, 7));
  if (machine.wants === 'run') {
    appendFileSync(journal, `${machine.command.args}\n`);
    machine.reply(0);
  }
  if (machine.wants !== 'send') return;
  socket.write(Buffer.from(machine.out));
  machine.sent();
}

const server = net.createServer({ noDelay: true }, (socket) => {
  const machine = new DeviceMachine({ settings, keyring, commands: file.commands });
  socket.on('error', () => {}).on('data', (bytes) => {
    for (let from = 0; from < bytes.length;) {
      const used = machine.take(bytes.subarray(from));
      goOn(machine, socket);
      if (used === 0 || machine.wants === 'close') return void socket.destroy();
      from += used;
    }
  });
});
server.listen(Number(address.split(':').at(-1)), '127.0.0.1', () =>
  console.log(`listening on tcp://127.0.0.1:${server.address().port}`));
