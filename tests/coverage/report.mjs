// SPDX-License-Identifier: MIT
// report.mjs: what gcov counted, as a table, and held against the reasons.
//
//     node report.mjs FOLDER REASONS JSON...
//
// FOLDER: whose files count. A line of JSON is one answer of gcov --json-format. A line of
// REASONS is
//
//     file | the line's text | the branches not reached, such as 2 4 of 6 | why
//
// Lines of one file with the same text have their reasons in the order of the lines. Fails
// where a branch that is not reached has no reason, or a reason fits no such branch.
import fs from 'node:fs';
import path from 'node:path';

// One line of a file as all programs together ran it. A template or a header's function is
// counted once for each copy; copies of equal shape are one.
class Line {
  count = 0;
  shapes = new Map();

  add(counted) {
    this.count += counted.count;
    const branches = counted.branches.filter((branch) => !branch.throw);
    if (branches.length === 0) return;
    const sums = this.shapes.get(branches.length) ?? branches.map(() => 0);
    this.shapes.set(branches.length, sums.map((sum, i) => sum + branches[i].count));
  }

  get branches() {
    return [...this.shapes.values()];
  }

  // Such as ['2 4 of 6'].
  get missed() {
    return this.branches
      .map((sums) => [sums.flatMap((sum, i) => (sum === 0 ? [i + 1] : [])), sums.length])
      .filter(([numbers]) => numbers.length > 0)
      .map(([numbers, all]) => `${numbers.join(' ')} of ${all}`);
  }
}

function readCounts(folder, jsons) {
  const files = new Map();
  for (const answer of jsons.flatMap((json) => fs.readFileSync(json, 'utf8').trim().split('\n'))) {
    const { current_working_directory: from, files: counted } = JSON.parse(answer);
    for (const { file, lines } of counted) {
      const name = path.relative(folder, path.resolve(from, file));
      if (name.startsWith('..')) continue;
      const known = files.get(name) ?? new Map();
      files.set(name, known);
      for (const line of lines) {
        if (!known.has(line.line_number)) known.set(line.line_number, new Line());
        known.get(line.line_number).add(line);
      }
    }
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readReasons(file) {
  return fs.readFileSync(file, 'utf8').split('\n').flatMap((text, i) => {
    if (text === '' || text.startsWith('#')) return [];
    const [name, line, missed, why] = text.split(' | ');
    if (!why?.trim()) throw new Error(`${file}:${i + 1}: file | line | branches | why`);
    return [{ name, line, missed, where: `${file}:${i + 1}` }];
  });
}

// Every shape of every line that has a branch which was not reached, in order.
function* missing(folder, files) {
  for (const [name, lines] of files) {
    const texts = fs.readFileSync(path.join(folder, name), 'utf8').split('\n');
    for (const [number, line] of [...lines].sort(([a], [b]) => a - b))
      for (const missed of line.missed)
        yield { name, number, missed, line: texts[number - 1].trim() };
  }
}

function percent(part, all) {
  return all === 0 ? '' : `${(Math.floor((1000 * part) / all) / 10).toFixed(1)} %`;
}

function row(name, cells) {
  console.log(`${name.padEnd(38)}${cells.map((cell) => String(cell).padStart(10)).join('')}`);
}

function sumOf(lines) {
  const all = lines.flatMap((line) => line.branches.flat());
  return [lines.filter((line) => line.count > 0).length, lines.length,
    all.filter((count) => count > 0).length, all.length];
}

function tell(files) {
  const cells = ([lines, ofLines, branches, ofBranches]) =>
    [lines, ofLines, percent(lines, ofLines), branches, ofBranches, percent(branches, ofBranches)];
  row('file', ['lines', 'of', '', 'branches', 'of', '']);
  for (const [name, lines] of files) row(name, cells(sumOf([...lines.values()])));
  row('all', cells(sumOf([...files.values()].flatMap((lines) => [...lines.values()]))));
}

const [folder, reasonsFile, ...jsons] = process.argv.slice(2);
const files = readCounts(path.resolve(folder), jsons);
const reasons = readReasons(reasonsFile);
const unexplained = [];
for (const { name, number, missed, line } of missing(folder, files)) {
  const at = reasons.findIndex((r) => r.name === name && r.line === line && r.missed === missed);
  if (at >= 0) reasons.splice(at, 1);
  else unexplained.push(`${name}:${number} | ${line} | ${missed}`);
}
tell(files);
for (const text of unexplained) console.error(`not reached, and no reason is given: ${text}`);
for (const { where, line } of reasons) console.error(`${where}: no such branch is missed: ${line}`);
if (files.size === 0) console.error(`nothing was counted of ${folder}`);
process.exitCode = unexplained.length + reasons.length > 0 || files.size === 0 ? 1 : 0;
