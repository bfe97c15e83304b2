// SPDX-License-Identifier: MIT
// Every file of tests/device-files is read as cases.json says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

import { addressText } from '../src/address.js';
import { readDeviceFile } from '../src/device-file.js';

const directory = fileURLToPath(new URL('../../tests/device-files', import.meta.url));
const { errors, cases } = JSON.parse(readFileSync(path.join(directory, 'cases.json'), 'utf8'));

const placed = (text) => text.replaceAll(directory, '{directory}');
const codes = (table) => table.map(({ name, code }) => [name, code.toString('hex')]);

/** What the reader made of the file, in the words of cases.json. */
function outcome(file) {
  const sealed = file.profile === 'sealed' ? { tag: file.tag, payload: file.payload } : {};
  return {
    ...sealed,
    ...(file.store === null ? {} : { store: placed(file.store) }),
    id: file.id,
    profile: file.profile,
    hash: file.hash,
    wake: file.wake,
    challenge: file.challenge,
    deadline: file.deadline,
    limit: file.limit,
    overlap: file.mayOverlap,
    address: placed(addressText(file.address)),
    key: file.key?.reveal() ?? null,
    keys: file.keys.map(({ name, reference, rights }) =>
      ({ name, reference: reference.reveal(), rights: rights.toString(16).padStart(8, '0') })),
    commands: codes(file.commands),
    answers: codes(file.answers),
    run: Object.fromEntries(Object.entries(file.run).map(([name, words]) => [name, words.map(placed)])),
  };
}

function mistakeIn(name, role) {
  try {
    readDeviceFile(name, role);
  } catch (error) {
    return error;
  }
  return null;
}

for (const { file, role, expect, line, error, secrets = [] } of cases) {
  const name = path.join(directory, file);
  if (expect) {
    test(`${file} is read for ${role}`, () => {
      assert.deepEqual(outcome(readDeviceFile(name, role)), expect);
    });
  } else {
    test(`${file} is refused for ${role}: ${error}`, () => {
      const mistake = mistakeIn(name, role);
      assert.equal(mistake?.code, 'CSIGN_FILE');
      const { message } = mistake;
      assert.ok(message.startsWith(`${name}:${line}: `), message);
      assert.ok(message.includes(errors[error]) && message.includes('; '), message);
      assert.ok(!message.includes('\n'));
      for (const secret of secrets) assert.ok(!inspect(mistake).includes(secret));
    });
  }
}

test('all cases were there', () => {
  assert.ok(cases.length >= 210);
});

test('a key in a device file is not shown by inspecting what was read', () => {
  const file = readDeviceFile(path.join(directory, 'key-text.ini'), 'both');
  const shown = inspect(file, { depth: 9, showHidden: true }) + JSON.stringify(file) + String(file.key);
  assert.ok(!shown.includes('csk1'), shown);
});
