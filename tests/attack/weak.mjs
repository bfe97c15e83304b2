// SPDX-License-Identifier: MIT
// weak.mjs: weakens this package on purpose, as COUNTERSIGN_WEAK says, so that the suite is seen to
// notice. It is imported before the package is.
//
//     tags          any tag is right: for a device, and for a client
//     challenges    the device gives the same challenge each time
//     refusals      the device says a byte before it hangs up
//     patience      the device waits for a minute
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const weakness = process.env.COUNTERSIGN_WEAK ?? '';

if (weakness === 'tags') {
  crypto.timingSafeEqual = () => true;
  syncBuiltinESMExports();
}
if (weakness === 'challenges') {
  const { Store } = await import('../../npm/src/store.js');
  Store.prototype.challenge = ({ challenge }) => Buffer.alloc(challenge, 7);
}
if (weakness === 'refusals') {
  const { Link } = await import('../../npm/src/link.js');
  const { close } = Link.prototype;
  Link.prototype.close = function closeWithAWord() {
    void this.write(Buffer.from([0]), { ms: 1000 }, 'not taken').catch(() => {}).then(() => close.call(this));
  };
}

/** ms that a device is to give each message, and that it is told to give. */
export const DEADLINE = 2000;
export const GIVEN_DEADLINE = weakness === 'patience' ? 60000 : DEADLINE;
