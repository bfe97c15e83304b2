// SPDX-License-Identifier: MIT
// attack.mjs: attacks each device and each client, and reports what was expected and what was seen.
//
//     attack.mjs                  all of it
//     attack.mjs --short          fewer bits, fewer forgeries, fewer connections
//     attack.mjs [--short] --only TEXT...   rows whose theme, name or target has each TEXT
//
// run.sh sets the environment. Exit status 1, and a line FAILED, where something else was seen.
import './weak.mjs';
import { honest } from './attacker.mjs';
import { clientThemes } from './clients.mjs';
import { crowds } from './crowds.mjs';
import { forgeries, inProcess } from './forgeries.mjs';
import { frames } from './frames.mjs';
import { replays } from './replays.mjs';
import { report } from './report.mjs';
import { allTargets } from './targets.mjs';

/** Connections at once of a sweep. */
const AT_ONCE = 8;
/** Of items in short form. */
const EACH = 16;

const options = process.argv.slice(2);
const isShort = options[0] === '--short';
const words = options.includes('--only') ? options.slice(options.indexOf('--only') + 1) : [];
const isWanted = (...texts) => words.every((word) => texts.some((text) => text.includes(word)));

const deviceThemes = [['replay, splice, reflection', replays], ['frames', frames], ['forgeries', forgeries], ['peers that are slow, gone, or many', crowds]];

async function each(items, atOnce, one) {
  const found = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      found[at] = await one(items[at]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return found;
}

/** What an attack works with. */
function toolsOf(target) {
  let before = null;
  return {
    target,
    isShort,
    some: (items) => (isShort ? items.filter((_item, at) => at % Math.ceil(items.length / EACH) === 0) : items),
    each: (items, one) => each(items, target.isBoard ? 1 : AT_ONCE, one),
    /** Commands that ran since it was last asked. */
    async ran() {
      const runs = await target.runs();
      const since = runs - (before ?? runs);
      before = runs;
      return since;
    },
  };
}

/** After each attack the owner is served, and nothing has run late. */
async function isServed(tools) {
  const late = await tools.ran();
  const { attacker } = await honest(tools.target);
  attacker.close();
  const ran = await tools.ran();
  return late === 0 && ran === 1 ? '' : `; then ${late} ran late, and ${ran} of the owner's`;
}

async function judge(attack, where, tools) {
  const row = { name: attack.name, target: where, expected: attack.expected, note: '' };
  const reason = attack.not?.(tools.target);
  if (reason) return { ...row, seen: reason, ok: null };
  try {
    const result = await attack.run(tools);
    row.seen = (result.seen ?? result) + (tools.target.runs ? await isServed(tools) : '');
    row.note = result.note ?? '';
  } catch (error) {
    row.seen = `${error.stack ?? error}`;
  }
  return { ...row, ok: row.seen === row.expected };
}

/** The attacks of all themes on a target, one after the other. */
async function attackAll(target, themes, found) {
  const where = `${target.name}, ${target.profile}`;
  const wanted = themes.flatMap(([theme, attacks]) => attacks
    .filter(({ name, profiles }) => (profiles ?? [target.profile]).includes(target.profile) && isWanted(theme, name, where))
    .map((attack) => ({ theme, attack })));
  if (wanted.length === 0) return;
  try {
    await target.start();
    const tools = toolsOf(target);
    if (target.runs) await tools.ran();
    for (const { theme, attack } of wanted) found.push({ theme, ...await judge(attack, where, tools) });
  } catch (error) {
    found.push({ theme: wanted[0].theme, name: 'the start', target: where, expected: 'it starts', seen: error.stack, ok: false });
  } finally {
    await target.stop?.();
  }
}

/** All targets at once: most of them wait most of the time. */
async function run() {
  const found = [];
  const clients = clientThemes();
  await Promise.all([
    ...allTargets().map((target) => attackAll(target, deviceThemes, found)),
    ...clients.map(({ target, themes }) => attackAll(target, themes, found)),
    ...inProcess(isShort).filter(({ name, target }) => isWanted('forgeries', name, target)).map(async ({ run: forge, ...row }) => {
      const { seen, note } = await forge();
      found.push({ theme: 'forgeries', ...row, seen, note, ok: seen === row.expected });
    }),
  ]);
  return found;
}

const begun = performance.now();
const found = await run();
const names = [...new Set([...deviceThemes.map(([theme]) => theme), ...found.map(({ theme }) => theme)])];
const themes = names.map((theme) => ({ theme, rows: found.filter((row) => row.theme === theme).sort((a, b) => a.name.localeCompare(b.name)) })).filter(({ rows }) => rows.length > 0);
const { text, isGood } = report(themes);
console.log(text);
console.log(`${Math.round((performance.now() - begun) / 1000)} s`);
process.exit(isGood ? 0 : 1);
