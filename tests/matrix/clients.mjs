// SPDX-License-Identifier: MIT
// clients.mjs: the three clients. Each sends orders, [{ name, args }], more than one chained, and
// tells of each that it came to: outcome, status, answer, and the data or their sum.
import { Device } from '../../npm/src/index.js';
import { cProgram, run } from '../../npm/test/program.js';
import { openTerminal } from '../../npm/test/pty.js';
import { KEY, OTHER_KEY } from '../../npm/test/world.js';
import { SCRIPT_AT } from './board.mjs';

/**
 * ms. The whole of it passes where a line's device says nothing to a wrong key. A scene may have a
 * patience of its own, and a folder for state files.
 */
const patienceOf = ({ patience }, isWrong) => patience ?? (isWrong ? 2500 : 10000);

/** The arguments of an order, as the sketch makes them too. */
export function argsOf(length) {
  return Buffer.from(Array.from({ length }, (_none, at) => (at * 7 + length) & 0xff));
}

/** What the sketch tells of data. */
export function sumOf(data) {
  return data.reduce((sum, byte) => (sum * 31 + byte) & 0xffff, 0);
}

function programClient(scene) {
  const { files } = scene;
  const send = async (orders, isWrong = false) => {
    const words = orders.flatMap(({ name, length = 0 }, at) => [
      ...(at > 0 ? ['+'] : []), name, ...(length > 0 ? [`hex:${argsOf(length).toString('hex')}`] : []),
    ]);
    const file = isWrong ? files.wrong : files.right;
    const { status, out, err } = await run([...cProgram(), 'send', '--json', ...(scene.state ? [] : ['--no-state']), '--timeout', `${patienceOf(scene, isWrong)}`, file, ...words], { state: scene.state });
    if (status === 2) return [{ outcome: 'refused' }];
    if (!out) throw new Error(`the program ended with ${status}: ${err}`);
    return out.trim().split('\n').map((line) => JSON.parse(line))
      .map(({ data, ...rest }) => ({ ...rest, sum: sumOf(Buffer.from(data, 'hex')), length: data.length / 2 }));
  };
  return { send, stop: async () => {} };
}

function told({ outcome, status, answer, data }) {
  return { outcome, status, answer, sum: sumOf(data), length: data.length };
}

async function nodeClient(scene) {
  const { files, link } = scene;
  const stream = link.isLine ? openTerminal(link.ends[0]) : undefined;
  const send = async (orders, isWrong = false) => {
    const device = await Device.open(isWrong ? files.wrong : files.right, { state: scene.state ?? false, timeout: patienceOf(scene, isWrong), stream });
    const connection = device.connect();
    const results = [];
    for (const { name, length = 0 } of orders) {
      try {
        results.push(told(await connection.send(name, argsOf(length))));
      } catch (error) {
        if (error.code === 'CSIGN_USAGE') results.push({ outcome: 'refused' });
        else if (error.outcome) results.push(told(error));
        else throw error;
        break;
      }
    }
    await device.close();
    return results;
  };
  return { send, stop: async () => void stream?.destroy() };
}

/** In the order of csign_outcome. */
const OUTCOMES = ['none', 'not-sent', 'sent', 'done', 'failed', 'unknown'];
const RESULT_BYTES = 5;

function boardResult(bytes, setting) {
  const result = { outcome: OUTCOMES[bytes[0]], status: bytes[1], length: bytes[2], sum: bytes.readUInt16LE(3) };
  if (setting.profile === 'sealed') return result;
  // A sketch is told the answer's row; that `failed` is a failure are the other two's words.
  const answer = ['done', 'failed'][bytes[1]] ?? null;
  return { ...result, status: null, answer, outcome: result.outcome === 'done' && answer === 'failed' ? 'failed' : result.outcome };
}

async function boardClient(scene) {
  const { setting, commands, boards: { client: board } } = scene;
  let held = null;
  const send = async (orders, isWrong = false) => {
    const patience = patienceOf(scene, isWrong);
    if (held?.isWrong !== isWrong || held.patience !== patience) {
      await board.provide(isWrong ? OTHER_KEY : KEY, patience);
      await board.until('ready', (ready) => ready === 1, 'has its key');
      held = { isWrong, patience };
    }
    const script = orders.flatMap(({ name, length = 0 }) => [commands.find((known) => known.name === name).code.at(-1), length]);
    await board.ask(`eeprom write ${SCRIPT_AT} ${Buffer.from([orders.length, ...script]).toString('hex')}`);
    const [before] = await board.peek('finished');
    await board.ask('press D5');
    try {
      await board.until('finished', (finished) => finished !== before, 'finished its script');
    } finally {
      await board.ask('release D5');
      // A sketch that is hanging up does not look at its button.
      await board.until('wasDown', (wasDown) => wasDown === 0, 'saw its button released');
    }
    const [count] = await board.peek('count');
    const bytes = await board.peek('results', RESULT_BYTES * count);
    return Array.from({ length: count }, (_none, at) => boardResult(bytes.subarray(RESULT_BYTES * at), setting));
  };
  return { send, stop: async () => {} };
}

export const clients = { program: programClient, node: nodeClient, board: boardClient };
