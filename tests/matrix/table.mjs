// SPDX-License-Identifier: MIT
// table.mjs: the matrix as a table: a row for client, device and link, a column for hash and lengths.
import { NOTES, nameOf } from './cells.mjs';

const SHORT = { default: 'def', least: 'min', most: 'max' };
const unique = (values) => [...new Set(values)];
const line = (name, parts) => name.padEnd(24) + parts.map((part) => part.padEnd(17)).join('').trimEnd();
const columns = (values) => values.map((value) => value.padEnd(5)).join('');

/**
 * @param {Record<string, string>[]} cells
 * @param {Map<string, string>} verdicts  by a cell's name; what is not there has not been run
 */
export function table(cells, verdicts) {
  const rowOf = ({ client, device, link }) => `${client} -> ${device}, ${link}`;
  const headOf = ({ profile, hash }) => `${profile} ${hash}`;
  const heads = unique(cells.map(headOf));
  const lengths = unique(cells.map(({ length }) => SHORT[length]));
  const lines = [line('', heads), line('', heads.map(() => columns(lengths)))];
  for (const row of unique(cells.map(rowOf))) {
    const own = cells.filter((cell) => rowOf(cell) === row);
    lines.push(line(row, heads.map((head) =>
      columns(own.filter((cell) => headOf(cell) === head).map((cell) => verdicts.get(nameOf(cell)) ?? '.')))));
  }
  return [...lines, '. not run', ...NOTES].join('\n');
}
