// SPDX-License-Identifier: MIT
// transport.js: opens what a device file's address names.
import net from 'node:net';

import { addressText } from './address.js';
import { CountersignError, reasonOf } from './errors.js';
import { waitFor } from './link.js';

/** @typedef {import('node:stream').Duplex} Duplex */

/**
 * A serial line through the optional package `serialport`.
 * @param {import('./address.js').SerialAddress} address
 * @returns {Promise<Duplex>}
 */
export async function openSerial(address) {
  /** @type {any} */
  let SerialPort;
  try {
    const name = 'serialport';
    ({ SerialPort } = await import(name));
  } catch (error) {
    throw new CountersignError('CSIGN_SERIALPORT',
      `${addressText(address)}: serial lines need the package serialport; npm install serialport`, { cause: error });
  }
  const port = new SerialPort({ path: address.path, baudRate: address.baud, autoOpen: false });
  await new Promise((resolve, reject) => {
    port.open((/** @type {Error | null} */ error) => (error ? reject(error) : resolve(undefined)));
  });
  return port;
}

/**
 * @param {import('./address.js').TcpAddress | import('./address.js').UnixAddress} address
 * @param {import('./link.js').Patience} patience
 * @returns {Promise<Duplex>}
 */
async function openSocket(address, patience) {
  const socket = address.kind === 'tcp'
    ? net.connect({ host: address.host, port: address.port, noDelay: true })
    : net.connect({ path: address.path });
  try {
    await waitFor(patience, 'no connection', (/** @type {(nothing: void) => void} */ done, fail) => {
      socket.once('connect', done);
      socket.once('error', fail);
      return () => socket.off('connect', done).off('error', fail);
    });
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
  return socket;
}

/**
 * @param {import('./address.js').Address} address
 * @param {import('./link.js').Patience} patience
 * @returns {Promise<Duplex>}
 */
export async function openAddress(address, patience) {
  try {
    return address.kind === 'serial' ? await openSerial(address) : await openSocket(address, patience);
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    throw new CountersignError('CSIGN_CONNECT',
      `cannot reach ${addressText(address)}: ${reasonOf(error)}`, { cause: error });
  }
}
