// SPDX-License-Identifier: MIT
// address.js: where a device is (device-file.md, section 3).
import { isIPv6 } from 'node:net';
import path from 'node:path';

/**
 * @typedef {{ kind: 'tcp', host: string, port: number }} TcpAddress
 * @typedef {{ kind: 'unix', path: string }} UnixAddress
 * @typedef {{ kind: 'serial', path: string, baud: number, boot: number }} SerialAddress
 * @typedef {TcpAddress | UnixAddress | SerialAddress} Address
 */

const BAUDS = new Set([
  300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000,
  576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
]);
const MOST_PATH = { unix: 107, serial: 255 };

/**
 * A number as the device file has them: decimal digits without a leading zero.
 * @param {string} text
 * @param {number} least
 * @param {number} most
 * @returns {number | null}
 */
export function plainNumber(text, least, most) {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) return null;
  const value = Number(text);
  return value >= least && value <= most ? value : null;
}

/**
 * A relative path starts at the directory.
 * @param {string} directory
 * @param {string} name
 */
export function placed(directory, name) {
  if (path.isAbsolute(name)) return name;
  return `${directory}/${name.replace(/^(\.\/+)+/, '')}`;
}

/** @param {string} rest */
function tcpAddress(rest) {
  const bracketed = /^\[([^\]]*)\](.*)$/.exec(rest);
  const colon = rest.lastIndexOf(':');
  const [host, after] = bracketed
    ? [bracketed[1], bracketed[2]]
    : colon < 0 ? [rest, ''] : [rest.slice(0, colon), rest.slice(colon)];
  if (!after.startsWith(':')) {
    throw new Error('the address has no port; write tcp://HOST:PORT, with brackets around an IPv6 address');
  }
  const port = plainNumber(after.slice(1), 0, 65535);
  if (port === null) throw new Error('the address has no port from 0 to 65535; write tcp://HOST:PORT');
  const isHost = bracketed ? isIPv6(host) : /^[A-Za-z0-9._-]{1,253}$/.test(host);
  if (!isHost) {
    throw new Error('the address has no valid host; write tcp://HOST:PORT, with brackets around an IPv6 address');
  }
  return { kind: /** @type {const} */ ('tcp'), host, port };
}

/** @param {string} options */
function serialOptions(options) {
  const found = { baud: 115200, boot: 2000 };
  const seen = new Set();
  for (const option of options.split('&')) {
    const [name, value] = [option.slice(0, option.indexOf('=')), option.slice(option.indexOf('=') + 1)];
    if (!option.includes('=') || !['baud', 'boot'].includes(name) || seen.has(name)) {
      throw new Error('the serial line has an unknown or repeated option; write serial:PATH?baud=N&boot=MS');
    }
    seen.add(name);
    const number = plainNumber(value, 0, name === 'baud' ? 4000000 : 60000);
    if (name === 'baud' && (number === null || !BAUDS.has(number))) {
      throw new Error('the baud rate is none that the system knows; write one such as 115200');
    }
    if (number === null) throw new Error('boot is not a number from 0 to 60000; write one');
    found[/** @type {'baud' | 'boot'} */ (name)] = number;
  }
  return found;
}

/**
 * @param {'unix' | 'serial'} kind
 * @param {string} name
 * @param {string} directory
 */
function pathOf(kind, name, directory) {
  if (name === '') throw new Error('the address has no path; write unix:PATH or serial:PATH');
  const whole = placed(directory, name);
  if (Buffer.byteLength(whole) > MOST_PATH[kind]) {
    throw new Error('the path of the address is too long; a Unix socket\'s has at most 107 bytes, a serial line\'s 255');
  }
  return whole;
}

/**
 * Reads an address, or throws an Error whose message says what and how to cure it.
 * @param {string} text
 * @param {string} [directory]  where a relative path starts
 * @returns {Address}
 */
export function parseAddress(text, directory = '.') {
  if (text.startsWith('tcp://')) return tcpAddress(text.slice(6));
  if (text.startsWith('unix:')) {
    return { kind: 'unix', path: pathOf('unix', text.slice(5), directory) };
  }
  if (text.startsWith('serial:')) {
    const mark = text.indexOf('?');
    const name = text.slice(7, mark < 0 ? undefined : mark);
    const whole = pathOf('serial', name, directory);
    const options = mark < 0 ? { baud: 115200, boot: 2000 } : serialOptions(text.slice(mark + 1));
    return { kind: 'serial', path: whole, ...options };
  }
  throw new Error('not an address; write tcp://HOST:PORT, unix:PATH or serial:PATH?baud=N&boot=MS');
}

/** @param {Address} address */
export function addressText(address) {
  switch (address.kind) {
    case 'tcp':
      return `tcp://${isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`;
    case 'unix':
      return `unix:${address.path}`;
    default:
      return `serial:${address.path}?baud=${address.baud}&boot=${address.boot}`;
  }
}
