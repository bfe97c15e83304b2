// SPDX-License-Identifier: MIT
// output.js: lines for people and for programs.

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * @param {string} line
 * @param {string} [prefix]
 */
export function complain(line, prefix = 'countersign: ') {
  process.stderr.write(`${prefix}${line}\n`);
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Data as text where it is text, else in hex: no control character reaches a terminal.
 * @param {Uint8Array} data
 */
export function dataText(data) {
  try {
    const text = UTF_8.decode(data);
    // eslint-disable-next-line no-control-regex
    if (!/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(text)) return text.replace(/\n$/, '').replace(/\n/g, '\n    ');
  } catch {
    // Not text.
  }
  return `hex:${Buffer.from(data).toString('hex')}`;
}

/**
 * @param {number} ms
 */
export function seconds(ms) {
  return `${Number((ms / 1000).toFixed(3))} s`;
}

/** @param {bigint} time  ms since 1970 */
export function dateText(time) {
  const date = new Date(Number(time));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
