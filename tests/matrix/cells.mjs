// SPDX-License-Identifier: MIT
// cells.mjs: the matrix: what can be combined, what a combination means in numbers, and which ones
// cannot be.

const clients = ['program', 'node', 'board'];
const devices = ['serve', 'node', 'board'];
const suites = [
  ['sealed', 'sha256'], ['sealed', 'blake2s'],
  ['classic', 'sha256'], ['classic', 'blake2s'], ['classic', 'sha1'], ['classic', 'sha512'],
];
const lengths = ['default', 'least', 'most'];
const links = ['tcp', 'line'];

const LONG_ID = 'a-name-of-sixty-four-bytes-which-is-the-longest-that-a-device-ha';

/** What the device file's numbers are. */
const NUMBERS = {
  sealed: {
    default: { wake: 16, challenge: 16, tag: 16, payload: 255, id: 'lamp-1', codeLength: 1 },
    least: { wake: 8, challenge: 8, tag: 16, payload: 1, id: '', codeLength: 1 },
    most: { wake: 64, challenge: 64, tag: 32, payload: 255, id: LONG_ID, codeLength: 1 },
  },
  classic: {
    default: { wake: 16, challenge: 16, tag: 0, id: '', codeLength: 1 },
    least: { wake: 0, challenge: 1, tag: 0, id: '', codeLength: 1 },
    most: { wake: 255, challenge: 64, tag: 0, id: '', codeLength: 16 },
  },
};

/** What a cell does otherwise than its name says. */
export const NOTES = [
  'least lengths, line: a wake of 1 byte in classic, where tcp has one of 0',
  'board -> any: arguments beyond the limit are not tried, since a sketch\'s limit is set when it is built',
];

/** A cell's setting, as npm/test/world.js writes it into a device file. */
export function settingOf({ profile, hash, length, link }) {
  const setting = { profile, hash, ...NUMBERS[profile][length] };
  // A line has no connect: the wake's first byte begins an exchange.
  if (link === 'line') setting.wake = Math.max(1, setting.wake);
  return setting;
}

export function nameOf({ client, device, profile, hash, length, link }) {
  return `${client} -> ${device}, ${profile} ${hash}, ${length} lengths, ${link}`;
}

/** Every cell, in the order of the table. */
export function allCells() {
  const cells = [];
  for (const client of clients) {
    for (const device of devices) {
      for (const link of links) {
        for (const [profile, hash] of suites) {
          for (const length of lengths) cells.push({ client, device, profile, hash, length, link });
        }
      }
    }
  }
  return cells;
}
