/* SPDX-License-Identifier: MIT */
/* send_options.h: the command line of `countersign send`. */
#ifndef SEND_OPTIONS_H
#define SEND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* COMMAND [ARGUMENT], as given. */
struct send_words {
    const char *command;
    const char *argument; /* NULL: none */
};

struct send_options {
    bool help, is_json, has_no_state;
    uint32_t timeout_ms;
    const char *file;
    struct send_words *words; /* count of them, at least 1; allocated */
    size_t count;
};

/* Reads the command line. Options may stand before and after FILE up to a "--", and only
 * what looks like one ("--" and a letter) is taken for one: -5 is an argument. On failure
 * returns false and writes what is wrong to error; argument bytes are never repeated.
 * send_options_free() in either case. */
bool send_options_parse(struct send_options *options, int argc, char **argv, char *error,
                        size_t error_size);

void send_options_free(struct send_options *options);

#endif
