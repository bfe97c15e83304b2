// SPDX-License-Identifier: MIT
// node_device.mjs FILE ADDRESS: the package as a device whose handler adds to the journal.
import { appendFileSync } from 'node:fs';
import path from 'node:path';

import { serve } from '../../npm/src/index.js';

const [file, listen] = process.argv.slice(2);
const journal = path.join(path.dirname(file), 'journal');
const device = await serve(file, {
  it: (args) => appendFileSync(journal, `${args}\n`),
}, { listen });
console.log(`listening on ${device.address}`);
