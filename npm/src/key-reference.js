// SPDX-License-Identifier: MIT
// key-reference.js: how a device file names a key, and the key itself read from where it is.
import fs from 'node:fs';

import { placed } from './address.js';
import { wipe } from './bytes.js';
import { CountersignError, reasonOf } from './errors.js';
import { parseKeyText } from './key-text.js';

/** The longest line of a key file, with its end. */
const FILE_MAX = 2054;

/** What stands in a device file for a key. Its text may be the key: nothing shows it. */
export class KeyReference {
  #text;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
    /** @type {'file' | 'env' | 'inline'} */
    this.kind = text.startsWith('file:') ? 'file' : text.startsWith('env:') ? 'env' : 'inline';
  }

  /** The text as it stands in the file, which may be a secret. */
  reveal() {
    return this.#text;
  }

  /** What may be shown of it. */
  toString() {
    return this.kind === 'inline' ? 'in the device file' : this.#text;
  }
}

/**
 * Whether a text is a key in any form of device-file.md, section 6. Throws an Error with what
 * is wrong and its cure.
 * @param {string} text
 */
export function checkReference(text) {
  if (text === 'file:') throw new Error('no path after file:; write the key file\'s');
  if (text === 'env:') throw new Error('no name after env:; write the variable\'s');
  if (text.startsWith('file:') || text.startsWith('env:')) return;
  if (!/^(csk1|hex:|text:)/i.test(text) || /^(HEX|TEXT)/.test(text)) {
    throw new Error('not a key; write file:PATH, env:NAME, or the key itself as csk1.., hex:.. or text:..');
  }
  try {
    wipe(parseKeyText(text));
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new Error(`key: ${message}${message.includes('; ') ? '' : '; write it anew'}`);
  }
}

/**
 * @param {string} where
 * @param {string} what
 * @param {unknown} [cause]
 */
function keyError(where, what, cause) {
  return new CountersignError('CSIGN_KEY', `${where}: ${what}`, { cause });
}

/**
 * Refuses a file that others could read or change.
 * @param {fs.Stats} stats
 * @param {string} name
 * @param {string} where
 */
function checkPrivate(stats, name, where) {
  if (!stats.isFile()) throw keyError(where, 'not a regular file; copy the key into one of mode 600');
  // Windows has no such modes; its access lists protect a user's own folders.
  if (process.platform === 'win32') return;
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.()) {
    throw keyError(where, 'it belongs to another user; copy the key into a file of your own');
  }
  if ((stats.mode & 0o077) !== 0) throw keyError(where, `others have access to it; chmod 600 ${name}`);
}

/**
 * @param {Buffer} bytes
 * @param {string} where
 */
function parseLine(bytes, where) {
  let length = bytes.length;
  if (length > 0 && bytes[length - 1] === 0x0a) length--;
  if (length > 0 && length < bytes.length && bytes[length - 1] === 0x0d) length--;
  const line = bytes.subarray(0, length);
  if (length === 0) throw keyError(where, 'empty; make a key with countersign keygen');
  if (line.includes(0x0a)) throw keyError(where, 'more than one line; leave only the key\'s');
  if (line.includes(0)) throw keyError(where, 'it holds a NUL byte; save it as text');
  const text = line.toString('utf8');
  if (text.startsWith('text:') && !Buffer.from(text, 'utf8').equals(line)) {
    throw keyError(where, 'not UTF-8 after text:; save it as UTF-8 or use hex:');
  }
  try {
    return parseKeyText(text);
  } catch (error) {
    throw keyError(where, /** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} name
 * @param {string} [place]  where a device file names it
 * @returns {Buffer} the key, which the caller wipes
 */
export function readKeyFile(name, place) {
  const where = `${place === undefined ? '' : `${place}: `}key file ${name}`;
  let descriptor;
  try {
    descriptor = fs.openSync(name, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw keyError(where, `${reasonOf(error)}; name a file that countersign keygen -o made`, error);
  }
  const bytes = Buffer.alloc(FILE_MAX + 1);
  try {
    checkPrivate(fs.fstatSync(descriptor), name, where);
    let have = 0;
    for (let count = 1; count > 0 && have < bytes.length; have += count) {
      count = fs.readSync(descriptor, bytes, have, bytes.length - have, null);
    }
    if (have > FILE_MAX) throw keyError(where, 'too long for a key; it may hold nothing else');
    return parseLine(bytes.subarray(0, have), where);
  } finally {
    wipe(bytes);
    fs.closeSync(descriptor);
  }
}

/**
 * @param {KeyReference} reference
 * @param {string} directory  where a relative path starts
 * @param {string} place  where the reference stands, for errors
 * @returns {Buffer} the key, which the caller wipes
 */
export function readKey(reference, directory, place) {
  const text = reference.reveal();
  if (reference.kind === 'file') return readKeyFile(placed(directory, text.slice(5)), place);
  if (reference.kind === 'inline') return parseKeyText(text);
  const name = text.slice(4);
  const value = process.env[name];
  const where = `${place}: environment variable ${name}`;
  if (value === undefined) throw keyError(where, 'not set; put the key into it');
  return parseLine(Buffer.from(value, 'utf8'), where);
}
