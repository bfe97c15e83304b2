// SPDX-License-Identifier: MIT
// send.js: countersign send FILE COMMAND [ARGUMENT] [+ COMMAND ...], and send FILE last.
import { readSync } from 'node:fs';

import { Client } from '../client.js';
import { readDeviceFile } from '../device-file.js';
import { CountersignError } from '../errors.js';
import { orderOf } from '../send.js';
import { Session } from '../session.js';
import { SEND_OPTIONS, UsageError, parseArguments, timeoutOf } from './arguments.js';
import { tellLast } from './last.js';
import { advice, exitStatus, tellJson, tellProven, tellUnproven } from './outcome.js';
import { say } from './output.js';

const HELP = `usage: countersign send [OPTION]... FILE COMMAND [ARGUMENT] [+ COMMAND ...]...
       countersign send [OPTION]... FILE last

Makes the device that FILE describes run a command and tells what became of it. A
+ chains further commands on the same connection (sealed); a chain stops at the
first that is not done. ARGUMENT (sealed) is text, bytes as hex:0a1b, or - for
standard input. Nothing is ever sent twice by itself.

last (sealed) settles an unknown outcome: it waits until the command in doubt can
no longer run, asks the device and tells \`ran\`, \`not the last one run\` or \`not
known\`.

  --json        print one JSON object a line for each command
  --timeout MS  longest wait for the state file, to connect, for the challenge and
                for each reply; 10000 unless given
  --no-state    keep no state file: last then knows nothing of this command, and a
                classic challenge given before is not noticed
  --            what follows is no option
  --help        show this text

The state lies in $XDG_STATE_HOME/countersign or ~/.local/state/countersign.

exit status: 0 done (or sent, to a classic device that does not answer; last:
ran), 1 the device proved a failure (last: not the last one run), 2 wrong usage or
device file, 3 not sent, 4 unknown (last: not known)`;

/** @typedef {{ name: string, argument: string | undefined }} Wish */

/**
 * @param {string[]} words
 * @returns {Wish[]}
 */
function wishesOf(words) {
  /** @type {string[][]} */
  const groups = [[]];
  for (const word of words) {
    if (word === '+') groups.push([]);
    else groups[groups.length - 1].push(word);
  }
  if (groups.some((group) => group.length === 0)) throw new UsageError('a + stands between two commands');
  if (groups.some(([name]) => name === 'last')) {
    if (groups.length > 1) throw new UsageError('last: stands alone: no other command, no argument', false);
    if (groups[0].length > 1) throw new UsageError('last: takes no argument', false);
  }
  if (groups.some((group) => group.length > 2)) {
    throw new UsageError('a command takes one argument; quote it, or put a + before the next command');
  }
  if (groups.filter(([, argument]) => argument === '-').length > 1) {
    throw new UsageError('standard input can be the argument of one command only', false);
  }
  return groups.map(([name, argument]) => ({ name, argument }));
}

/** Standard input, but no more than any device takes. */
function readInput() {
  const bytes = Buffer.alloc(256);
  for (let have = 0; have < bytes.length;) {
    const count = readSome(bytes, have);
    if (count === 0) return bytes.subarray(0, have);
    have += count;
  }
  return bytes;
}

/**
 * @param {Buffer} bytes
 * @param {number} at
 * @returns {number} 0: the end
 */
function readSome(bytes, at) {
  for (;;) {
    try {
      return readSync(0, bytes, at, bytes.length - at, null);
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      // Somebody made the terminal non-blocking: look again in 20 ms.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** @param {Wish} wish */
function argumentOf({ name, argument }) {
  if (argument === '-') return readInput();
  if (!argument?.startsWith('hex:')) return argument;
  const digits = argument.slice(4);
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) {
    throw new UsageError(`${name}: after hex: stand two hex digits for each byte`, false);
  }
  return Buffer.from(digits, 'hex');
}

/**
 * @param {import('../device-file.js').DeviceFile} file
 * @param {Wish[]} wishes
 */
function ordersOf(file, wishes) {
  if (file.profile === 'classic' && wishes.length > 1) {
    throw new UsageError('a classic connection carries one command; send them one by one', false);
  }
  return wishes.map((wish) => {
    try {
      const known = file.commands.some(({ name }) => name === wish.name);
      return orderOf(file, wish.name, known ? argumentOf(wish) : undefined);
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      throw new UsageError(error.message, false);
    }
  });
}

/**
 * @param {Client} client
 * @param {import('../send.js').Order[]} orders
 * @param {Record<string, string>} options
 */
async function runAll(client, orders, options) {
  const isJson = options.json !== undefined;
  const session = new Session(client);
  let status = 0;
  for (const [at, order] of orders.entries()) {
    if (status !== 0) {
      const data = Buffer.alloc(0);
      if (isJson) tellJson({ command: order.name, outcome: 'not-sent', status: null, answer: null, data, ms: 0 });
      tellUnproven(order.name, 'not-sent', 'the chain stopped before it');
      continue;
    }
    const window = client.file.deadline + (at > 0 ? 30000 : 0);
    status = await runOne(session, order, isJson, {
      file: client.file.path,
      isSealed: client.file.profile === 'sealed',
      hasState: options['no-state'] === undefined,
      window,
    });
  }
  await session.close();
  return status;
}

/**
 * @param {Session} session
 * @param {import('../send.js').Order} order
 * @param {boolean} isJson
 * @param {Parameters<typeof advice>[0]} context
 */
async function runOne(session, order, isJson, context) {
  const begun = performance.now();
  const told = await session.run(order, {}).catch((error) => {
    if (!(error instanceof CountersignError)) throw error;
    return error;
  });
  const ms = Math.round(performance.now() - begun);
  const { outcome, status, answer, data } = told;
  const all = { command: order.name, outcome, status, answer, data, ms };
  if (isJson) tellJson(all);
  if (outcome === 'not-sent' || outcome === 'unknown') {
    const { message } = /** @type {CountersignError} */ (told);
    tellUnproven(order.name, outcome, outcome === 'unknown' ? `${message}; ${advice(context)}` : message);
  } else if (!isJson) {
    tellProven(all);
  }
  return exitStatus(outcome);
}

/**
 * @param {string[]} given
 * @returns {Promise<number>}
 */
export async function run(given) {
  const { options, words } = parseArguments(given, SEND_OPTIONS, {
    unknown: 'unknown option; put -- before an argument that begins so',
    lacks: () => '--timeout needs a number of milliseconds',
  });
  if (options.help !== undefined) {
    say(HELP);
    return 0;
  }
  const timeout = timeoutOf(options);
  const [name, ...rest] = words;
  if (name === undefined) throw new UsageError('needs a device file and a command');
  if (rest.length === 0) throw new UsageError('needs a command after the device file');
  const wishes = wishesOf(rest);
  const file = readDeviceFile(name, 'client');
  const isLast = wishes[0].name === 'last';
  if (isLast && file.profile === 'classic') {
    throw new UsageError('last: a classic device cannot be asked what it ran', false);
  }
  if (isLast && options['no-state'] !== undefined) {
    throw new UsageError('last: needs the state file; leave --no-state out', false);
  }
  const orders = isLast ? [] : ordersOf(file, wishes);
  const client = new Client(file, { timeout, state: options['no-state'] === undefined });
  try {
    return isLast ? await tellLast(client, options.json !== undefined) : await runAll(client, orders, options);
  } finally {
    client.close();
  }
}
