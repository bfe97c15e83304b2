// SPDX-License-Identifier: MIT
// board-memory.mjs: EEPROM and RAM of the board, and which bytes a refused request may change.
import { setTimeout as delay } from 'node:timers/promises';

import { run } from '../../npm/test/program.js';

const RAM = 0x100;
const RAM_END = 0x900;
const EEPROM_BYTES = 1024;

/** Parts of the library's objects, in the order of `regions` in AttackDevice.ino. */
const PARTS = [
  'connections that are over: clocks, counts, reasons', 'bytes half received', 'whose turn it is', 'the reason of the last refusal',
  'the hash\'s work area', 'the challenge counter',
];
const PART_BYTES = 4;
/** Whole variables: the Arduino core's clock, and the network's driver. */
const VARIABLES = {
  clock: ['timer0_millis', 'timer0_fract', 'timer0_overflow_count'],
  'the network\'s driver': ['clients', 'w5500::incoming', 'w5500::sending', 'w5500::found', 'w5500::server_port'],
};
const END = '__bss_end';

/** Where variables lie: address and length by name. */
async function variablesOf(elf) {
  const { out } = await run(['avr-nm', '-S', '-C', elf]);
  return new Map([...out.matchAll(/^0080([0-9a-f]{4}) (?:([0-9a-f]{8}) )?\w (.+)$/gm)].map(([, at, length, name]) =>
    [name, { from: parseInt(at, 16), length: parseInt(length ?? '0', 16) }]));
}

/** What may change, and where variables end and the stack's room begins. */
async function exceptionsOf(board, elf) {
  const variables = await variablesOf(elf);
  const find = (name) => {
    if (!variables.has(name)) throw new Error(`the firmware has no ${name}`);
    return variables.get(name);
  };
  const bytes = await board.peek('regions', PART_BYTES * PARTS.length);
  const parts = PARTS.map((_what, at) => ({ from: bytes.readUInt16LE(PART_BYTES * at), length: bytes.readUInt16LE(PART_BYTES * at + 2) }));
  return { end: find(END).from, excepted: [...parts, ...Object.values(VARIABLES).flat().map(find)] };
}

/** When nobody is connected, and the board rests. */
export async function memoryOf(board, elf) {
  await delay(200);
  const hex = async (command) => Buffer.from((await board.ask(command)).replaceAll(' ', ''), 'hex');
  return {
    ...await exceptionsOf(board, elf),
    ram: await hex(`peek ${RAM} ${RAM_END - RAM}`),
    eeprom: await hex(`eeprom read 0 ${EEPROM_BYTES}`),
  };
}

/** How many bytes are another, exceptions aside. */
export function changedMemory({ end, excepted, ram, eeprom }, after) {
  const places = [];
  let compared = 0;
  for (let at = RAM; at < end; at++) {
    if (excepted.some(({ from, length }) => at >= from && at < from + length)) continue;
    compared++;
    if (ram[at - RAM] !== after.ram[at - RAM]) places.push(`RAM ${at.toString(16)}`);
  }
  for (let at = 0; at < EEPROM_BYTES; at++) {
    if (eeprom[at] !== after.eeprom[at]) places.push(`EEPROM ${at}`);
  }
  const which = places.length > 0 ? `: ${places.slice(0, 9).join(', ')}` : '';
  return { count: places.length, what: `${EEPROM_BYTES} bytes of EEPROM, ${compared} of the ${end - RAM} of RAM below the stack${which}` };
}

/** For the report. */
export const EXCEPTED = `on the board, RAM that may change: ${[...PARTS, ...Object.keys(VARIABLES)].join('; ')}; the stack`;
