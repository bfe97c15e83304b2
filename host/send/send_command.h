/* SPDX-License-Identifier: MIT */
/* send_command.h: the bytes of the commands to send. */
#ifndef SEND_COMMAND_H
#define SEND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device_file.h"
#include "send_options.h"

struct send_command {
    const char *name;   /* as on the command line */
    uint8_t bytes[255]; /* code and argument */
    size_t len;
};

/* Whether these words ask for `last`, which is the protocol's own and no command of the
 * device's. */
bool send_command_is_last(const struct send_options *options);

/* Looks up the commands, reads arguments, standard input too. The list has one element
 * for each of options->words; send_commands_free() wipes it. On failure returns NULL and
 * writes one line to error; argument bytes are never repeated. */
struct send_command *send_commands_make(const struct send_options *options,
                                        const struct device_file *file, char *error,
                                        size_t error_size);

void send_commands_free(struct send_command *commands, size_t count);

#endif
