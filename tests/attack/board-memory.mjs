// SPDX-License-Identifier: MIT
// board-memory.mjs: EEPROM and RAM of the board, and which bytes a refused request may change.
import { setTimeout as delay } from 'node:timers/promises';

const RAM = 0x100;
const RAM_END = 0x900;
const EEPROM_BYTES = 1024;
/** In the order of `regions` in AttackDevice.ino; an empty reason: it may not change. */
const MAY_CHANGE = [
  'the clock', 'the clock', 'connections that are over: their clocks, counts and reasons', 'bytes half received',
  'whose turn it is', 'the reason of the last refusal', 'the hash\'s work area', 'the challenge counter',
  'which of the chip\'s sockets serves whom', '', '', '',
];
const REGION_BYTES = 4;

async function regionsOf(board) {
  const bytes = await board.peek('regions', REGION_BYTES * MAY_CHANGE.length);
  return MAY_CHANGE.map((why, at) => ({
    why, from: bytes.readUInt16LE(REGION_BYTES * at), length: bytes.readUInt16LE(REGION_BYTES * at + 2),
  }));
}

/** When nobody is connected, and the board rests. */
export async function memoryOf(board) {
  await delay(200);
  const regions = await regionsOf(board);
  const ram = Buffer.from((await board.ask(`peek ${RAM} ${RAM_END - RAM}`)).replaceAll(' ', ''), 'hex');
  const eeprom = Buffer.from((await board.ask(`eeprom read 0 ${EEPROM_BYTES}`)).replaceAll(' ', ''), 'hex');
  return { regions, ram, eeprom };
}

/** How many bytes are another, exceptions aside. */
export function changedMemory(before, after) {
  const { regions } = before;
  const end = regions.at(-1).from;
  const excepted = regions.filter(({ why }) => why !== '');
  const counts = (at) => !excepted.some(({ from, length }) => at >= from && at < from + length);
  let [count, compared] = [0, 0];
  const places = [];
  for (let at = RAM; at < end; at++) {
    if (!counts(at)) continue;
    compared++;
    if (before.ram[at - RAM] !== after.ram[at - RAM]) places.push(`ram ${at.toString(16)}`);
  }
  for (let at = 0; at < EEPROM_BYTES; at++) {
    if (before.eeprom[at] !== after.eeprom[at]) places.push(`eeprom ${at}`);
  }
  count = places.length;
  return { count, what: `${EEPROM_BYTES} bytes of EEPROM, ${compared} of RAM (stack and ${end - RAM - compared} bytes excepted)${count ? `: ${places.slice(0, 9).join(', ')}` : ''}` };
}
