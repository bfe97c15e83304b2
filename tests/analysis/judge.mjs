// SPDX-License-Identifier: MIT
// judge.mjs: findings of the analysers against the exceptions.
//
//     node judge.mjs EXCEPTIONS LOOKED FOUND
//
// LOOKED has a line "tool file" for each file that a tool has read, FOUND the tools' lines
// with the tool's name before each. A line of EXCEPTIONS is
//
//     tool | check | file | the line's text, or * for all of the file | why
//
// Fails at a finding without an exception, at an exception of a file that was looked at and
// has no such finding, and where a tool has looked at nothing.
import fs from 'node:fs';
import { relative } from 'node:path';

const [exceptionsFile, lookedFile, foundFile] = process.argv.slice(2);
const read = (file) => fs.readFileSync(file, 'utf8').split('\n');

function readExceptions(file) {
  return read(file).flatMap((text, i) => {
    if (text === '' || text.startsWith('#')) return [];
    const [tool, check, name, line, why] = text.split(' | ');
    if (!why?.trim()) throw new Error(`${file}:${i + 1}: tool | check | file | line | why`);
    return [{ tool, check, name, line, where: `${file}:${i + 1}`, isUsed: false }];
  });
}

// A finding ends with the name of its check; what gcc adds about a line has none.
function readFindings(file) {
  const findings = new Map();
  for (const text of read(file)) {
    const match = /^(\S+) (.+?):(\d+):(?:(\d+):)? (\w+): (.*) \[([^\][]+)\]$/.exec(text);
    // shellcheck's notes are findings, the others' belong to one.
    if (match === null || (match[5] === 'note' && match[1] !== 'shellcheck')) continue;
    const [, tool, path, number, , , what, checks] = match;
    const name = relative(process.cwd(), path);
    const check = checks.split(',')[0];
    findings.set(`${tool}:${name}:${number}:${check}`, { tool, name, number, what, check });
  }
  return [...findings.values()];
}

function lineOf({ name, number }) {
  return fs.existsSync(name) ? read(name)[number - 1]?.trim() : undefined;
}

const exceptions = readExceptions(exceptionsFile);
const looked = new Set(read(lookedFile).filter((line) => line !== ''));
let faults = 0;
const complain = (text) => {
  console.error(text);
  faults++;
};

for (const finding of readFindings(foundFile)) {
  const fitting = exceptions.filter((e) => e.tool === finding.tool && e.check === finding.check &&
    e.name === finding.name && (e.line === '*' || e.line === lineOf(finding)));
  for (const exception of fitting) exception.isUsed = true;
  if (fitting.length === 0)
    complain(`${finding.name}:${finding.number}: ${finding.what} [${finding.tool}, ${finding.check}]`);
}
// A header is looked at with any file of its folder's tools, so it counts only when found.
for (const { tool, name, check, where, isUsed } of exceptions) {
  const isLookedAt = name.endsWith('.h') ? !name.startsWith('host') && !name.startsWith('board')
    : looked.has(`${tool} ${name}`);
  if (!fs.existsSync(name)) complain(`${where}: there is no ${name}`);
  else if (!isUsed && isLookedAt) complain(`${where}: ${tool} does not find ${check} there any more`);
}
for (const tool of ['gcc', 'clang-tidy', 'cppcheck', 'shellcheck']) {
  const count = [...looked].filter((line) => line.startsWith(`${tool} `)).length;
  if (count === 0) complain(`${tool} has looked at no file`);
  console.log(`${tool.padEnd(12)}${String(count).padStart(5)} files, ` +
    `${exceptions.filter((e) => e.tool === tool && e.isUsed).length} exceptions`);
}
process.exitCode = faults > 0 ? 1 : 0;
