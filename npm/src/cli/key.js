// SPDX-License-Identifier: MIT
// key.js: countersign key set|drop|rotate.
import { Client } from '../client.js';
import { Device } from '../device.js';
import { readDeviceFile } from '../device-file.js';
import { CountersignError } from '../errors.js';
import { dropKey, rightsFrom, setKey } from '../key-change.js';
import { readKeyFile } from '../key-reference.js';
import { fingerprint } from '../key-text.js';
import { rotateKey } from '../rotate.js';
import { SEND_OPTIONS, UsageError, parseArguments, timeoutOf } from './arguments.js';
import { advice, exitStatus, tellJson, tellProven, tellUnproven } from './outcome.js';
import { complain, say } from './output.js';

const HELP = `usage: countersign key set FILE --slot N --rights RIGHTS --key KEYFILE [OPTION]...
       countersign key drop FILE --slot N [OPTION]...
       countersign key rotate FILE --from N --to N [--rights RIGHTS] [OPTION]...

Changes the keys of the device that FILE describes, over the network (sealed),
under the key that FILE names, which needs the administrator's right.

set puts the key in KEYFILE into an empty slot. RIGHTS are commands of FILE
with commas between them, all, admin. drop empties a slot.

rotate replaces the key that FILE names, which is in slot --from of the
device: it sets a new key in the empty slot --to, makes one exchange under it,
puts it into the key file, and drops the old one under it. Wherever that is
cut, the key in the key file works, and the same command again goes on. Until
the end the old key is kept in a file of the same name with .old behind it.
The new key has the rights that [keys] gives the old one, or every right where
FILE has no [keys].

The new key travels under the old one: rotation does not shut out who already
holds the old key and listens. After a leak provision the device again, over a
cable.

  --json        print one JSON object a line for each exchange
  --timeout MS  longest wait for the state file, to connect, for the challenge
                and for each reply; 10000 unless given
  --no-state    keep no state file: \`countersign send FILE last\` then knows
                nothing of this change
  --help        show this text

exit status: 0 done, 1 the device proved a failure (a taken or empty slot, a
key it has already, the last administrator, no right) or a file could not be
written, 2 wrong usage or device file, 3 not sent, 4 unknown`;

/** @typedef {{ options: Record<string, string>, name: string, timeout: number, state: boolean }} Given */

/** @param {string} text */
function slotOf(text) {
  const slot = /^(0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : 254;
  if (slot > 253) throw new UsageError('a slot is a number from 0 to 253');
  return slot;
}

/**
 * @param {import('../device-file.js').DeviceFile} file
 * @param {string} text
 */
function rightsGiven(file, text) {
  try {
    return rightsFrom(file, text);
  } catch {
    throw new UsageError(`--rights holds a word that is no command of ${file.path}; write its commands with commas between them, all or admin`, false);
  }
}

/**
 * @param {Given} given
 * @param {import('../rotate.js').Step} step
 * @param {import('../device-file.js').DeviceFile} file
 */
function tellStep({ options, name, state }, step, file) {
  if (options.json !== undefined) tellJson(step);
  if (step.outcome === 'not-sent' || step.outcome === 'unknown') {
    const context = { file: name, isSealed: true, hasState: state, window: file.deadline };
    const why = step.outcome === 'unknown' ? `${step.message}; ${advice(context)}` : step.message ?? '';
    tellUnproven(step.command, step.outcome, why);
  } else if (options.json === undefined) {
    tellProven(step);
  }
}

/**
 * @param {Given} given
 * @param {string} command
 * @param {import('../device-file.js').DeviceFile} file
 * @param {(device: Device) => Promise<import('../device.js').Result>} exchange
 */
async function changeOnce(given, command, file, exchange) {
  const device = new Device(new Client(file, { timeout: given.timeout, state: given.state }));
  const begun = performance.now();
  try {
    const told = await exchange(device).catch((error) => {
      if (!(error instanceof CountersignError) || error.command === undefined) throw error;
      return error;
    });
    const { outcome, status, answer, data } = told;
    const ms = Math.round(performance.now() - begun);
    const message = told instanceof Error ? told.message : null;
    tellStep(given, { command, outcome, status, answer, data, ms, message }, file);
    return exitStatus(outcome);
  } finally {
    await device.close();
  }
}

/** @param {Given} given */
async function set(given) {
  const { options, name } = given;
  const { slot, rights, key: keyFile } = options;
  if (slot === undefined || rights === undefined || keyFile === undefined || options.from || options.to) {
    throw new UsageError('set takes --slot N, --rights RIGHTS and --key KEYFILE');
  }
  const number = slotOf(slot);
  const file = readDeviceFile(name, 'client');
  const bits = rightsGiven(file, rights);
  const key = readKeyFile(keyFile);
  const status = await changeOnce(given, 'set-key', file, (device) =>
    setKey(device, { slot: number, rights: bits, key }));
  if (status === 0 && options.json === undefined) say(`slot ${number}: fingerprint ${fingerprint(key)}`);
  key.fill(0);
  return status;
}

/** @param {Given} given */
async function drop(given) {
  const { slot, ...others } = given.options;
  if (slot === undefined || ['rights', 'key', 'from', 'to'].some((name) => others[name] !== undefined)) {
    throw new UsageError('drop takes --slot N');
  }
  const number = slotOf(slot);
  const file = readDeviceFile(given.name, 'client');
  return changeOnce(given, 'drop-key', file, (device) => dropKey(device, number));
}

/** @param {Given} given */
async function rotate(given) {
  const { options, name, timeout, state } = given;
  if (options.from === undefined || options.to === undefined || options.slot || options.key) {
    throw new UsageError('rotate takes --from N and --to N, perhaps --rights RIGHTS');
  }
  const [from, to] = [slotOf(options.from), slotOf(options.to)];
  if (from === to) throw new UsageError('--from and --to are two slots: the new key goes into an empty one');
  const file = readDeviceFile(name, 'client');
  const rights = options.rights === undefined ? undefined : rightsGiven(file, options.rights);
  try {
    const done = await rotateKey(name, {
      from, to, rights, timeout, state, step: (step) => tellStep(given, step, file),
    });
    if (options.json === undefined) say(`slot ${done.slot}: new key, fingerprint ${done.fingerprint}`);
    return 0;
  } catch (error) {
    if (!(error instanceof CountersignError) || ['CSIGN_USAGE', 'CSIGN_KEY', 'CSIGN_FILE'].includes(error.code)) throw error;
    const standing = /** @type {{ standing?: string }} */ (/** @type {unknown} */ (error)).standing;
    complain(`key rotate: ${error.command === undefined ? error.message.replace('than from says', 'than --from says') : standing}`);
    return exitStatus(error.outcome);
  }
}

const ACTIONS = { set, drop, rotate };

/**
 * @param {string[]} given
 * @returns {Promise<number>}
 */
export async function run(given) {
  const { options, words } = parseArguments(given, {
    ...SEND_OPTIONS, slot: 'value', rights: 'value', key: 'value', from: 'value', to: 'value',
  });
  if (options.help !== undefined) {
    say(HELP);
    return 0;
  }
  const [action, name, ...rest] = words;
  if (!Object.hasOwn(ACTIONS, action ?? '')) throw new UsageError('after key stands set, drop or rotate');
  if (name === undefined || rest.length > 0) throw new UsageError('takes one device file');
  const timeout = timeoutOf(options);
  const state = options['no-state'] === undefined;
  return ACTIONS[/** @type {keyof typeof ACTIONS} */ (action)]({ options, name, timeout, state });
}
