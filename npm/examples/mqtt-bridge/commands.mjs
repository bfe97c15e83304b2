// SPDX-License-Identifier: MIT
// commands.mjs: whether a device has what the configuration names, and what it said.
import { CountersignError } from 'countersign';

import { ConfigError } from './checks.mjs';

/**
 * @param {import('./config.mjs').DeviceConfig} config
 * @param {import('countersign').Device['file']} file
 */
export function checkCommands(config, file) {
  const names = file.commands.map(({ name }) => name);
  const most = file.profile === 'sealed' ? file.payload - 1 : 0;
  for (const { key, actions, state } of config.entities) {
    const where = `devices.${config.key}.entities.${key}`;
    for (const [action, { name, args }] of [...Object.entries(actions), ...(state ? [/** @type {const} */ (['state', state.wish])] : [])]) {
      if (!names.includes(name)) {
        throw new ConfigError(`${where}.${action}: ${file.path} has no command '${name}'; it has ${names.join(', ')}`);
      }
      if (args.length > most) throw new ConfigError(`${where}.${action}: the argument has more than ${most} bytes; shorten it`);
    }
    if (state && file.profile === 'classic') {
      throw new ConfigError(`${where}.state: a classic device sends no data; leave state out`);
    }
  }
}

/**
 * What an outcome's event says beside its type.
 * @param {{ status: number | null, answer: string | null, data: Buffer }} told  a result or an error
 */
export function detailOf(told) {
  const reason = told instanceof CountersignError ? { reason: told.message } : {};
  return { status: told.status, answer: told.answer, data: told.data.toString('hex'), ...reason };
}
