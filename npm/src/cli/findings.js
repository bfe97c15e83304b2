// SPDX-License-Identifier: MIT
// findings.js: what check finds wrong with a device file, or allowed but weak.
import fs from 'node:fs';

import { reasonOf } from '../errors.js';
import { mayRun } from '../keyring.js';
import { complain, say } from './output.js';

/** @typedef {import('../device-file.js').DeviceFile} DeviceFile */

/**
 * @param {number} count
 * @param {string} what
 */
function counted(count, what) {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

export class Findings {
  #path;
  #errors = 0;
  #warnings = 0;

  /** @param {string} path */
  constructor(path) {
    this.#path = path;
  }

  /** @param {string} message  with its place */
  error(message) {
    this.#errors++;
    complain(message);
  }

  /**
   * @param {number | null} line  null: the file as a whole
   * @param {string} message
   */
  warn(line, message) {
    this.#warnings++;
    complain(`${this.#path}${line === null ? '' : `:${line}`}: warning: ${message}`);
  }

  /** @param {DeviceFile} file */
  settings(file) {
    const isSealed = file.profile === 'sealed';
    if (!isSealed) {
      this.warn(null, 'classic: a reply proves neither the command nor that the device is fresh, nothing is encrypted, and each device needs a key of its own; take sealed for everything new');
    } else if (file.id === '') {
      this.warn(null, 'id is empty: no other device may have one of the keys; write id = NAME');
    }
    if (file.challenge < 16) {
      this.warn(null, 'challenge is under 16 bytes: one that comes twice lets a recorded request in again; write challenge = 16');
    }
    if (isSealed && file.wake < 16) {
      this.warn(null, 'wake is under 16 bytes: one that comes twice lets a recorded reply in again; write wake = 16');
    }
    for (const { name, line } of file.ignored) {
      this.warn(line, `${name} means nothing in ${file.profile}; drop it`);
    }
    if (file.limit > 10000) {
      this.warn(null, 'limit is over the 10 s that a client waits; lower it, or give send a --timeout above it');
    }
  }

  /** @param {DeviceFile} file */
  programs(file) {
    for (const [name, [program]] of Object.entries(file.run)) {
      try {
        fs.accessSync(program, fs.constants.X_OK);
      } catch (error) {
        this.warn(file.runLines[name], `the program of ${name} is not here (${reasonOf(error)}); install it`);
      }
    }
  }

  /** @param {DeviceFile} file */
  unused(file) {
    file.commands.forEach(({ name, line }, row) => {
      if (file.keys.length > 0 && !file.keys.some(({ rights }) => mayRun(rights, row))) {
        this.warn(line, `no key may run ${name}; name it behind one in [keys]`);
      }
    });
  }

  /** @param {DeviceFile} file */
  overlaps(file) {
    for (const answer of file.answers) {
      const twin = file.commands.find(({ code }) => code.equals(answer.code));
      if (twin) {
        this.warn(answer.line, `${answer.name} has the code of the command ${twin.name} in line ${twin.line}: a false device can send a request back as its answer; give it another`);
      }
    }
  }

  /** @returns {number} the exit status */
  conclude() {
    say(`\n${counted(this.#errors, 'error')}, ${counted(this.#warnings, 'warning')}`);
    return this.#errors > 0 ? 2 : 0;
  }
}
