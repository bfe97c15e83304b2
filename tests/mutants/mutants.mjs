// SPDX-License-Identifier: MIT
// mutants.mjs: breaks a copy of the sources in one place after the other, and sees that a named test
// fails each time.
//
//     mutants.mjs FOLDER                 all of them; FOLDER is where the copy and its build are kept
//     mutants.mjs FOLDER --short         those that are marked short
//     mutants.mjs FOLDER --only NAME...  these
//
// It first shows that each of those tests passes on the copy as it is. Then for each mutant: it must
// apply, build, and each test that it names must fail, by a check in it and not by a crash, a hang or
// by being absent. Anything else fails by name. judged/ holds mutants that must not count as caught.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { apply, readMutants } from './mutant.mjs';
import { checkSyntax, needsBoard, runTest, targetsOf } from './suites.mjs';
import { Tree } from './tree.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

function chosen(mutants, [option, ...names]) {
  if (option === '--short') return mutants.filter(({ short }) => short);
  if (option !== '--only') return mutants;
  const unknown = names.filter((name) => !mutants.some((mutant) => mutant.name === name));
  if (unknown.length > 0 || names.length === 0) throw new Error(`there is no mutant ${unknown.join(', ')}`);
  return mutants.filter(({ name }) => names.includes(name));
}

const keyOf = ({ suite, name }) => `${suite} ${name}`;
const distinct = (list) => [...new Set(list)];

/** Which of the tests do not pass on unchanged sources, and why. */
async function baseline(tree, mutants, jobs) {
  const tests = new Map(mutants.flatMap((mutant) => mutant.tests.map((test) => [keyOf(test), test])));
  const targets = distinct([...tests.values()].flatMap(({ suite }) => targetsOf(suite)));
  // A target that is not there shall not keep the others from being built.
  const failure = await tree.make(targets, jobs);
  if (failure) for (const target of targets) await tree.make([target], jobs);
  const bad = new Map();
  for (const [key, test] of tests) {
    const { result, detail } = await runTest(tree, test);
    if (result !== 'passed') bad.set(key, detail || result);
  }
  return bad;
}

async function build(tree, mutant, jobs) {
  if (mutant.file.endsWith('.js')) return checkSyntax(path.join(tree.root, mutant.file));
  return tree.make(distinct(mutant.tests.flatMap(({ suite }) => targetsOf(suite))), jobs);
}

/** What has become of one mutant: "caught", or why not. */
async function judge(tree, mutant, bad, jobs) {
  const absent = mutant.tests.find((test) => bad.has(keyOf(test)));
  if (absent) return { verdict: 'test fails without it', seen: `${keyOf(absent)}: ${bad.get(keyOf(absent))}` };
  const original = tree.read(mutant.file);
  const { text, wrong } = original === null ? { wrong: 'there is no such file' } : apply(mutant, original);
  if (wrong) return { verdict: 'does not apply', seen: wrong };
  tree.change(mutant.file, text);
  const failure = await build(tree, mutant, jobs);
  if (failure) return { verdict: 'does not build', seen: /.*error.*/i.exec(failure)?.[0] ?? failure };
  const seen = [];
  for (const test of mutant.tests) {
    const { result, detail } = await runTest(tree, test);
    if (result === 'passed') return { verdict: 'survived', seen: keyOf(test) };
    if (result !== 'failed') return { verdict: result, seen: `${keyOf(test)}: ${detail}` };
    seen.push(detail);
  }
  return { verdict: 'caught', seen: seen.join(', ') };
}

const shortened = (text, width) => (text.length > width ? `${text.slice(0, width - 3)}...` : text.padEnd(width));

const row = (name, file, test, seen) =>
  `${shortened(name, 42)} | ${shortened(file, 30)} | ${shortened(test, 80)} | ${seen}`.trimEnd();

function tell(mutant, { verdict, seen }) {
  const asked = mutant.tests.map(keyOf).join(', ').replace('npm/test/', '');
  const outcome = verdict === 'caught' ? `caught: ${seen}` : `${verdict}${mutant.verdict === verdict ? ', as it must' : ''}`;
  console.log(row(mutant.name, mutant.file, asked, outcome));
}

async function main([folder, ...options]) {
  if (!folder) throw new Error('usage: mutants.mjs FOLDER [--short | --only NAME...]');
  const jobs = availableParallelism();
  const begun = performance.now();
  const mutants = chosen(readMutants(HERE), options);
  const judged = options[0] === '--only' ? [] : readMutants(path.join(HERE, 'judged'));
  const all = [...mutants, ...judged];
  const tree = new Tree(path.resolve(HERE, '../..'), path.resolve(folder));
  await tree.configure(all.some(({ tests }) => tests.some(({ suite }) => needsBoard(suite))));
  const bad = await baseline(tree, all, jobs);
  const wrong = [];
  console.log(row('mutant', 'file', 'must be caught by', 'seen'));
  for (const mutant of all) {
    const found = await judge(tree, mutant, bad, jobs);
    tell(mutant, found);
    if (found.verdict !== mutant.verdict) wrong.push(`${mutant.name}: ${found.verdict}, must be ${mutant.verdict}: ${found.seen}`);
  }
  tree.restore();
  for (const line of wrong) console.log(`WRONG ${line}`);
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`${mutants.length} mutants and ${judged.length} others to judge the driver by, ${wrong.length} wrong; ${seconds} s`);
  return mutants.length > 0 && wrong.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  return 2;
});
