// SPDX-License-Identifier: MIT
// device-file-settings.js: the section [device] (device-file.md, section 3).
import { parseAddress, placed, plainNumber } from './address.js';
import { LineError, checkNew } from './device-file-lines.js';
import { hashNamed } from './hash.js';
import { KeyReference, checkReference } from './key-reference.js';
import { parseKeyText } from './key-text.js';
import { wipe } from './bytes.js';

/** @typedef {import('./device-file-lines.js').Entry} Entry */

const DEVICE_NAMES = [
  'id', 'address', 'profile', 'hash', 'wake', 'challenge', 'tag', 'payload', 'deadline', 'limit',
  'overlap', 'key', 'store',
];

/** Which of two mistakes is told: that of the name that stands first here. */
const READING_ORDER = [
  'profile', 'hash', 'wake', 'challenge', 'tag', 'payload', 'deadline', 'limit', 'overlap', 'id',
  'address', 'store', 'key',
];

/** @type {Record<string, Record<'sealed' | 'classic', [number, number]>>} */
const RANGES = {
  wake: { sealed: [8, 64], classic: [0, 255] },
  challenge: { sealed: [8, 64], classic: [1, 64] },
  tag: { sealed: [16, 32], classic: [16, 32] },
  payload: { sealed: [1, 255], classic: [1, 255] },
  deadline: { sealed: [100, 60000], classic: [100, 60000] },
  limit: { sealed: [1, 3600000], classic: [1, 3600000] },
};
const DEFAULTS = { wake: 16, challenge: 16, tag: 16, payload: 255, deadline: 5000, limit: 4000 };

/**
 * @param {Entry | undefined} entry
 * @returns {'sealed' | 'classic'}
 */
function profileOf(entry) {
  const profile = entry?.value ?? 'sealed';
  if (profile !== 'sealed' && profile !== 'classic') {
    throw new LineError(/** @type {Entry} */ (entry).line, 'unknown profile; write sealed or classic');
  }
  return profile;
}

/**
 * @param {Entry} entry
 * @param {'sealed' | 'classic'} profile
 */
function checkHash({ line, value }, profile) {
  const hash = hashNamed(value);
  if (!hash) {
    throw new LineError(line, 'unknown hash; write sha256 or blake2s, in classic also sha1 or sha512');
  }
  if (profile === 'sealed' && hash.number === null) {
    throw new LineError(line, `${value} is for the profile classic only; write sha256 or blake2s`);
  }
}

/**
 * @param {Entry} entry
 * @param {'sealed' | 'classic'} profile
 */
function numberOf({ line, name, value }, profile) {
  const [least, most] = RANGES[name][profile];
  const number = plainNumber(value, least, most);
  if (number === null) {
    throw new LineError(line, `${name} is not a number from ${least} to ${most}; write one`);
  }
  return number;
}

/**
 * A key where a device file names one.
 * @param {string} text
 * @param {number} line
 * @param {'sealed' | 'classic'} profile
 * @param {boolean} isStored  whether it goes into a store
 * @returns {KeyReference}
 */
export function keyOf(text, line, profile, isStored) {
  try {
    checkReference(text);
  } catch (error) {
    throw new LineError(line, /** @type {Error} */ (error).message);
  }
  const reference = new KeyReference(text);
  if (reference.kind !== 'inline') return reference;
  const key = parseKeyText(text);
  const { length } = key;
  wipe(key);
  if (profile === 'sealed' && length < 16) {
    throw new LineError(line, 'the key has under 16 bytes, too few for sealed; make one with countersign keygen');
  }
  if (isStored && length > 32) {
    throw new LineError(line, 'the key has over 32 bytes, more than a store holds; make one with countersign keygen');
  }
  return reference;
}

/**
 * What an entry of [device] gets wrong by itself.
 * @param {Entry} entry
 * @param {readonly Entry[]} before
 */
export function checkDeviceEntry(entry, before) {
  if (!DEVICE_NAMES.includes(entry.name)) {
    throw new LineError(entry.line, `unknown name in [device]; known are ${DEVICE_NAMES.slice(0, -1).join(', ')} and store`);
  }
  checkNew(before, entry, 'drop one');
}

/**
 * @typedef {object} DeviceSection
 * @property {number} line
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
 * @property {Entry | null} keyEntry
 * @property {string | null} store
 * @property {Set<string>} given  the names that stand in the file
 */

/**
 * @param {Entry} entry
 * @param {DeviceSection} into
 * @param {string} directory
 */
function readEntry(entry, into, directory) {
  const { line, name, value } = entry;
  into.given.add(name);
  if (name in RANGES) {
    into[/** @type {'wake'} */ (name)] = numberOf(entry, into.profile);
  } else if (name === 'id') {
    if (Buffer.byteLength(value) > 64) throw new LineError(line, 'id is over 64 bytes long; shorten it');
    into.id = value;
  } else if (name === 'address') {
    try {
      into.address = parseAddress(value, directory);
    } catch (error) {
      throw new LineError(line, /** @type {Error} */ (error).message);
    }
  } else if (name === 'hash') {
    checkHash(entry, into.profile);
    into.hash = /** @type {import('./hash.js').HashName} */ (value);
  } else if (name === 'overlap') {
    if (value !== 'refuse' && value !== 'allow') {
      throw new LineError(line, 'unknown value of overlap; write refuse or allow');
    }
    into.mayOverlap = value === 'allow' && into.profile === 'classic';
  } else if (name === 'key') {
    into.keyEntry = entry;
  } else if (name === 'store') {
    into.store = placed(directory, value);
  }
}

/**
 * @param {import('./device-file-lines.js').Section} section
 * @param {string} directory
 * @returns {DeviceSection}
 */
export function readDeviceSection(section, directory) {
  const entry = (/** @type {string} */ name) => section.entries.find((found) => found.name === name);
  /** @type {DeviceSection} */
  const device = {
    ...DEFAULTS,
    line: section.line,
    id: '',
    address: { kind: 'tcp', host: '', port: 0 },
    profile: profileOf(entry('profile')),
    hash: 'sha256',
    mayOverlap: false,
    keyEntry: null,
    store: null,
    given: new Set(),
  };
  for (const name of READING_ORDER) {
    const found = entry(name);
    if (found) readEntry(found, device, directory);
  }
  if (!device.given.has('address')) {
    throw new LineError(section.line, '[device] has no address; write address = tcp://HOST:PORT, unix:PATH or serial:PATH');
  }
  if (device.address.kind === 'serial' && device.wake === 0) {
    throw new LineError(/** @type {Entry} */ (entry('wake')).line, 'wake is 0, but a serial line needs 1 or more; raise it');
  }
  return device;
}
