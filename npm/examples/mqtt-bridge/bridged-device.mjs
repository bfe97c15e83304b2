// SPDX-License-Identifier: MIT
// bridged-device.mjs: one device, one thing at a time: runs its commands once, tells what became of
// them, settles what is unknown, asks for the state. Nothing is sent a second time.
import { CountersignError, Device } from 'countersign';

import { checkCommands, detailOf } from './commands.mjs';
import { now, since } from './gate.mjs';
import { NOT_KNOWN, kinds } from './kinds.mjs';
import { log } from './log.mjs';
import { Pause } from './pause.mjs';

/** Commands that wait for their turn, at most. */
const WAITING = 4;
/** After a command the state is asked for more often, so long: a door is on its way. */
const FOLLOWED = 30000;
const FOLLOWING = 3000;
const SETTLING_AGAIN = 15000;
/** The longest wait for each step of a question of the bridge's own: a command may wait behind it. */
const OWN_PATIENCE = 5000;

/**
 * @typedef {import('./config.mjs').Entity} Entity
 *
 * @typedef {object} Command
 * @property {Entity} entity
 * @property {string} action
 * @property {import('./gate.mjs').Moment} taken
 * @property {number} within  ms from then; later nothing leaves for the device any more
 *
 * @typedef {object} Tell  what happened, for whoever publishes it
 * @property {(event: Record<string, unknown>) => void} outcome
 * @property {(entity: Entity, state: string) => void} state
 * @property {(isThere: boolean) => void} availability
 */

export class BridgedDevice {
  #config;
  #device;
  #tell;
  #stop = new AbortController();
  #pause = new Pause();
  /** By entity and action, the one under way too. @type {Map<string, Command>} */
  #commands = new Map();
  /** What may have run: the last command whose outcome is unknown, or one of an earlier run.
   *  @type {{ entity: Entity, action: string } | 'earlier' | null} */
  #doubt = null;
  #followedUntil = 0;
  #nextPoll = 0;
  #nextSettling = 0;
  /** @type {Promise<void>} */
  #rounds = Promise.resolve();

  /**
   * @param {import('./config.mjs').DeviceConfig} config
   * @param {Device} device
   * @param {Tell} tell
   */
  constructor(config, device, tell) {
    this.#config = config;
    this.#device = device;
    this.#tell = tell;
  }

  /**
   * @param {import('./config.mjs').DeviceConfig} config
   * @param {string | undefined} state  directory of the package's state files
   * @param {Tell} tell
   */
  static async open(config, state, tell) {
    const device = await Device.open(config.file, { state: state ?? true });
    checkCommands(config, device.file);
    return new BridgedDevice(config, device, tell);
  }

