#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// main.js: the command line, as the C program has it where it does the same.
import { readFileSync } from 'node:fs';

import { CountersignError } from '../errors.js';
import { UsageError } from './arguments.js';
import { complain, say } from './output.js';

/** @type {Record<string, { what: string, load: () => Promise<{ run: (words: string[]) => Promise<number> }> }>} */
const verbs = {
  keygen: { what: 'make a key', load: () => import('./keygen.js') },
  fingerprint: { what: 'tell keys apart without showing them', load: () => import('./fingerprint.js') },
  check: { what: 'validate a device file and say what both sides will do', load: () => import('./check.js') },
  send: { what: 'make a device run a command', load: () => import('./send.js') },
  last: { what: 'the same as send FILE last', load: () => import('./last.js') },
  provision: { what: 'give a device on a cable its id, secret and keys', load: () => import('./provision.js') },
  key: { what: 'set, drop or rotate a device\'s keys over the network', load: () => import('./key.js') },
};

function usage() {
  const list = Object.entries(verbs).map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`);
  return `usage: countersign VERB [ARGUMENT]...\n\n${list.join('\n')}\n\nEach verb has its own --help.`;
}

function version() {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return `countersign ${JSON.parse(text).version}`;
}

/**
 * @param {string[]} words
 * @returns {Promise<number>} the exit status
 */
async function main([verb, ...words]) {
  if (verb === undefined || verb === '--help') {
    (verb === undefined ? complain : say)(usage(), '');
    return verb === undefined ? 2 : 0;
  }
  if (verb === '--version') {
    say(version());
    return 0;
  }
  if (!Object.hasOwn(verbs, verb)) {
    complain(`there is no verb '${verb}'; countersign --help lists them`);
    return 2;
  }
  const { run } = await verbs[verb].load();
  try {
    return await run(words);
  } catch (error) {
    if (error instanceof UsageError) {
      complain(error.shows ? `${verb}: ${error.message}; see countersign ${verb} --help` : `${verb}: ${error.message}`);
      return 2;
    }
    if (!(error instanceof CountersignError)) throw error;
    complain(error.code === 'CSIGN_USAGE' ? `${verb}: ${error.message}` : error.message);
    return 2;
  }
}

// Whoever reads the output may stop reading it.
process.stdout.on('error', () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));
