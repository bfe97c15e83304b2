// SPDX-License-Identifier: MIT
// index.js: what the package offers.
export { Device } from './device.js';
export { Connection } from './connection.js';
export { CountersignError } from './errors.js';
export { BadArguments } from './handlers.js';
export { Server, serve } from './serve.js';
export { dropKey, setKey } from './key-change.js';
export { fingerprint, parseKeyText } from './key-text.js';
export { provision } from './provision.js';
export { rotateKey } from './rotate.js';
