/* SPDX-License-Identifier: MIT */
/* key_options.h: the command line of `countersign key`. */
#ifndef KEY_OPTIONS_H
#define KEY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_verb { KEY_SET, KEY_DROP, KEY_ROTATE };

struct key_options {
    enum key_verb verb;
    bool help, is_json, has_no_state;
    uint32_t timeout_ms;
    const char *file, *key, *rights; /* NULL: not given */
    int slot, from, to;              /* -1: not given */
};

/* Reads the command line. On failure returns false and writes what is wrong to error,
 * without repeating a word that may be a key. */
bool key_options_parse(struct key_options *options, int argc, char **argv, char *error,
                       size_t error_size);

#endif
