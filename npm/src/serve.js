// SPDX-License-Identifier: MIT
// serve.js: a device in Node: for gateways, for tests of applications, and as a simulator.
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';

import { addressText, parseAddress } from './address.js';
import { wipe } from './bytes.js';
import { fileSettings, readDeviceFile } from './device-file.js';
import { CountersignError } from './errors.js';
import { runHandler } from './handlers.js';
import { readKey } from './key-reference.js';
import { Keyring } from './keyring.js';
import { Link } from './link.js';
import { listen } from './listen.js';
import { ServedLink, serveLine } from './served-link.js';
import { Store } from './store.js';

/**
 * @typedef {import('node:stream').Duplex} Duplex
 *
 * @typedef {object} ServeOptions
 * @property {string} [listen]  an address instead of the file's
 * @property {Duplex} [stream]  serves this link without connections, such as a serial line, and
 *   listens nowhere
 * @property {number} [connections]  most at once, 1000 unless given; the oldest that has proven
 *   nothing makes room
 *
 * @typedef {object} ExchangeEvent
 * @property {string} peer
 * @property {string} key
 * @property {string} command  empty: a code that is no command
 * @property {number | null} status  sealed
 * @property {string | null} answer  classic
 * @property {number} ms
 * @property {unknown} error  what the handler threw
 *
 * @typedef {object} RefusalEvent
 * @property {string} peer
 * @property {string} reason
 */

/**
 * For this package's own use: the connections of a device, and how one begins to serve.
 * @type {(server: Server) => Set<ServedLink>}
 */
export let linksOf;
/** @type {(server: Server, where: import('./address.js').Address | Duplex) => Promise<void>} */
let begin;

/**
 * A running device. Emits `exchange` for each command and `refused` for each connection that ended
 * otherwise than by its client's will.
 */
export class Server extends EventEmitter {
  #file;
  #table;
  #handlers;
  /** @type {Set<ServedLink>} */
  #links = new Set();
  #stop = new AbortController();
  #most;
  /** @type {{ address: string, close: () => Promise<void> } | null} */
  #listener = null;
  /** @type {Promise<void>} */
  #line = Promise.resolve();
  #store;

  static {
    linksOf = (server) => server.#links;
    begin = async (server, where) => {
      if ('kind' in where) await server.#listen(where);
      else server.#serveLine(where, 'stream');
    };
  }

  /**
   * @param {import('./device-file.js').DeviceFile} file
   * @param {Keyring} keyring
   * @param {Record<string, import('./handlers.js').Handler>} handlers
   * @param {number} most
   * @param {Store | null} store
   */
  constructor(file, keyring, handlers, most, store) {
    super();
    this.#file = file;
    this.#handlers = handlers;
    this.#most = most;
    this.#store = store;
    const { commands, answers } = file;
    this.#table = { settings: keyring.settings, keyring, commands, answers };
  }

  /** Where it listens, such as tcp://127.0.0.1:7531. @type {string | null} */
  get address() {
    return this.#listener?.address ?? null;
  }

  /** @param {import('./address.js').Address} address */
  async #listen(address) {
    this.#listener = await listen(address, (duplex, peer) => void this.#accept(duplex, peer),
      (duplex) => this.#serveLine(duplex, addressText(address)));
  }

  /**
   * Stops listening; what runs is finished and answered.
   */
  async close() {
    const closed = this.#listener?.close();
    for (const link of this.#links) link.finish();
    this.#stop.abort();
    await closed;
    await this.#line;
    while (this.#links.size > 0) await new Promise((resolve) => this.once('idle', resolve));
    this.#table.keyring.wipe();
    await this.#store?.close();
  }

  /** @param {string} peer */
  #served(peer) {
    /** @type {import('./served-link.js').Served} */
    const served = {
      table: this.#table,
      deadline: this.#file.deadline,
      challenge: () => this.#challenge(),
      run: (machine, link) => this.#run(machine, link),
      settle: (machine, link) => this.#settle(machine, link),
    };
    return { served, peer };
  }

  #challenge() {
    return this.#store ? this.#store.challenge(this.#table.settings) : randomBytes(this.#table.settings.challenge);
  }

  /**
   * @param {Duplex} duplex
   * @param {string} peer
   */
  async #accept(duplex, peer) {
    if (this.#stop.signal.aborted) {
      duplex.destroy();
      return;
    }
    if (this.#links.size >= this.#most) this.#makeRoom();
    const { served } = this.#served(peer);
    const link = new ServedLink(new Link(duplex), served, { isLine: false, peer });
    this.#links.add(link);
    const reason = await link.converse();
    link.link.close();
    this.#ended(link, reason);
  }

  #makeRoom() {
    const links = [...this.#links];
    const oldest = links.find((link) => !link.hasProven) ?? links.find((link) => !link.isRunning);
    oldest?.close('crowded');
  }

  /**
   * @param {ServedLink} link
   * @param {string} reason
   */
  #ended(link, reason) {
    this.#links.delete(link);
    if (reason !== 'done' && reason !== 'ended' && reason !== 'stopped') {
      this.emit('refused', { peer: link.peer, reason });
    }
    if (this.#links.size === 0) this.emit('idle');
  }

  /**
   * @param {Duplex} duplex
   * @param {string} peer
   */
  #serveLine(duplex, peer) {
    const { served } = this.#served(peer);
    const link = new Link(duplex);
    const open = () => {
      const next = new ServedLink(link, served, { isLine: true, peer });
      this.#links.add(next);
      return next;
    };
    this.#line = serveLine(link, open, (ended, reason) => this.#ended(ended, reason), this.#stop.signal)
      .finally(() => link.release());
  }

  /**
   * @param {import('./device-machine.js').DeviceMachine} machine
   * @param {ServedLink} link
   */
  async #run(machine, link) {
    const begun = performance.now();
    const { name, args } = /** @type {import('./device-machine.js').Command} */ (machine.command);
    const key = machine.key?.name ?? '';
    const call = { command: name, key, peer: link.peer };
    const ran = await runHandler(this.#file, this.#handlers[name], Buffer.from(args), call, link.signal);
    if (machine.wants !== 'run') return;
    const isSealed = this.#table.settings.profile === 'sealed';
    if (isSealed) machine.reply(ran.status, ran.data);
    else machine.answer(ran.answer);
    const ms = Math.round(performance.now() - begun);
    const status = isSealed ? ran.status : null;
    this.emit('exchange', { ...call, status, answer: ran.answer, ms, error: ran.error });
  }

  /**
   * @param {import('./device-machine.js').DeviceMachine} machine
   * @param {ServedLink} link
   */
  async #settle(machine, link) {
    const begun = performance.now();
    await machine.settle();
    const key = machine.key?.name ?? '';
    const ms = Math.round(performance.now() - begun);
    for (const other of this.#links) {
      if (other !== link && other.key?.isDropped) other.close('key-dropped');
    }
    this.#table.keyring.wipeDropped(machine.key);
    const name = machine.command?.name ?? '';
    this.emit('exchange', { peer: link.peer, key, command: name, status: machine.status, answer: null, ms, error: null });
  }
}

