// SPDX-License-Identifier: MIT
// provision-plan.js: which keys a device is given, and where they are kept.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { placed } from './address.js';
import { blockKey } from './hmac.js';
import { same, wipe } from './bytes.js';
import { CountersignError, reasonOf } from './errors.js';
import { hashes } from './hash.js';
import { ADMIN } from './keyring.js';
import { makeKeyFile } from './key-file.js';
import { KeyReference, readKey, readKeyFile } from './key-reference.js';
import { fingerprint } from './key-text.js';

/** @typedef {import('./device-file.js').DeviceFile} DeviceFile */

/**
 * @typedef {object} PlannedKey
 * @property {number} slot
 * @property {string} name
 * @property {number} rights
 * @property {Buffer} key
 * @property {string | null} file  its key file
 * @property {boolean} isNew
 * @property {string} fingerprint
 */

/**
 * A key that exists, or one that is to be made.
 * @param {DeviceFile} file
 * @param {KeyReference} reference
 * @param {number} line
 */
function keyFor(file, reference, line) {
  const place = `${file.path}:${line}`;
  if (reference.kind !== 'file') return { key: readKey(reference, file.directory, place), file: null, isNew: false };
  const name = placed(file.directory, reference.reveal().slice(5));
  if (fs.existsSync(name)) return { key: readKeyFile(name, place), file: name, isNew: false };
  return { key: randomBytes(32), file: name, isNew: true };
}

/**
 * @param {DeviceFile} file
 * @param {PlannedKey[]} keys
 */
function checkKeys(file, keys) {
  const blocks = keys.map(({ key }) => blockKey(hashes[file.hash], key));
  keys.forEach(({ name, key }, at) => {
    const least = file.profile === 'sealed' ? 16 : 1;
    const wrong = key.length > 32 ? 'has more than 32 bytes, the most that a device stores'
      : key.length < least ? 'has under 16 bytes, too few for sealed'
        : blocks.slice(0, at).some((other) => same(other, blocks[at])) ? 'is the same as one before it' : null;
    if (wrong) throw new CountersignError('CSIGN_KEY', `the key ${name} ${wrong}; make one with countersign keygen`);
  });
  wipe(...blocks);
}

/** The key file of a device file that names none: lamp.ini has lamp.key. @param {DeviceFile} file */
function ownKeyFile({ path: name }) {
  return `${path.join(path.dirname(name), path.basename(name, path.extname(name)))}.key`;
}

/**
 * The one key of a file without [keys].
 * @param {DeviceFile} file
 * @param {number} slot
 * @returns {PlannedKey[]}
 */
function onlyKey(file, slot) {
  const rights = 0xffffffff;
  if (file.key) return [planned({ slot, name: 'key', rights, ...keyFor(file, file.key, file.keyLine) })];
  const name = ownKeyFile(file);
  if (fs.existsSync(name)) {
    throw new CountersignError('CSIGN_KEY', `${name} is there already, and the device file names no key; name it with key = file:..., or move it away`);
  }
  return [planned({ slot, name: 'key', rights, key: randomBytes(32), file: name, isNew: true })];
}

/** @param {Omit<PlannedKey, 'fingerprint'>} key */
function planned(key) {
  return { ...key, fingerprint: fingerprint(key.key) };
}

/**
 * @param {DeviceFile} file  read for provisioning
 * @param {number | undefined} slot  of the only key
 * @returns {PlannedKey[]}
 */
export function planKeys(file, slot) {
  if (file.hasKeys && slot !== undefined) {
    throw new CountersignError('CSIGN_USAGE', `${file.path} has [keys], whose order is that of the slots; leave the slot out`);
  }
  const keys = file.hasKeys
    ? file.keys.map(({ name, reference, rights, line }, at) =>
      planned({ slot: at, name, rights, ...keyFor(file, reference, line) }))
    : onlyKey(file, slot ?? 0);
  checkKeys(file, keys);
  return keys;
}

/**
 * Makes the key files that are to be made, all or none.
 * @param {PlannedKey[]} keys
 */
export function makeKeyFiles(keys) {
  /** @type {PlannedKey[]} */
  const made = [];
  for (const key of keys.filter(({ isNew }) => isNew)) {
    const name = /** @type {string} */ (key.file);
    try {
      makeKeyFile(name, key.key);
      made.push(key);
    } catch (error) {
      removeKeyFiles(made);
      throw new CountersignError('CSIGN_KEY', `cannot make ${name}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

/**
 * Removes what was made: no device has these keys.
 * @param {PlannedKey[]} keys
 */
export function removeKeyFiles(keys) {
  for (const { isNew, file } of keys) if (isNew && file !== null) fs.rmSync(file, { force: true });
}

/**
 * What to write into [device] where it has no `key`.
 * @param {DeviceFile} file
 * @param {PlannedKey[]} keys
 * @returns {string | null}
 */
export function missingKeyLine(file, keys) {
  if (file.key) return null;
  if (!file.hasKeys) return `key = file:${path.basename(/** @type {string} */ (keys[0].file))}`;
  const admin = file.keys.find(({ rights, reference }) => (rights & ADMIN) !== 0 && reference.kind === 'file');
  return admin ? `key = ${admin.reference.reveal()}` : null;
}

/**
 * Adds a line at the end of [device]; all else stays as it is.
 * @param {DeviceFile} file
 * @param {string} line
 */
export function addLine(file, line) {
  const text = fs.readFileSync(file.path, 'utf8');
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  const heading = lines.findIndex((other) => other.startsWith('[device]'));
  let at = heading + 1;
  for (let i = at; i < lines.length && !lines[i].startsWith('['); i++) {
    if (/^[A-Za-z0-9_.]/.test(lines[i])) at = i + 1;
  }
  lines.splice(at, 0, line);
  const draft = `${file.path}.${randomBytes(6).toString('hex')}`;
  fs.writeFileSync(draft, lines.join(end), { mode: fs.statSync(file.path).mode & 0o777, flag: 'wx' });
  fs.renameSync(draft, file.path);
}
