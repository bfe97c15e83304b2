// SPDX-License-Identifier: MIT
// listen.js: listens where an address says.
import fs from 'node:fs';
import net from 'node:net';

import { addressText } from './address.js';
import { CountersignError, reasonOf } from './errors.js';
import { openSerial } from './transport.js';

/** @typedef {import('node:stream').Duplex} Duplex */

/** @param {net.Socket} socket */
function peerOf(socket) {
  if (socket.remoteAddress === undefined) return 'unix';
  return addressText({ kind: 'tcp', host: socket.remoteAddress, port: socket.remotePort ?? 0 });
}

/**
 * @param {net.Server} server
 * @param {net.ListenOptions} options
 */
function listening(server, options) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve(undefined);
    });
  });
}

/**
 * Whether a socket's file is left over: nobody answers there.
 * @param {string} path
 */
function isLeftOver(path) {
  return new Promise((resolve) => {
    const probe = net.connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => {
      resolve(/** @type {NodeJS.ErrnoException} */ (error).code === 'ECONNREFUSED');
    });
  });
}

/**
 * @param {net.Server} server
 * @param {import('./address.js').TcpAddress | import('./address.js').UnixAddress} address
 */
async function bind(server, address) {
  if (address.kind === 'tcp') {
    await listening(server, { host: address.host, port: address.port });
    return;
  }
  try {
    await listening(server, { path: address.path });
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'EADDRINUSE' || !await isLeftOver(address.path)) throw error;
    fs.unlinkSync(address.path);
    await listening(server, { path: address.path });
  }
}

/**
 * @param {import('./address.js').Address} address
 * @param {(duplex: Duplex, peer: string) => void} accept
 * @param {(duplex: Duplex) => void} line  serves a serial line
 * @returns {Promise<{ address: string, close: () => Promise<void> }>}
 */
export async function listen(address, accept, line) {
  if (address.kind === 'serial') {
    const port = await openSerial(address);
    line(port);
    return { address: addressText(address), close: async () => void port.destroy() };
  }
  // Half open: who sends a request and ends is still answered.
  const server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: false },
    (socket) => accept(socket, peerOf(socket)));
  try {
    await bind(server, address);
  } catch (error) {
    throw new CountersignError('CSIGN_LISTEN',
      `cannot listen on ${addressText(address)}: ${reasonOf(error)}`, { cause: error });
  }
  const bound = server.address();
  const text = typeof bound === 'object' && bound !== null
    ? addressText({ kind: 'tcp', host: bound.address, port: bound.port }) : addressText(address);
  const close = () => new Promise((/** @type {(nothing: void) => void} */ resolve) =>
    server.close(() => resolve()));
  return { address: text, close };
}
