// SPDX-License-Identifier: MIT
// keygen.js: countersign keygen.
import fs from 'node:fs';
import { randomBytes } from 'node:crypto';

import { wipe } from '../bytes.js';
import { reasonOf } from '../errors.js';
import { makeKeyFile } from '../key-file.js';
import { fingerprint, keyText } from '../key-text.js';
import { keyFromPassphrase } from '../passphrase.js';
import { UsageError, parseArguments } from './arguments.js';
import { complain, say } from './output.js';
import { readPassphrase } from './terminal.js';

const HELP = `usage: countersign keygen [-o FILE] [--passphrase --id ID]

Makes a key of 32 bytes, as one line of text that begins with csk1, and tells its
fingerprint.

  -o, --output FILE  write the key to FILE (mode 600, never overwritten) and the
                     fingerprint to standard output; otherwise the key goes to
                     standard output and the fingerprint to standard error
      --passphrase   make the key from a passphrase by scrypt, not at random; asks
                     for it twice on a terminal, else reads one line of standard
                     input
      --id ID        the id of the device that the key is for, 1 to 64 bytes: the
                     same passphrase and id give the same key
      --help         show this text

exit status: 0 done, 1 no key made or written, 2 wrong usage or passphrase`;

/** @param {Record<string, string>} options */
function checkOptions(options) {
  if (options.passphrase === undefined && options.id !== undefined) {
    throw new UsageError('--id goes with --passphrase only');
  }
  if (options.passphrase === undefined) return;
  if (options.id === undefined) throw new UsageError('--passphrase needs --id ID');
  const { length } = Buffer.from(options.id);
  if (length < 1 || length > 64) throw new UsageError('the id has 1 to 64 bytes');
}

/** @param {Record<string, string>} options */
async function makeKey({ passphrase, id }) {
  if (passphrase === undefined) return randomBytes(32);
  const words = await readPassphrase();
  try {
    return await keyFromPassphrase(words, id);
  } finally {
    wipe(words);
  }
}

/**
 * @param {Buffer} key
 * @param {string | undefined} output
 */
function tell(key, output) {
  if (output === undefined) {
    fs.writeSync(1, `${keyText(key)}\n`);
    complain(`fingerprint ${fingerprint(key)}`, '');
    return 0;
  }
  try {
    makeKeyFile(output, key);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    complain(code === 'EEXIST' ? `keygen: ${output} exists already; name a new file`
      : `keygen: cannot make ${output}: ${reasonOf(error)}`);
    return 1;
  }
  say(`fingerprint ${fingerprint(key)}`);
  return 0;
}

/**
 * @param {string[]} given
 * @returns {Promise<number>}
 */
export async function run(given) {
  const { options, words } = parseArguments(given,
    { output: 'value', passphrase: 'flag', id: 'value' }, { aliases: { o: 'output' } });
  if (options.help !== undefined) {
    say(HELP);
    return 0;
  }
  if (words.length > 0) {
    throw new UsageError('takes options only, and a passphrase never on the command line');
  }
  checkOptions(options);
  const key = await makeKey(options);
  try {
    return tell(key, options.output);
  } finally {
    wipe(key);
  }
}
