// SPDX-License-Identifier: MIT
// device-file-tables.js: the sections [commands], [answers], [keys] and [run] (device-file.md,
// sections 4, 5 and 7).
import { placed } from './address.js';
import { LineError, checkNew } from './device-file-lines.js';
import { keyOf } from './device-file-settings.js';
import { ADMIN, ALL_ROWS } from './keyring.js';

/**
 * @typedef {import('./device-file-lines.js').Section} Section
 * @typedef {import('./device-file-settings.js').DeviceSection} DeviceSection
 *
 * @typedef {object} NamedCode
 * @property {string} name
 * @property {Buffer} code
 * @property {number} line
 *
 * @typedef {object} KeyEntry
 * @property {string} name
 * @property {import('./key-reference.js').KeyReference} reference
 * @property {number} rights
 * @property {number} line
 */

const RESERVED = ['last', 'set-key', 'drop-key', 'all', 'admin'];
const MOST_KEYS = 254;
const MOST_STORED = 250;

/**
 * What an entry of [commands] or [answers] gets wrong by itself.
 * @param {import('./device-file-lines.js').Entry} entry
 * @param {readonly import('./device-file-lines.js').Entry[]} before
 */
export function checkCodeEntry({ line, value }, [first]) {
  if (!/^([0-9a-fA-F]{2}){1,16}$/.test(value)) {
    throw new LineError(line, 'the code is not 1 to 16 bytes in hex; write two digits for each byte, such as 0a');
  }
  if (first && first.value.length !== value.length) {
    throw new LineError(line, `the code has ${value.length / 2} bytes, but the one in line ${first.line} has ${first.value.length / 2}; make all codes of a section equally long`);
  }
}

/**
 * @param {import('./device-file-lines.js').Entry} entry
 * @param {NamedCode[]} before
 */
function codeOf({ line, name, value }, before) {
  const code = Buffer.from(value, 'hex');
  const twin = before.find((other) => other.code.equals(code));
  if (twin) {
    throw new LineError(line, `${name} has the code of ${twin.name} in line ${twin.line}; give it another`);
  }
  return code;
}

/**
 * @param {Section} section
 * @param {(named: NamedCode) => void} check
 * @returns {NamedCode[]}
 */
function readCodes(section, check) {
  /** @type {NamedCode[]} */
  const named = [];
  section.entries.forEach((entry, at) => {
    checkNew(section.entries.slice(0, at), entry);
    const found = { name: entry.name, code: codeOf(entry, named), line: entry.line };
    check(found);
    named.push(found);
  });
  return named;
}

/**
 * @param {Section} section
 * @param {'sealed' | 'classic'} profile
 */
export function readCommands(section, profile) {
  if (section.entries.length === 0) {
    throw new LineError(section.line, '[commands] is empty; write a name = code for each command');
  }
  return readCodes(section, ({ name, code, line }) => {
    if (RESERVED.includes(name)) {
      throw new LineError(line, `${name} is a reserved name; give the command another`);
    }
    if (profile !== 'sealed') return;
    if (code.length > 1) {
      throw new LineError(line, `the code has ${code.length} bytes; write one byte, as sealed has it`);
    }
    if (code[0] >= 0xf0) {
      throw new LineError(line, 'the codes f0 to ff are the protocol\'s own; take one from 00 to ef');
    }
  });
}

/**
 * @param {Section} section
 * @param {NamedCode[]} commands
 * @param {DeviceSection} device
 */
export function readAnswers(section, commands, device) {
  if (section.entries.length === 0) {
    throw new LineError(section.line, '[answers] is empty; drop it if the device does not answer');
  }
  const answers = readCodes(section, () => {});
  if (device.profile !== 'classic' || device.mayOverlap) return answers;
  for (const { name, code, line } of answers) {
    const twin = commands.find((command) => command.code.equals(code));
    if (twin) {
      throw new LineError(line, `${name} has the code of the command ${twin.name} in line ${twin.line}, so that a false device could send a request back; give it another, or write overlap = allow under [device]`);
    }
  }
  return answers;
}

