// SPDX-License-Identifier: MIT
// devices.mjs: the three devices. Each does `on`, fails at `off`, gives back what `echo` brings, and
// tells how often it ran one of the first two.
import { readFileSync } from 'node:fs';

import { serve } from '../../npm/src/index.js';
import { startServe } from '../../npm/test/program.js';
import { openTerminal } from '../../npm/test/pty.js';
import { KEY } from '../../npm/test/world.js';

const COUNT = '#!/bin/sh\nprintf x >>"$(dirname "$0")/runs"\n[ "$1" != off ]\n';

async function serveDevice({ world, setting, link, writeFile }) {
  world.file('count', COUNT, 0o755);
  const rest = `[run]\non = ./count on\noff = ./count off\necho = /bin/${setting.profile === 'sealed' ? 'cat' : 'true'}`;
  const listen = link.deviceAddress ?? 'tcp://127.0.0.1:0';
  const device = await startServe(writeFile('device.ini', listen, { more: 'limit = 20000', rest }), { listen });
  const runs = async () => {
    try {
      return readFileSync(world.path('runs')).length;
    } catch {
      return 0;
    }
  };
  return { port: Number(device.address.split(':').at(-1)), runs, stop: device.stop };
}

async function nodeDevice({ link, writeFile }) {
  let count = 0;
  const handlers = {
    on: () => void count++,
    off: () => {
      count++;
      throw new Error('off fails');
    },
    echo: (args) => (args.length > 0 ? args : undefined),
  };
  const stream = link.isLine ? openTerminal(link.ends[1]) : undefined;
  const device = await serve(writeFile('device.ini', link.deviceAddress ?? 'tcp://127.0.0.1:0'), handlers, { stream });
  const stop = async () => {
    await device.close();
    stream?.destroy();
  };
  return { port: Number(device.address?.split(':').at(-1)), runs: async () => count, stop };
}

async function boardDevice({ boards }) {
  const { device } = boards;
  await device.provide(KEY, 0);
  await device.until('serving', (serving) => serving === 1, 'serves');
  return { port: device.port, runs: async () => (await device.peek('runs'))[0], stop: async () => {} };
}

export const devices = { serve: serveDevice, node: nodeDevice, board: boardDevice };
