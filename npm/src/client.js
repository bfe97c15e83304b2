// SPDX-License-Identifier: MIT
// client.js: what a Device stands on: the key, the queue, the state, and how to connect.
import { setTimeout as delay } from 'node:timers/promises';

import { wipe } from './bytes.js';
import { ClientMachine } from './client-machine.js';
import { Conversation } from './conversation.js';
import { fileSettings } from './device-file.js';
import { CountersignError } from './errors.js';
import { readKey } from './key-reference.js';
import { Queue } from './queue.js';
import { StateFile, stateDirectory, stateName } from './state-file.js';
import { StateMemory } from './state-memory.js';
import { openAddress } from './transport.js';

/**
 * @typedef {import('node:stream').Duplex} Duplex
 * @typedef {import('./link.js').Patience} Patience
 */

export class Client {
  #key;
  #options;
  #queue = new Queue();
  #memory = new StateMemory();
  #isClosed = false;

  /**
   * @param {import('./device-file.js').DeviceFile} file
   * @param {import('./device.js').OpenOptions} options
   * @param {Buffer} [otherKey]  instead of the file's; wiped with the client
   */
  constructor(file, options, otherKey) {
    const place = `${file.path}:${file.keyLine}`;
    const reference = /** @type {import('./key-reference.js').KeyReference} */ (file.key);
    this.file = file;
    this.#options = options;
    this.#key = otherKey ?? readKey(reference, file.directory, place);
    if (file.profile === 'sealed' && this.#key.length < 16) {
      wipe(this.#key);
      throw new CountersignError('CSIGN_KEY', `${place}: the key has fewer than 16 bytes, the least that sealed takes; make one with countersign keygen`);
    }
  }

  /**
   * Does something once everything before it has ended.
   * @template T
   * @param {AbortSignal | undefined} signal
   * @param {() => Promise<T>} task
   */
  inTurn(signal, task) {
    return this.#queue.run(signal, task);
  }

  /**
   * @param {import('./device.js').SendOptions} options
   * @returns {Patience & { ms: number }}
   */
  patience({ timeout, signal }) {
    return { ms: timeout ?? this.#options.timeout ?? 10000, signal };
  }

  /**
   * The state file, locked, or what stands for it.
   * @param {Patience} patience
   */
  async openState(patience) {
    const { state = true } = this.#options;
    if (state === false) return this.#memory;
    const directory = typeof state === 'string' ? state : stateDirectory();
    return StateFile.open(directory, stateName(this.#key, this.file.id), patience);
  }

  /**
   * Connects, wakes, and takes the challenge.
   * @param {Patience} patience
   */
  async converse(patience) {
    if (this.#isClosed) throw new CountersignError('CSIGN_USAGE', 'the device was closed');
    const settings = fileSettings(this.file);
    const { duplex, kind } = await this.#openStream(patience);
    const machine = new ClientMachine(settings, this.#key, this.file.answers);
    const conversation = new Conversation(duplex, machine, kind);
    try {
      await conversation.begin(settings.wake, patience);
    } catch (error) {
      conversation.close();
      throw error;
    }
    return conversation;
  }

  /** @param {Patience} patience */
  async #openStream(patience) {
    const { stream, line } = this.#options;
    if (typeof stream === 'function') {
      const duplex = await stream({ signal: patience.signal });
      return { duplex, kind: { isLine: line ?? false, isKept: false } };
    }
    if (stream) return { duplex: stream, kind: { isLine: line ?? true, isKept: true } };
    const { address } = this.file;
    const duplex = await openAddress(address, patience);
    const isLine = address.kind === 'serial';
    // Opening the line resets an Arduino, whose boot loader eats bytes.
    if (isLine) await patiently(duplex, address.boot, patience.signal);
    return { duplex, kind: { isLine, isKept: false } };
  }

  close() {
    this.#isClosed = true;
    wipe(this.#key);
  }
}

/**
 * @param {Duplex} duplex  is closed when the wait is aborted
 * @param {number} ms
 * @param {AbortSignal | undefined} signal
 */
async function patiently(duplex, ms, signal) {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    duplex.destroy();
    throw new CountersignError('CSIGN_ABORTED', 'aborted', { cause: error });
  }
}