  get #isSealed() {
    return this.#device.file.profile === 'sealed';
  }

  /** Works from now on; first it settles what an earlier run left in doubt. */
  start() {
    if (this.#isSealed) this.#doubt = 'earlier';
    this.#rounds = this.#work();
  }

  /** Takes no more; the commands that were taken come to their end. */
  async close() {
    this.#stop.abort();
    this.#pause.end();
    await this.#rounds;
    await this.#device.close();
  }

  /**
   * Takes a command.
   * @param {Entity} entity
   * @param {string} action
   * @param {number} within  ms from now; later nothing leaves for the device any more
   * @returns {string | null} why it is dropped
   */
  command(entity, action, within) {
    const name = `${entity.key} ${action}`;
    if (this.#stop.signal.aborted) return 'the bridge stops';
    if (this.#commands.has(name)) return 'the same command is under way';
    if (this.#commands.size >= WAITING) return `${WAITING} commands of this device are under way`;
    this.#commands.set(name, { entity, action, taken: now(), within });
    this.#pause.end();
    return null;
  }

  async #work() {
    const { signal } = this.#stop;
    while (!signal.aborted || this.#commands.size > 0) {
      const [next] = this.#commands;
      const time = performance.now();
      // Whatever the device runs makes it forget what it ran before: what is in doubt comes first.
      if (this.#doubt !== null && time >= this.#nextSettling && !signal.aborted) {
        await this.#settle(this.#doubt);
      } else if (next) {
        await this.#run(next[1]);
        this.#commands.delete(next[0]);
      } else if (this.#doubt === null && time >= this.#nextPoll) {
        await this.#poll();
      } else {
        await this.#pause.begin((this.#doubt === null ? this.#nextPoll : this.#nextSettling) - time);
      }
    }
  }

  /** @param {Command} command */
  async #run({ entity, action, taken, within }) {
    const { name, args } = entity.actions[action];
    const begun = performance.now();
    const late = new AbortController();
    const left = within - since(taken);
    if (left <= 0) late.abort();
    const timer = setTimeout(() => late.abort(), left);
    const told = await this.#device.send(name, args, { signal: late.signal }).catch(asError);
    clearTimeout(timer);
    const ms = Math.round(performance.now() - begun);
    const reason = late.signal.aborted ? { reason: 'the time for it was over' } : {};
    this.#told({ event_type: told.outcome, entity: entity.key, action, command: name, ...detailOf(told), ...reason, ms });
    this.#concluded(entity, action, told.outcome);
  }

  /** @param {Entity} entity @param {string} action @param {string} outcome */
  #concluded(entity, action, outcome) {
    this.#nextPoll = 0;
    if (outcome === 'not-sent') return;
    this.#followedUntil = performance.now() + FOLLOWED;
    this.#nextSettling = 0;
    this.#doubt = outcome === 'unknown' && this.#isSealed ? { entity, action } : null;
    if (outcome === 'done') this.#showAfter(entity, action);
    else if (outcome !== 'failed') this.#tell.state(entity, NOT_KNOWN);
  }

  /**
   * The state that a proven action leaves, unless the device itself tells it in a moment.
   * @param {Entity} entity
   * @param {string} action
   */
  #showAfter(entity, action) {
    if (entity.state === null) this.#tell.state(entity, kinds[entity.kind].after[action] ?? NOT_KNOWN);
  }

  /** @param {Record<string, unknown>} event */
  #told(event) {
    const { event_type: outcome, entity, action, command, reason, status } = event;
    const number = status ? ` (status ${Number(status).toString(16).padStart(2, '0')})` : '';
    const advice = outcome === 'unknown' ? `; it is not sent again; ${this.#cure}` : '';
    log(`${this.#config.key}/${entity}: ${action} (${command}): ${outcome}${number}${reason ? `: ${reason}` : ''}${advice}`);
    this.#tell.outcome(event);
  }

  get #cure() {
    return this.#isSealed ? 'the bridge asks the device what it ran last (by hand, as this user: countersign send FILE last)'
      : 'look at the device';
  }

  /**
   * Asks the device which command it ran last, once that in doubt can no longer run.
   * @param {{ entity: Entity, action: string } | 'earlier'} doubt
   */
  async #settle(doubt) {
    this.#nextSettling = performance.now() + SETTLING_AGAIN;
    try {
      const answer = await this.#device.last({ signal: this.#stop.signal, timeout: OWN_PATIENCE });
      this.#doubt = null;
      if (doubt !== 'earlier') this.#settled(doubt, answer);
      else log(`${this.#config.key}: the last command that was sent from here before, '${answer.command}': ${answer.last}`);
    } catch (error) {
      const { code, message } = asError(error);
      // Nothing is noted: no command was ever sent from here.
      if (code === 'CSIGN_STATE' && doubt === 'earlier') this.#doubt = null;
      if (this.#doubt === null || this.#stop.signal.aborted) return;
      log(`${this.#config.key}: what it ran last is not known yet: ${message}`);
      this.#tell.availability(false);
    }
  }

  /**
   * @param {{ entity: Entity, action: string }} doubt
   * @param {{ last: 'ran' | 'not-the-last' | 'not-known', command: string | null }} answer
   */
  #settled({ entity, action }, { last, command }) {
    const reason = {
      ran: 'the device proved that it ran',
      'not-the-last': 'it did not run, or another holder of the key ran something after it',
      'not-known': 'the device does not know what it ran last',
    }[last];
    this.#told({ event_type: last, entity: entity.key, action, command, reason });
    if (last === 'ran') this.#showAfter(entity, action);
  }

  /** Asks for the state, with each command once, whichever entities it tells of. */
  async #poll() {
    const isFollowed = performance.now() < this.#followedUntil;
    this.#nextPoll = performance.now() + (isFollowed ? Math.min(FOLLOWING, this.#config.poll) : this.#config.poll);
    const asked = this.#config.entities.filter(({ state }) => state !== null);
    for (const written of new Set(asked.map(nameOfState))) {
      const entities = asked.filter((entity) => nameOfState(entity) === written);
      const { name, args } = /** @type {NonNullable<Entity['state']>} */ (entities[0].state).wish;
      const told = await this.#device.send(name, args, { signal: this.#stop.signal, timeout: OWN_PATIENCE }).catch(asError);
      if (this.#stop.signal.aborted) return;
      const isThere = told.outcome === 'done' || told.outcome === 'failed';
      this.#tell.availability(isThere);
      if (!isThere) return;
      for (const entity of entities) this.#tell.state(entity, stateIn(entity, told));
    }
  }
}

/** @param {Entity} entity */
function nameOfState({ state }) {
  return `${state?.wish.name} ${state?.wish.args.toString('hex')}`;
}

/** @param {Entity} entity @param {{ outcome: string, data: Buffer }} told */
function stateIn({ state }, { outcome, data }) {
  return (outcome === 'done' ? state?.values.get(data.toString('hex')) : undefined) ?? NOT_KNOWN;
}

/**
 * @param {unknown} error
 * @returns {CountersignError}
 */
function asError(error) {
  if (error instanceof CountersignError) return error;
  throw error;
}
