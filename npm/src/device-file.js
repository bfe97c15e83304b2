// SPDX-License-Identifier: MIT
// device-file.js: one file describes a device to both sides (device-file.md).
import fs from 'node:fs';
import path from 'node:path';

import { LineError, readSections } from './device-file-lines.js';
import { checkDeviceEntry, keyOf, readDeviceSection } from './device-file-settings.js';
import { checkCodeEntry, readAnswers, readCommands, readKeys, readRuns } from './device-file-tables.js';
import { CountersignError, reasonOf } from './errors.js';
import { settingsOf } from './settings.js';

/**
 * @typedef {'client' | 'device' | 'both' | 'header' | 'cable'} Role  who reads the file (device-file.md,
 *   section 9); cable: a provisioning tool, which adds what is missing
 *
 * @typedef {object} DeviceFile
 * @property {string} path
 * @property {string} directory  where relative paths start
 * @property {string} id
 * @property {import('./address.js').Address} address
 * @property {'sealed' | 'classic'} profile
 * @property {import('./hash.js').HashName} hash
 * @property {number} wake
 * @property {number} challenge
 * @property {number} tag
 * @property {number} payload
 * @property {number} deadline  ms
 * @property {number} limit  ms
 * @property {boolean} mayOverlap
 * @property {import('./key-reference.js').KeyReference | null} key
 * @property {number} keyLine  0: there is no key
 * @property {string | null} store
 * @property {import('./device-file-tables.js').NamedCode[]} commands
 * @property {import('./device-file-tables.js').NamedCode[]} answers
 * @property {import('./device-file-tables.js').KeyEntry[]} keys  the device's, by slot
 * @property {boolean} hasKeys  whether there is a section [keys]
 * @property {number} keysLine
 * @property {Record<string, string[]>} run
 * @property {Record<string, number>} runLines
 * @property {{ name: string, line: number }[]} ignored  what the profile leaves without meaning
 */

/** @type {Record<Role, readonly import('./device-file-lines.js').SectionName[]>} */
const SKIPPED = { client: ['keys', 'run'], device: [], both: [], header: ['keys', 'run'], cable: ['run'] };

/**
 * @param {import('./device-file-settings.js').DeviceSection} device
 * @param {boolean} hasKeys
 * @param {Role} role
 */
function clientKey(device, hasKeys, role) {
  const isRead = role === 'client' || role === 'both' || role === 'cable' || (role === 'device' && !hasKeys);
  if (!isRead) return null;
  const entry = device.keyEntry;
  if (!entry) {
    if (role === 'cable' || (role !== 'client' && hasKeys)) return null;
    throw new LineError(device.line, '[device] has no key; write key = file:PATH, and make the file with countersign keygen -o PATH');
  }
  const isStored = role !== 'client' && device.store !== null && !hasKeys;
  return keyOf(entry.value, entry.line, device.profile, isStored);
}

/**
 * @param {import('./device-file-settings.js').DeviceSection} device
 * @param {import('./device-file-lines.js').Sections} sections
 */
function ignoredNames(device, { device: own, answers }) {
  const others = device.profile === 'sealed' ? ['overlap'] : ['tag', 'payload'];
  const found = (own?.entries ?? []).filter(({ name }) => others.includes(name))
    .map(({ name, line }) => ({ name, line }));
  if (device.profile === 'sealed' && answers) found.push({ name: '[answers]', line: answers.line });
  return found;
}

/**
 * The keys and the answers, whose mistakes are told in this order.
 * @param {import('./device-file-lines.js').Sections} sections
 * @param {import('./device-file-tables.js').NamedCode[]} commands
 * @param {import('./device-file-settings.js').DeviceSection} device
 * @param {Role} role
 */
function readRest(sections, commands, device, role) {
  const isDevice = role === 'device' || role === 'both' || role === 'cable';
  const own = isDevice ? sections.keys : undefined;
  const early = own ? clientKey(device, true, role) : null;
  const held = own ? readKeys(own, commands, device) : [];
  const found = sections.answers ? readAnswers(sections.answers, commands, device) : [];
  const key = own ? early : clientKey(device, false, role);
  const line = device.keyEntry?.line ?? 0;
  const keys = !own && isDevice && key
    ? [{ name: 'key', reference: key, rights: 0xffffffff, line }] : held;
  return { key, keys, answers: device.profile === 'classic' ? found : [] };
}

/**
 * @param {Buffer} bytes
 * @param {Role} role
 * @param {string} directory
 * @returns {Omit<DeviceFile, 'path' | 'directory'>}
 */
function parse(bytes, role, directory) {
  const skipped = SKIPPED[role];
  const sections = readSections(bytes, skipped, (section, entry, before) => {
    if (section === 'device') checkDeviceEntry(entry, before);
    if (section === 'commands' || section === 'answers') checkCodeEntry(entry, before);
  });
  if (!sections.device) throw new LineError(1, 'there is no [device]; write it with an address and a key');
  const device = readDeviceSection(sections.device, directory);
  if (!sections.commands) {
    throw new LineError(1, 'there is no [commands]; write it with a name = code for each command');
  }
  const isDevice = role === 'device' || role === 'both' || role === 'cable';
  const commands = readCommands(sections.commands, device.profile);
  const { key, keys, answers } = readRest(sections, commands, device, role);
  const run = isDevice && sections.run
    ? readRuns(sections.run, commands, directory) : {};
  if (isDevice && sections.run && answers.length > 0
      && !['done', 'failed'].every((name) => answers.some((answer) => answer.name === name))) {
    throw new LineError(/** @type {any} */ (sections.answers).line, '[answers] lacks done or failed, which programs of [run] are answered with; write both');
  }
  const { given, keyEntry, line, ...settings } = device;
  return {
    ...settings,
    store: isDevice ? device.store : null,
    key,
    keyLine: keyEntry?.line ?? 0,
    commands,
    answers,
    keys,
    hasKeys: keys.length > 0 && sections.keys !== undefined,
    keysLine: sections.keys?.line ?? 0,
    run,
    runLines: Object.fromEntries((sections.run?.entries ?? []).map((entry) => [entry.name, entry.line])),
    ignored: ignoredNames(device, sections),
  };
}

/**
 * Reads a device file whole, or throws a CountersignError (CSIGN_FILE) whose message is
 * `FILE:LINE: what; cure`.
 * @param {string} name
 * @param {Role} [role]
 * @returns {DeviceFile}
 */
export function readDeviceFile(name, role = 'client') {
  let bytes;
  try {
    bytes = fs.readFileSync(name);
  } catch (error) {
    throw new CountersignError('CSIGN_FILE', `${name}: ${reasonOf(error)}; give a file that can be read`, { cause: error });
  }
  const directory = path.dirname(name);
  try {
    return { path: name, directory, ...parse(bytes, role, directory) };
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    throw new CountersignError('CSIGN_FILE', `${name}:${error.line}: ${error.message}`);
  } finally {
    bytes.fill(0);
  }
}

/**
 * What the protocol needs of a device file.
 * @param {DeviceFile} file
 */
export function fileSettings(file) {
  const { profile, hash, wake, challenge, tag, payload, id } = file;
  const sealed = profile === 'sealed' ? { tag, payload } : {};
  return settingsOf({ profile, hash, wake, challenge, id, ...sealed });
}
