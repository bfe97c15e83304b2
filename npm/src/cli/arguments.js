// SPDX-License-Identifier: MIT
// arguments.js: options before and after the other words, until --.

export class UsageError extends Error {
  /**
   * @param {string} message
   * @param {boolean} [shows]  whether --help would help
   */
  constructor(message, shows = true) {
    super(message);
    this.shows = shows;
  }
}

/**
 * @param {string[]} words
 * @param {Record<string, 'flag' | 'value'>} options
 * @param {{ aliases?: Record<string, string>, unknown?: string, lacks?: (name: string) => string }} [texts]
 * @returns {{ options: Record<string, string>, words: string[] }}
 */
export function parseArguments(words, options, texts = {}) {
  const { aliases = {}, lacks = () => 'an option lacks its value' } = texts;
  const unknown = texts.unknown ?? 'unknown option, or a value to one that takes none';
  /** @type {Record<string, string>} */
  const found = {};
  /** @type {string[]} */
  const others = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === '--') return { options: found, words: [...others, ...words.slice(at + 1)] };
    if (word === '-' || !word.startsWith('-')) {
      others.push(word);
      continue;
    }
    const { name, value } = optionOf(word, aliases);
    const kind = Object.hasOwn(options, name) ? options[name] : name === 'help' ? 'flag' : undefined;
    if (kind === undefined || (kind === 'flag' && value !== null)) throw new UsageError(unknown);
    const given = kind === 'flag' ? '' : value ?? words[++at];
    if (given === undefined) throw new UsageError(lacks(name));
    found[name] = given;
  }
  return { options: found, words: others };
}

/**
 * @param {string} word
 * @param {Record<string, string>} aliases
 */
function optionOf(word, aliases) {
  if (!word.startsWith('--')) {
    const name = aliases[word[1]] ?? word;
    return { name, value: word.length > 2 ? word.slice(2) : null };
  }
  const equals = word.indexOf('=');
  if (equals < 0) return { name: word.slice(2), value: null };
  return { name: word.slice(2, equals), value: word.slice(equals + 1) };
}

/** The options that all talk over the network has. */
export const SEND_OPTIONS = /** @type {Record<string, 'flag' | 'value'>} */ (
  { json: 'flag', timeout: 'value', 'no-state': 'flag' });

/** @param {Record<string, string>} options */
export function timeoutOf(options) {
  const { timeout = '10000' } = options;
  const ms = /^[0-9]{1,9}$/.test(timeout) ? Number(timeout) : 0;
  if (ms < 1 || ms > 86400000) throw new UsageError('--timeout takes 1 to 86400000 milliseconds');
  return ms;
}
