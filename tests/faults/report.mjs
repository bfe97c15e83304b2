// SPDX-License-Identifier: MIT
// report.mjs: rows of the table that `make faults` prints; report.h prints the same.

/** 'short' is part of make test. */
export const isLong = process.env.FAULTS_FORM === 'long';

/**
 * @param {string} fault
 * @param {number} count
 * @param {string} expected
 * @param {string[]} wrong  what was seen otherwise
 * @param {string} [seen]
 */
export function report(fault, count, expected, wrong, seen = 'so each time') {
  const isRight = wrong.length === 0 && count > 0;
  const told = isRight ? seen : `WRONG ${wrong.length} times: ${count > 0 ? wrong[0] : 'nothing was tried'}`;
  console.log(`row|${fault}|${count}|${expected}|${told}`);
  if (!isRight) process.exitCode = 1;
}

/** A judge that finds nothing where something was put is none. */
export function reportJudge(fault, wrong, wanted) {
  const isFound = wrong.some((what) => what.includes(wanted));
  console.log(`row|judge: ${fault}|1|found|${isFound ? 'so each time' : `NOT FOUND: ${wrong[0] ?? 'nothing wrong'}`}`);
  if (!isFound) process.exitCode = 1;
}
