// SPDX-License-Identifier: MIT
// check.js: countersign check.
import { addressText } from '../address.js';
import { wipe } from '../bytes.js';
import { readDeviceFile } from '../device-file.js';
import { CountersignError, reasonOf } from '../errors.js';
import { blockKey } from '../hmac.js';
import { hashes } from '../hash.js';
import { ADMIN, ALL_ROWS, mayRun } from '../keyring.js';
import { readKey } from '../key-reference.js';
import { fingerprint } from '../key-text.js';
import { UsageError, parseArguments } from './arguments.js';
import { Findings } from './findings.js';
import { say } from './output.js';

/** @typedef {import('../device-file.js').DeviceFile} DeviceFile */

const HELP = `usage: countersign check FILE

Validates a device file, and prints what client and device will do by it: bytes,
times, keys (their fingerprints only), rights, commands and programs. Warnings and
errors go to standard error. A key that is not on this machine is a warning.

  --help  show this text

exit status: 0 the file is good, warnings or not; 1 could not print; 2 wrong usage,
or something is wrong with the file`;

const PROFILES = {
  sealed: 'sealed: commands travel encrypted, both sides prove themselves',
  classic: 'classic: commands travel as a tag, only the client proves itself',
};

/**
 * @param {string} name
 * @param {string} text
 */
function row(name, text) {
  say(`  ${name.padEnd(9)} ${text}`);
}

/** @param {DeviceFile} file */
function tellHead(file) {
  say(file.path);
  row('id', file.id === '' ? '(empty)' : file.id);
  row('address', addressText(file.address));
  row('profile', PROFILES[file.profile]);
  row('hash', file.hash);
}

/** @param {DeviceFile} file */
function tellBytes({ profile, wake, challenge, tag, payload, hash, answers }) {
  say('\nbytes');
  if (profile === 'sealed') {
    row('client', `${wake} wake, then 1 + n + ${tag} request; n = 1 to ${payload} for code and arguments`);
    row('device', `${challenge} challenge, then 1 + m + ${tag} reply; m = 1 to 255 for status and data`);
    const further = 2 + 2 * tag;
    row('in all', `${wake + challenge + further} + n + m bytes for a first command, ${further} + n + m for each further one`);
    return;
  }
  const { length } = hashes[hash];
  row('client', `${wake} wake, then ${length} request`);
  const reply = answers.length > 0 ? length : 0;
  row('device', `${challenge} challenge${reply > 0 ? `, then ${length} reply` : '; it does not answer'}`);
  row('in all', `${wake + challenge + length + reply} bytes, one command a connection`);
}

/** @param {DeviceFile} file */
function tellTimes({ profile, deadline, limit, address }) {
  say('\ntime');
  row('device', `${deadline} ms for each message; a program of [run] ends after ${limit} ms`);
  row('client', '10000 ms for each of connection, challenge and reply');
  row('', `after an unknown outcome the command may still start for ${deadline} ms${profile === 'sealed' ? ',' : ''}`);
  if (profile === 'sealed') row('', `a further one of its connection for ${deadline + 30000} ms`);
  if (address.kind === 'serial') {
    row('line', `500 ms of silence end an exchange; the client waits ${address.boot} ms after opening`);
  }
}

/**
 * @param {DeviceFile} file
 * @param {number} rights
 */
function rightsText({ commands }, rights) {
  const names = (rights & ALL_ROWS) === ALL_ROWS ? ['every command']
    : commands.filter((_command, at) => at <= 30 && mayRun(rights, at)).map(({ name }) => name);
  if ((rights & ADMIN) !== 0) names.push('administer keys');
  return `may do: ${names.join(', ')}`;
}

/**
 * A key's fingerprint, and what is wrong with the key.
 * @param {DeviceFile} file
 * @param {import('../key-reference.js').KeyReference} reference
 * @param {number} line
 * @param {Findings} findings
 * @param {boolean} isStored
 * @returns {{ print: string, block: Buffer | null }}
 */
