/* SPDX-License-Identifier: MIT */
/* key_command.h: the protocol's own commands F1 and F2 (docs/protocol.md, section 4.8).
 */
#ifndef KEY_COMMAND_H
#define KEY_COMMAND_H

#include "key_options.h"
#include "send_output.h"
#include "session.h"

/* Send set-key of these 32 bytes, or drop-key, under the session's key, as `send` sends a
 * command, and print what became of it. */
enum send_status key_command_set(struct session *session,
                                 const struct key_options *options, int slot,
                                 uint32_t rights, const uint8_t *key);
enum send_status key_command_drop(struct session *session,
                                  const struct key_options *options, int slot);

#endif
