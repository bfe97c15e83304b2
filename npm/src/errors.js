// SPDX-License-Identifier: MIT
// errors.js: one class of error, with a stable code and what became of the command.

/**
 * What became of a command (protocol.md, section 7).
 * @typedef {'done' | 'failed' | 'sent' | 'not-sent' | 'unknown'} Outcome
 */

/**
 * Stable: codes are added and never change their meaning.
 * @typedef {'CSIGN_FILE' | 'CSIGN_KEY' | 'CSIGN_USAGE' | 'CSIGN_CONNECT' | 'CSIGN_CLOSED'
 *   | 'CSIGN_TIMEOUT' | 'CSIGN_ABORTED' | 'CSIGN_REPLY' | 'CSIGN_REPEATED_CHALLENGE'
 *   | 'CSIGN_STATE' | 'CSIGN_STATUS' | 'CSIGN_SERIALPORT' | 'CSIGN_STORE' | 'CSIGN_LISTEN'
 *   | 'CSIGN_PROVISION'} ErrorCode
 */

export class CountersignError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message
   * @param {{ outcome?: Outcome, command?: string, status?: number | null, answer?: string | null,
   *           data?: Buffer, cause?: unknown }} [more]
   */
  constructor(code, message, more = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'CountersignError';
    this.code = code;
    /** @type {Outcome} */
    this.outcome = more.outcome ?? 'not-sent';
    /** The command's name, where the error is about one. @type {string | undefined} */
    this.command = more.command;
    /** The status that the device proved, if any. @type {number | null} */
    this.status = more.status ?? null;
    /** The classic answer that the device proved, if any. @type {string | null} */
    this.answer = more.answer ?? null;
    /** What the device sent with the status. @type {Buffer} */
    this.data = more.data ?? Buffer.alloc(0);
  }
}

/**
 * What an error of the system means, in the system's words.
 * @param {unknown} error
 * @returns {string}
 */
export function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  const { code, errno } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === undefined || errno === undefined) return error.message;
  return systemWords[code] ?? `${code}`;
}

/** @type {Record<string, string>} */
const systemWords = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EEXIST: 'File exists',
  EFBIG: 'File too large',
  EHOSTUNREACH: 'No route to host',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENETUNREACH: 'Network is unreachable',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTFOUND: 'Name or service not known',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EROFS: 'Read-only file system',
  ETIMEDOUT: 'Connection timed out',
};