function examine(file, reference, line, findings, isStored) {
  const unread = { print: '(not read)', block: null };
  let key;
  try {
    key = readKey(reference, file.directory, `${file.path}:${line}`);
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    const absent = absence(error);
    if (absent === null) findings.error(error.message);
    else findings.warn(line, `${reference} can't be read here (${absent}); check where it is kept`);
    return unread;
  }
  const { length } = key;
  const print = { print: fingerprint(key), block: blockKey(hashes[file.hash], key) };
  wipe(key);
  if (file.profile === 'sealed' && length < 16) {
    findings.error(`${file.path}:${line}: the key has ${length} bytes, sealed needs 16 or more; make one with countersign keygen`);
  } else if (isStored && length > 32) {
    findings.error(`${file.path}:${line}: the key has ${length} bytes, and a store holds 32 at most; make one with countersign keygen`);
  } else if (length < 16) {
    findings.warn(line, 'the key has under 16 bytes and can be guessed from one recorded exchange; make one with countersign keygen');
  }
  if (reference.kind === 'inline') {
    findings.warn(line, 'the key stands in the device file, and who may read the file has it; put it into a file of its own and write file:PATH');
  }
  return print;
}

/**
 * Why a key is not on this machine, or null: it is, and something is wrong with it.
 * @param {CountersignError} error
 */
function absence(error) {
  if (error.message.includes(': not set; ')) return 'the variable is not set';
  const { code } = /** @type {NodeJS.ErrnoException} */ (error.cause ?? {});
  return code === undefined ? null : reasonOf(error.cause);
}

/** @param {DeviceFile} file */
function tellStore({ store }) {
  if (store !== null) row('store', `${store}: an empty one is filled with these keys; then only those in it count`);
}

/**
 * @param {DeviceFile} file
 * @param {Findings} findings
 */
function tellKeys(file, findings) {
  const key = file.key && { reference: file.key, line: file.keyLine };
  if (!file.hasKeys && key) {
    say('\nthe key of client and device');
    const { print } = examine(file, key.reference, key.line, findings, file.store !== null);
    row('key', `${print}  ${key.reference}  ${rightsText(file, 0xffffffff)}`);
    tellStore(file);
    return;
  }
  const all = () => file.keys.map((entry) => ({
    entry, ...examine(file, entry.reference, entry.line, findings, file.store !== null) }));
  if (key) {
    say('\nthe client\'s key');
    row('key', `${examine(file, key.reference, key.line, findings, false).print}  ${key.reference}`);
  }
  say('\nthe device\'s keys');
  const examined = all();
  for (const { entry, print } of examined) {
    row(entry.name, `${print}  ${entry.reference}  ${rightsText(file, entry.rights)}`);
  }
  tellStore(file);
  if (!key) say('  no key for a client: send can\'t use this file');
  findTwins(file, examined, findings);
}

/**
 * @param {DeviceFile} file
 * @param {{ entry: import('../device-file-tables.js').KeyEntry, block: Buffer | null }[]} examined
 * @param {Findings} findings
 */
function findTwins(file, examined, findings) {
  examined.forEach(({ entry, block }, at) => {
    const twin = block && examined.slice(0, at).find((other) => other.block?.equals(block));
    if (twin) {
      findings.error(`${file.path}:${entry.line}: ${entry.name} is the same key as ${twin.entry.name} in line ${twin.entry.line}; give each its own`);
    }
  });
  for (const { block } of examined) wipe(block);
}

/** @param {string} word */
function wordText(word) {
  return word === '' || /[ \t]/.test(word) ? `"${word}"` : word;
}

/** @param {DeviceFile} file */
function tellCommands(file) {
  say('\ncommands');
  file.commands.forEach(({ name, code }, at) => {
    const holders = file.keys.filter(({ rights }) => mayRun(rights, at)).map((key) => key.name);
    const program = file.run[name];
    const run = program ? `runs ${program.map(wordText).join(' ')}` : 'logged and done';
    const who = holders.length > 0 ? `for ${holders.join(', ')}` : 'for nobody';
    row(name, `${code.toString('hex')}  ${who}  ${run}`);
  });
  if (file.answers.length === 0) return;
  say('\nanswers');
  for (const { name, code } of file.answers) row(name, code.toString('hex'));
}

/**
 * @param {string[]} given
 * @returns {Promise<number>}
 */
export async function run(given) {
  const usage = 'takes the name of one device file';
  const { options, words } = parseArguments(given, {}, { unknown: usage });
  if (options.help !== undefined) {
    say(HELP);
    return 0;
  }
  if (words.length !== 1) throw new UsageError(usage);
  const file = readDeviceFile(words[0], 'both');
  const findings = new Findings(file.path);
  tellHead(file);
  tellBytes(file);
  tellTimes(file);
  tellKeys(file, findings);
  tellCommands(file);
  findings.settings(file);
  findings.programs(file);
  findings.unused(file);
  findings.overlaps(file);
  return findings.conclude();
}
