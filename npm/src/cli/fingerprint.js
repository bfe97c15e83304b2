// SPDX-License-Identifier: MIT
// fingerprint.js: countersign fingerprint.
import { wipe } from '../bytes.js';
import { readKeyFile } from '../key-reference.js';
import { fingerprint } from '../key-text.js';
import { UsageError, parseArguments } from './arguments.js';
import { say } from './output.js';

const HELP = `usage: countersign fingerprint FILE

Prints the fingerprint of the key in FILE, such as 1a2b-3c4d: equal keys have equal
ones. FILE holds one line, csk1..., hex:.. or text:.., and only its owner may have
access to it.

  --help  show this text

exit status: 0 done, 1 could not print, 2 wrong usage or key file`;

/**
 * @param {string[]} given
 * @returns {Promise<number>}
 */
export async function run(given) {
  const usage = 'takes the name of one key file';
  const { options, words } = parseArguments(given, {}, { unknown: usage });
  if (options.help !== undefined) {
    say(HELP);
    return 0;
  }
  if (words.length !== 1) throw new UsageError(usage);
  if (/^(csk1|hex:|text:)/i.test(words[0])) {
    throw new UsageError('others can see a key on a command line; give a file that holds it');
  }
  const key = readKeyFile(words[0]);
  say(fingerprint(key));
  wipe(key);
  return 0;
}
