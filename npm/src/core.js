// SPDX-License-Identifier: MIT
// core.js: the protocol without I/O and time, for whoever has a transport of their own.
export { ClientMachine } from './client-machine.js';
export { DeviceMachine } from './device-machine.js';
export { ADMIN, Keyring, mayRun } from './keyring.js';
export { counterChallenge } from './challenge-source.js';
export { hashes } from './hash.js';
export { settingsOf } from './settings.js';
export { DROP_KEY, LAST, SET_KEY } from './sealed.js';