/**
 * @param {import('./device-file.js').DeviceFile} file
 * @param {Keyring} keyring
 */
function holdKeys(file, keyring) {
  file.keys.forEach(({ name, reference, rights, line }, slot) => {
    const key = readKey(reference, file.directory, `${file.path}:${line}`);
    try {
      keyring.hold(slot, name, rights, key);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      throw new CountersignError('CSIGN_KEY', `${file.path}:${line}: ${message}`);
    } finally {
      wipe(key);
    }
  });
}

/**
 * Is the device that the file describes.
 * @param {string} name  the device file
 * @param {Record<string, import('./handlers.js').Handler>} [handlers]  by command; a command without
 *   one is done
 * @param {ServeOptions} [options]
 * @returns {Promise<Server>}
 */
export async function serve(name, handlers = {}, options = {}) {
  const file = readDeviceFile(name, 'device');
  for (const command of Object.keys(handlers)) {
    if (!file.commands.some((known) => known.name === command)) {
      throw new CountersignError('CSIGN_USAGE', `${name} has no command '${command}', which has a handler`);
    }
  }
  const { store, keyring } = await openKeys(file);
  const server = new Server(file, keyring, { ...handlers }, options.connections ?? 1000, store);
  try {
    await begin(server, options.stream ?? (options.listen === undefined ? file.address : givenAddress(options.listen)));
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** @param {string} text */
function givenAddress(text) {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new CountersignError('CSIGN_USAGE', `listen: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * The keys of a store, called as [keys] calls them.
 * @param {import('./device-file.js').DeviceFile} file
 * @param {Store} store
 */
function holdStored(file, store) {
  const keyring = new Keyring(fileSettings(file), { slots: store.slots, store });
  const named = file.keys.flatMap(({ name, reference, line }) => {
    try {
      return [{ name, key: padded(readKey(reference, file.directory, `${file.path}:${line}`)) }];
    } catch {
      return []; // It need not be there once the store is filled.
    }
  });
  for (const { slot, key, rights } of store.keys()) {
    keyring.hold(slot, named.find((other) => other.key.equals(key))?.name ?? `slot-${slot}`, rights, key);
    wipe(key);
  }
  wipe(...named.map(({ key }) => key));
  return keyring;
}

/** @param {Buffer} key  32 bytes at most */
function padded(key) {
  const whole = Buffer.alloc(Math.max(32, key.length));
  whole.set(key);
  wipe(key);
  return whole;
}

/** @param {import('./device-file.js').DeviceFile} file */
async function openKeys(file) {
  if (file.store === null) {
    const keyring = new Keyring(fileSettings(file));
    holdKeys(file, keyring);
    return { store: null, keyring };
  }
  const store = await Store.open(file.store, file, () => file.keys.map(({ reference, rights, line }) => {
    const place = `${file.path}:${line}`;
    const key = readKey(reference, file.directory, place);
    const { length } = key;
    const whole = padded(key);
    if (length > 32) throw new CountersignError('CSIGN_KEY', `${place}: the key has over 32 bytes, more than a store holds; make one with countersign keygen`);
    return { key: whole, rights };
  }));
  return { store, keyring: holdStored(file, store) };
}
