// SPDX-License-Identifier: MIT
// device-process.mjs FILE [CONNECTIONS]: this package's device in a process of its own. Notes each
// command that it runs in the file `runs` beside FILE.
import './weak.mjs';
import { appendFileSync } from 'node:fs';
import path from 'node:path';

import { serve } from '../../npm/src/index.js';

const [file, connections] = process.argv.slice(2);
const count = () => appendFileSync(path.join(path.dirname(file), 'runs'), 'x');
const handlers = {
  on: count,
  off: () => {
    count();
    throw new Error('off fails');
  },
  echo: (args) => (args.length > 0 ? args : undefined),
};
const server = await serve(file, handlers, connections ? { connections: Number(connections) } : {});
process.on('SIGTERM', () => process.exit(0));
console.log(`listening on ${server.address}`);
