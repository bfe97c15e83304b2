// SPDX-License-Identifier: MIT
// suites.mjs: how the tests of a suite are built and run, and what one of them said.
//
//     test_server                    a program of tests/unit or tests/host
//     on_board_rights                one of tests/board
//     avr_test_assembly              a firmware of tests/avr
//     npm/test/client.test.js        tests of the package
//     arduino/test_server_class      tests of the Arduino classes, which their script builds as it runs them
import { existsSync } from 'node:fs';
import path from 'node:path';

import { run } from './tree.mjs';

const TEST_MS = 90000;
/** What the emulated board takes longer for. */
const BOARD_MS = 300000;

const isJavaScript = (suite) => suite.endsWith('.test.js');
const isArduino = (suite) => suite.startsWith('arduino/');
const isFirmware = (suite) => suite.startsWith('avr_');
export const needsBoard = (suite) => isFirmware(suite) || suite.startsWith('on_board_');

/** @param {string} suite */
export function targetsOf(suite) {
  if (isJavaScript(suite) || isArduino(suite)) return [];
  return isFirmware(suite) ? ['judge', suite] : [suite];
}

function programOf({ build }, suite) {
  const places = ['tests', 'tests/host', 'tests/board', 'tests/avr'].map((folder) => path.join(build, folder, suite));
  return places.flatMap((place) => [place, `${place}.elf`]).find((place) => existsSync(place));
}

function commandOf(tree, suite, name) {
  if (isJavaScript(suite)) {
    const pattern = `^${name.replaceAll(/[^\w ]/g, '\\$&')}$`;
    return [process.execPath, '--test-reporter=tap', `--test-name-pattern=${pattern}`, path.join(tree.root, suite)];
  }
  if (isArduino(suite)) return [path.join(tree.root, 'tests/arduino/run.sh'), path.join(tree.build, 'arduino')];
  const program = programOf(tree, suite);
  if (!program) return null;
  return isFirmware(suite) ? [path.join(tree.build, 'tests/avr/judge'), program] : [program];
}

/** The lines of a report that are about the test: cmocka and Node say more behind it, others before it. */
function reportOf(suite, out, name) {
  const wanted = isFirmware(suite) ? name.replaceAll('_', ' ') : name;
  const lines = out.split('\n');
  const isResult = (line) => /^ *(not )?ok \d+/.test(line);
  const at = lines.findIndex((line) => {
    const [, title] = /^ *(?:not )?ok \d+ -? ?(.*?) *$/.exec(line) ?? [];
    return title === wanted;
  });
  if (at < 0) return null;
  const before = lines.slice(0, at).findLastIndex(isResult) + 1;
  const after = lines.findIndex((line, i) => i > at && (isResult(line) || /^ *\d+\.\.\d+/.test(line)));
  const about = isFirmware(suite) || isArduino(suite) ? lines.slice(before, at) : lines.slice(at + 1, after < 0 ? lines.length : after);
  return { isOk: /^ *ok/.test(lines[at]), about: about.join('\n') };
}

/** Where it failed. */
function placeOf(about) {
  const [, file, line] = /([\w.-]+\.(?:[ch]|[ch]pp|test\.js)):(\d+)/.exec(about) ?? /# (line) (\d+)/.exec(about) ?? [];
  return file ? `${file}:${line}` : 'failed';
}

/** A broken program is no failed test. */
const CRASHES = [/Test failed with exception/, /name: '(ReferenceError|SyntaxError|TypeError)'/];

/**
 * @returns {Promise<{ result: 'passed' | 'failed' | 'crashed' | 'no report', detail: string }>}
 */
export async function runTest(tree, { suite, name }) {
  const command = commandOf(tree, suite, name);
  if (!command) return { result: 'no report', detail: `there is no suite ${suite}` };
  const env = { CMOCKA_MESSAGE_OUTPUT: 'TAP', CHECK_ONLY: name, TMPDIR: tree.temporary };
  const ms = needsBoard(suite) ? BOARD_MS : TEST_MS;
  const isEnough = (said) => isJavaScript(suite) && reportOf(suite, said, name) !== null;
  const { status, out } = await run(command, { ms, env, cwd: tree.build, isEnough });
  const report = reportOf(suite, out, name);
  if (!report) return { result: 'no report', detail: status === null ? 'it did not end' : 'the test is not in the report' };
  if (report.isOk) return { result: 'passed', detail: '' };
  if (CRASHES.some((crash) => crash.test(report.about))) return { result: 'crashed', detail: report.about.trim().split('\n')[0] };
  return { result: 'failed', detail: placeOf(report.about) };
}

/** JavaScript has no compiler that would say so. */
export async function checkSyntax(file) {
  const { status, out } = await run([process.execPath, '--check', file], { ms: TEST_MS });
  return status === 0 ? null : out;
}
