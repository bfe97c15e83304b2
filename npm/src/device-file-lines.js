// SPDX-License-Identifier: MIT
// device-file-lines.js: the lines of a device file (device-file.md, section 2).

/**
 * @typedef {object} Entry
 * @property {number} line
 * @property {string} name
 * @property {string} value
 *
 * @typedef {'device' | 'commands' | 'answers' | 'keys' | 'run'} SectionName
 *
 * @typedef {object} Section
 * @property {number} line
 * @property {Entry[]} entries
 *
 * @typedef {Partial<Record<SectionName, Section>>} Sections
 */

/** A mistake in a line, told as `what; cure`. */
export class LineError extends Error {
  /**
   * @param {number} line
   * @param {string} message
   */
  constructor(line, message) {
    super(message);
    this.line = line;
  }
}

const LONGEST = 190;
const NAMES = ['device', 'commands', 'answers', 'keys', 'run'];
const NAME = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,31}$/;
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a line, or a LineError.
 * @param {Buffer} bytes  without the line's end
 * @param {number} line
 */
function textOf(bytes, line) {
  if (bytes.length > LONGEST) {
    throw new LineError(line, 'the line is over 190 bytes long; shorten it, and put a long key into a file');
  }
  if (bytes.includes(0)) throw new LineError(line, 'the line holds a NUL byte; save the file as UTF-8 text');
  if (bytes.some((byte) => (byte < 0x20 && byte !== 0x09) || byte === 0x7f)) {
    throw new LineError(line, 'the line holds a control character; remove it');
  }
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw new LineError(line, 'the line is not UTF-8; save the file as UTF-8 text');
  }
}

/** @param {Buffer} bytes */
function* linesOf(bytes) {
  let start = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  for (let line = 1; start < bytes.length; line++) {
    let end = bytes.indexOf(0x0a, start);
    if (end < 0) end = bytes.length;
    const hasReturn = end < bytes.length && end > start && bytes[end - 1] === 0x0d;
    yield { line, bytes: bytes.subarray(start, hasReturn ? end - 1 : end) };
    start = end + 1;
  }
}

/**
 * Cuts off a comment, `;` behind a blank, and the blanks before it.
 * @param {string} text
 */
function withoutComment(text) {
  return text.replace(/[ \t]+;.*$/s, '').replace(/[ \t]+$/, '');
}

/**
 * @param {string} text
 * @param {number} line
 * @param {Sections} sections
 * @returns {SectionName}
 */
function headingOf(text, line, sections) {
  const heading = /^\[([^\]]*)\]([ \t]*|[ \t]+;.*)$/s.exec(text);
  if (!heading) throw new LineError(line, 'not a whole section heading; write [name] alone on the line');
  const name = /** @type {SectionName} */ (heading[1]);
  if (!NAMES.includes(name)) {
    throw new LineError(line, 'unknown section; known are [device], [commands], [answers], [keys] and [run]');
  }
  const first = sections[name];
  if (first) {
    throw new LineError(line, `[${name}] is there twice, first in line ${first.line}; join the two`);
  }
  return name;
}

/**
 * @param {string} text
 * @param {number} line
 * @returns {Entry}
 */
function entryOf(text, line) {
  const equals = text.indexOf('=');
  const before = equals < 0 ? text : text.slice(0, equals);
  if (equals < 0 || before.includes(':') || /(^|[ \t]);/.test(before)) {
    throw new LineError(line, 'neither a heading nor a name with = behind it; write name = value, and ; before a comment');
  }
  const name = before.replace(/[ \t]+$/, '');
  if (!NAME.test(name)) {
    throw new LineError(line, 'the name is not 1 to 32 letters, digits, _ . or -, or begins with -; choose another');
  }
  const value = withoutComment(text.slice(equals + 1)).replace(/^[ \t]+/, '');
  if (value === '') throw new LineError(line, 'there is no value after =; write one or drop the line');
  return { line, name, value };
}

/**
 * Refuses a name that a section has already.
 * @param {readonly Entry[]} before
 * @param {Entry} entry
 * @param {string} [cure]
 */
export function checkNew(before, entry, cure = 'rename or drop one') {
  const first = before.find(({ name }) => name === entry.name);
  if (!first) return;
  throw new LineError(entry.line, `${entry.name} is there twice, first in line ${first.line}; ${cure}`);
}

/**
 * Reads the lines into sections. `check` sees each entry as it is read: what a line gets wrong by
 * itself is told before what lines get wrong together.
 * @param {Buffer} bytes
 * @param {readonly SectionName[]} skipped  never looked at
 * @param {(section: SectionName, entry: Entry, before: readonly Entry[]) => void} check
 * @returns {Sections}
 */
export function readSections(bytes, skipped, check) {
  /** @type {Sections} */
  const sections = {};
  /** @type {SectionName | null} */
  let current = null;
  for (const { line, bytes: raw } of linesOf(bytes)) {
    if (current && skipped.includes(current) && raw[0] !== 0x5b) continue;
    const text = textOf(raw, line);
    const bare = text.replace(/^[ \t]+/, '');
    if (bare === '' || bare[0] === ';' || bare[0] === '#') continue;
    if (bare !== text) throw new LineError(line, 'the line is indented; begin it in the first column');
    if (text[0] === '[') {
      current = headingOf(text, line, sections);
      sections[current] = { line, entries: [] };
    } else if (current === null) {
      throw new LineError(line, 'stands before the first section; put [device] above it');
    } else {
      const section = /** @type {Section} */ (sections[current]);
      const entry = entryOf(text, line);
      check(current, entry, section.entries);
      section.entries.push(entry);
    }
  }
  return sections;
}
