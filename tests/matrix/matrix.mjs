// SPDX-License-Identifier: MIT
// matrix.mjs: every client with every device.
//
//     matrix.mjs                 every cell of the default lengths, and of the rest as many as it takes
//                                for any two of their values to meet
//     matrix.mjs --all           every cell
//     matrix.mjs --only TEXT...  those whose name has each TEXT
//
// run.sh sets the environment. Prints a table, and fails by name.
import { fileURLToPath } from 'node:url';

import { run } from '../../npm/test/program.js';
import { allCells, nameOf } from './cells.mjs';
import { covered, pairwise } from './pairwise.mjs';
import { table } from './table.mjs';

/** Lines mostly wait. */
const AT_ONCE = 8;
/** Of a cell whose line was held up. */
const TRIES = 6;
const JUDGE = fileURLToPath(new URL('judge.mjs', import.meta.url));

function choose(cells, [option, ...words]) {
  if (option === '--all') return cells;
  if (option === '--only') return cells.filter((cell) => words.every((word) => nameOf(cell).includes(word)));
  const rest = cells.filter(({ length }) => length !== 'default');
  const { chosen, pairs } = pairwise(rest);
  console.log(`${chosen.length} of the ${rest.length} cells of other lengths cover ${covered(rest, chosen)} of their ${pairs} pairs`);
  return cells.filter((cell) => cell.length === 'default' || chosen.includes(cell));
}

/**
 * What a line does while this machine holds up its bytes for longer than the protocol's silences
 * proves nothing, and only that is tried again.
 */
async function judge(name, again) {
  for (let tries = 1; ; tries++) {
    const { out, err } = await run([process.execPath, JUDGE, name]);
    const verdict = out ? JSON.parse(out) : { wrong: err || 'the judge said nothing', room: null, held: 0 };
    if (!verdict.wrong || verdict.held === 0 || tries === TRIES) return verdict;
    again.push(verdict.held);
  }
}

/** Verdicts by name. */
async function runAll(cells, again) {
  const found = new Map();
  const waiting = [...cells];
  const worker = async () => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift()) found.set(nameOf(cell), await judge(nameOf(cell), again));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}

const begun = performance.now();
const cells = allCells();
const chosen = choose(cells, process.argv.slice(2));
/** How long a line was held up, for each time that a cell was tried again. */
const again = [];
const found = await runAll(chosen, again);
console.log(table(cells, new Map([...found].map(([name, { wrong }]) => [name, wrong ? 'FAIL' : 'ok']))));
const failed = [...found].filter(([, { wrong }]) => wrong);
for (const [name, { wrong }] of failed) console.log(`FAILED ${name}: ${wrong}`);
if (again.length > 0) console.log(`${again.length} times a failed cell was tried again: this machine had held its line up, for ${Math.max(...again)} ms at most`);
const room = Math.min(...[...found.values()].map((cell) => cell.room ?? Infinity));
if (room !== Infinity) console.log(`the boards had ${room} bytes of RAM left at least`);
console.log(`${found.size - failed.length} of ${found.size} cells passed, ${cells.length} there are; ${Math.round((performance.now() - begun) / 1000)} s`);
process.exit(found.size > 0 && failed.length === 0 ? 0 : 1);
