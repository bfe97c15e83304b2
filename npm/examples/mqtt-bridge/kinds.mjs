// SPDX-License-Identifier: MIT
// kinds.mjs: the kinds of entity that Home Assistant knows, and which words mean what in each.

/** What Home Assistant reads as "not known". */
export const NOT_KNOWN = 'None';

/**
 * @typedef {object} Kind
 * @property {Record<string, string>} actions  by name in the configuration: the payload that asks for it
 * @property {string[]} optional  actions that a device need not have
 * @property {Record<string, string>} states  by name in the configuration: the payload that tells it
 * @property {Record<string, string>} after  the state that an action leaves, once the device proved it
 * @property {(actions: string[]) => Record<string, unknown>} discovery  what is peculiar to the kind
 */

/** @type {Record<string, Kind>} */
export const kinds = {
  switch: {
    actions: { on: 'ON', off: 'OFF' },
    optional: [],
    states: { on: 'ON', off: 'OFF' },
    after: { on: 'on', off: 'off' },
    discovery: () => ({ payload_on: 'ON', payload_off: 'OFF', state_on: 'ON', state_off: 'OFF', optimistic: false }),
  },
  button: {
    actions: { press: 'PRESS' },
    optional: [],
    states: {},
    after: {},
    discovery: () => ({ payload_press: 'PRESS' }),
  },
  cover: {
    actions: { open: 'OPEN', close: 'CLOSE', stop: 'STOP' },
    optional: ['stop'],
    states: { open: 'open', closed: 'closed', opening: 'opening', closing: 'closing' },
    after: { open: 'open', close: 'closed' },
    discovery: (actions) => ({
      payload_open: 'OPEN',
      payload_close: 'CLOSE',
      // Without it Home Assistant would show a button that no command stands behind.
      payload_stop: actions.includes('stop') ? 'STOP' : null,
      optimistic: false,
    }),
  },
  lock: {
    actions: { lock: 'LOCK', unlock: 'UNLOCK' },
    optional: [],
    states: { locked: 'LOCKED', unlocked: 'UNLOCKED' },
    after: { lock: 'locked', unlock: 'unlocked' },
    discovery: () => ({
      payload_lock: 'LOCK', payload_unlock: 'UNLOCK', state_locked: 'LOCKED', state_unlocked: 'UNLOCKED', optimistic: false,
    }),
  },
};
