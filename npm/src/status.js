// SPDX-License-Identifier: MIT
// status.js: what the statuses of sealed are called (protocol.md, section 4.6).

export const DONE = 0x00;
export const NO_SUCH_COMMAND = 0x01;
export const BAD_ARGUMENTS = 0x02;
export const NOT_ALLOWED = 0x03;
export const FAILED = 0x04;
export const NOTHING_TO_REPORT = 0x05;

const NAMES = ['done', 'no-command', 'bad-arguments', 'not-allowed', 'failed', 'nothing'];

/**
 * @param {number} status
 * @returns {string | null}  null: not assigned, or the application's own
 */
export function statusName(status) {
  return NAMES[status] ?? null;
}

/**
 * Whether the device noted the request as executed (protocol.md, section 4.8).
 * @param {number} status
 */
export function isExecuted(status) {
  return status !== NO_SUCH_COMMAND && status !== NOT_ALLOWED;
}
