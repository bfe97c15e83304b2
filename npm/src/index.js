// SPDX-License-Identifier: MIT
// index.js: what the package offers.
export { Device } from './device.js';
export { Connection } from './connection.js';
export { CountersignError } from './errors.js';
export { BadArguments } from './handlers.js';
export { Server, serve } from './serve.js';
export { fingerprint } from './key-text.js';
