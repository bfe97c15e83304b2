// SPDX-License-Identifier: MIT
// provision.js: countersign provision.
import { addressText, parseAddress } from '../address.js';
import { readDeviceFile } from '../device-file.js';
import { CountersignError, reasonOf } from '../errors.js';
import { provision } from '../provision.js';
import { openSerial } from '../transport.js';
import { UsageError, parseArguments } from './arguments.js';
import { complain, say } from './output.js';

const HELP = `usage: countersign provision FILE [--port PORT] [--slot N] [OPTION]...

Gives the device at the serial line PORT what FILE says of it: its id, a
secret for its challenges, drawn here, and its keys. The device has to run a
sketch that can be provisioned. It proves each key that it has stored.

[keys] in FILE defines the key slots, the first line slot 0, with their
rights. A key file that a line names is used where it exists and made where it
does not (mode 600, never overwritten). Without [keys] the one key of FILE
goes into slot N, 0 unless given, with every right. Where [device] has no
\`key\`, it gets one: the key file of the first administrator in [keys], or a
new one, FILE with the ending .key. All else in FILE stays as it is. To give a
device new keys, move the key files away first.

A device that is provisioned already refuses, unless its sketch allows it to
who has it in hand: a jumper, or a button held while it starts.

  --port PORT   serial:/dev/ttyUSB0?baud=115200&boot=2000, the ms to wait
                after opening, which resets an Arduino; FILE's address unless
                given
  --slot N      the slot of the only key
  --foreign     overwrite data of another program in the device's memory
  --timeout MS  how long to look for the device; 15000 unless given
  --help        show this text

What travels over the cable is not encrypted. Keys are never printed;
fingerprints are. Serial lines need the package serialport: npm install serialport.

exit status: 0 done, 1 refused or failed: the device has none of the keys, 2
wrong usage, device file or key file, 3 no device reached, nothing changed, 4
unknown: the last reply is missing; the key files are kept`;

/**
 * @param {Record<string, string>} options
 * @param {string} name
 */
function portOf({ port }, name) {
  if (port === undefined) {
    const { address } = readDeviceFile(name, 'cable');
    if (address.kind === 'serial') return address;
    throw new UsageError(`${name} is no serial line's; give one with --port serial:PATH`);
  }
  let address;
  try {
    address = parseAddress(port);
  } catch (error) {
    throw new UsageError(`--port: ${/** @type {Error} */ (error).message}`, false);
  }
  if (address.kind !== 'serial') throw new UsageError('--port takes serial:PATH?baud=N&boot=MS', false);
  return address;
}

/** @param {string | undefined} text */
function slotOf(text) {
  if (text === undefined) return undefined;
  const slot = /^(0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : 254;
  if (slot > 253) throw new UsageError('a slot is a number from 0 to 253');
  return slot;
}

/** @param {string | undefined} text */
function timeoutOf(text = '15000') {
  const ms = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (ms < 1 || ms > 86400000) throw new UsageError('--timeout takes 1 to 86400000 milliseconds');
  return ms;
}

/**
 * @param {string} name
 * @param {import('../provision.js').Provisioned} done
 */
function tell(name, { keys, added, missing, hasAdmin }) {
  for (const { slot, name: keyName, fingerprint, file, isNew } of keys) {
    say(`slot ${slot}: ${keyName}, fingerprint ${fingerprint}${isNew ? `, new in ${file}` : ''}`);
  }
  if (added) say(`${name}: ${added} added`);
  if (missing) complain(`provision: cannot write ${name}; write ${missing} into [device] yourself`);
  if (!hasAdmin) complain('provision: no key is an administrator\'s, so keys can be changed only by provisioning again');
}

/** @param {CountersignError} error */
function failure(error) {
  const { code, outcome, message } = error;
  if (code === 'CSIGN_FILE' || code === 'CSIGN_KEY' || code === 'CSIGN_USAGE') throw error;
  if (outcome === 'unknown') {
    complain(`provision: unknown: ${message}; the device has these keys or none: look with the same command, which refuses when it has them`);
    return 4;
  }
  if (outcome === 'failed') {
    complain(`provision: ${message}; the device is left unprovisioned, provision it again`);
    return 1;
  }
  complain(`provision: ${message}; nothing was changed`);
  return code === 'CSIGN_PROVISION' ? 1 : 3;
}

/**
 * @param {string[]} given
 * @returns {Promise<number>}
 */
export async function run(given) {
  const { options, words } = parseArguments(given, {
    port: 'value', slot: 'value', foreign: 'flag', timeout: 'value',
  });
  if (options.help !== undefined) {
    say(HELP);
    return 0;
  }
  if (words.length !== 1) throw new UsageError('takes one device file');
  const [name] = words;
  const slot = slotOf(options.slot);
  const timeout = timeoutOf(options.timeout);
  const address = portOf(options, name);
  let port;
  try {
    port = await openSerial(address);
  } catch (error) {
    const message = error instanceof CountersignError ? error.message
      : `cannot open ${addressText(address)}: ${reasonOf(error)}`;
    complain(`provision: ${message}`);
    return 3;
  }
  try {
    await new Promise((resolve) => setTimeout(resolve, address.boot));
    const done = await provision(port, name, {
      slot, timeout, foreign: options.foreign !== undefined,
      waiting: () => complain('provision: no answer yet; press the device\'s reset button'),
    });
    tell(name, done);
    return 0;
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    return failure(error);
  } finally {
    port.destroy();
  }
}
