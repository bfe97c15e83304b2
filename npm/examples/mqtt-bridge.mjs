#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// mqtt-bridge.mjs: puts Countersign devices on an MQTT broker, for Home Assistant.
//
//     node mqtt-bridge.mjs [--check] bridge.json
//
// docs/home-automation.md says what stands in bridge.json. The bridge holds the devices' keys: who may
// publish on its command topics may command the devices. Exit status: 0 stopped, 2 a mistake in a
// file, 3 the broker refuses.
import { CountersignError } from 'countersign';

import { Bridge } from './mqtt-bridge/bridge.mjs';
import { ConfigError } from './mqtt-bridge/checks.mjs';
import { readConfig } from './mqtt-bridge/config.mjs';
import { log } from './mqtt-bridge/log.mjs';

const USAGE = 'usage: node mqtt-bridge.mjs [--check] CONFIG.json';

/** @param {string} line @param {number} status */
function leave(line, status) {
  process.stderr.write(`mqtt-bridge: ${line}\n`);
  process.exit(status);
}

/** @param {string} name */
async function opened(name) {
  try {
    const bridge = new Bridge(readConfig(name));
    await bridge.open();
    return bridge;
  } catch (error) {
    if (error instanceof ConfigError || error instanceof CountersignError) return leave(error.message, 2);
    throw error;
  }
}

const words = process.argv.slice(2);
const isCheck = words[0] === '--check';
const [name, ...more] = isCheck ? words.slice(1) : words;
if (name === '--help') {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
if (name === undefined || name.startsWith('-') || more.length > 0) leave(USAGE, 2);

const bridge = /** @type {Bridge} */ (await opened(name));
if (isCheck) {
  await bridge.close();
  process.stdout.write(`${name}: good\n`);
  process.exit(0);
}
bridge.on('failed', (why) => leave(why, 3));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    log('stopping');
    bridge.close().then(() => process.exit(0));
  });
}
bridge.start();
