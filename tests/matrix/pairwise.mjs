// SPDX-License-Identifier: MIT
// pairwise.mjs: few cells in which any two values that can meet do meet.

/** Every two of a cell's values; a profile and its hash are one. */
function pairsOf({ profile, hash, ...others }) {
  const values = Object.entries({ ...others, suite: `${profile} ${hash}` }).map(([name, value]) => `${name}=${value}`);
  return values.flatMap((value, at) => values.slice(at + 1).map((other) => `${value} ${other}`));
}

/**
 * Takes the cell with the most pairs that are not covered yet, the first of equals, until all are:
 * the same cells each time.
 * @template {Record<string, string>} T
 * @param {T[]} cells
 * @returns {{ chosen: T[], pairs: number }}
 */
export function pairwise(cells) {
  const missing = new Set(cells.flatMap(pairsOf));
  const pairs = missing.size;
  const chosen = [];
  const gain = (cell) => pairsOf(cell).filter((pair) => missing.has(pair)).length;
  while (missing.size > 0) {
    const best = cells.reduce((found, cell) => (gain(cell) > gain(found) ? cell : found));
    chosen.push(best);
    for (const pair of pairsOf(best)) missing.delete(pair);
  }
  return { chosen, pairs };
}

/** How many pairs of some cells are in others. */
export function covered(cells, chosen) {
  const there = new Set(chosen.flatMap(pairsOf));
  return [...new Set(cells.flatMap(pairsOf))].filter((pair) => there.has(pair)).length;
}