/**
 * @param {string} right
 * @param {NamedCode[]} commands
 * @param {number} line
 * @returns {{ bits: number, late: NamedCode | null }}
 */
function rightOf(right, commands, line) {
  if (right === 'all') return { bits: ALL_ROWS, late: null };
  if (right === 'admin') return { bits: ADMIN, late: null };
  const row = commands.findIndex(({ name }) => name === right);
  if (row < 0) {
    throw new LineError(line, 'a right that is no command; behind the last " : " write commands with commas between them, all or admin');
  }
  return row > 30 ? { bits: 0, late: commands[row] } : { bits: 1 << row, late: null };
}

/**
 * Rights as the device file and the tools write them.
 * @param {string} text
 * @param {NamedCode[]} commands
 * @param {number} line
 */
export function rightsOf(text, commands, line) {
  const found = text.split(',').map((right) =>
    rightOf(right.replace(/^[ \t]+|[ \t]+$/g, ''), commands, line));
  const rights = found.reduce((all, { bits }) => all | bits, 0) >>> 0;
  const late = found.find((right) => right.late)?.late;
  if (late && (rights & ALL_ROWS) !== ALL_ROWS) {
    throw new LineError(line, `${late.name} in line ${late.line} is after the 31st command and has no right of its own; write all, or move it up while no key is stored`);
  }
  return rights;
}

/**
 * @param {Section} section
 * @param {NamedCode[]} commands
 * @param {DeviceSection} device
 * @returns {KeyEntry[]}
 */
export function readKeys(section, commands, device) {
  if (section.entries.length === 0) {
    throw new LineError(section.line, '[keys] is empty; write name = KEY : rights, or drop it to use key');
  }
  return section.entries.map((entry, at) => {
    const { line, name, value } = entry;
    checkNew(section.entries.slice(0, at), entry);
    if (at >= MOST_KEYS) throw new LineError(line, 'over 254 keys; drop some');
    if (device.store !== null && at >= MOST_STORED) {
      throw new LineError(line, 'over 250 keys, more than a store holds; drop some');
    }
    const divided = /^(.*[^ \t])[ \t]+:[ \t]+(.*)$/s.exec(value);
    if (!divided) {
      throw new LineError(line, 'no rights; write name = KEY : on, off with blanks around the colon, or : all');
    }
    const reference = keyOf(divided[1], line, device.profile, device.store !== null);
    return { name, reference, rights: rightsOf(divided[2], commands, line), line };
  });
}

/**
 * Words are divided by blanks, double quotes group.
 * @param {string} text
 * @param {number} line
 */
function wordsOf(text, line) {
  const words = [];
  let word = /** @type {string | null} */ (null);
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') {
      isQuoted = !isQuoted;
      word ??= '';
    } else if (!isQuoted && (character === ' ' || character === '\t')) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (isQuoted) throw new LineError(line, 'a double quote is not closed; write a second one');
  if (word !== null) words.push(word);
  return words;
}

/**
 * @param {Section} section
 * @param {NamedCode[]} commands
 * @param {string} directory
 * @returns {Record<string, string[]>}
 */
export function readRuns(section, commands, directory) {
  if (section.entries.length === 0) {
    throw new LineError(section.line, '[run] is empty; write name = program, or drop it');
  }
  /** @type {Record<string, string[]>} */
  const runs = Object.create(null);
  section.entries.forEach((entry, at) => {
    const { line, name, value } = entry;
    checkNew(section.entries.slice(0, at), entry, 'drop one');
    if (!commands.some((command) => command.name === name)) {
      throw new LineError(line, 'the name is no command of [commands]; use one of those');
    }
    const [program, ...words] = wordsOf(value, line);
    if (!program.includes('/')) {
      throw new LineError(line, 'the program has no directory, and PATH is not searched; write its path, from / on or from this file with ./');
    }
    runs[name] = [placed(directory, program), ...words];
  });
  return runs;
}
