/* SPDX-License-Identifier: MIT */
#include "key_command.h"

#include "send_chain.h"

#include <string.h>

static enum send_status send_one(struct session *session,
                                 const struct key_options *options,
                                 struct send_command *command)
{
    struct send_options chain = {.is_json = options->is_json,
                                 .has_no_state = options->has_no_state,
                                 .timeout_ms = options->timeout_ms,
                                 .file = options->file,
                                 .count = 1};
    enum send_status status = send_chain(session, &chain, command);

    csign_wipe(command, sizeof *command);
    return status;
}

enum send_status key_command_set(struct session *session,
                                 const struct key_options *options, int slot,
                                 uint32_t rights, const uint8_t *key)
{
    struct send_command command = {.name = "set-key", .len = CSIGN_SET_KEY_LEN};

    command.bytes[0] = CSIGN_CODE_SET_KEY;
    command.bytes[1] = (uint8_t)slot;
    for (int i = 0; i < 4; i++)
        command.bytes[2 + i] = (uint8_t)(rights >> (24 - 8 * i));
    memcpy(command.bytes + 6, key, CSIGN_NEW_KEY_LEN);
    return send_one(session, options, &command);
}

enum send_status key_command_drop(struct session *session,
                                  const struct key_options *options, int slot)
{
    struct send_command command = {.name = "drop-key", .len = 2};

    command.bytes[0] = CSIGN_CODE_DROP_KEY;
    command.bytes[1] = (uint8_t)slot;
    return send_one(session, options, &command);
}
