/* SPDX-License-Identifier: MIT */
/* send_output.h: what `countersign send` tells of each command, to people or as JSON. */
#ifndef SEND_OUTPUT_H
#define SEND_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Countersign.h"

struct send_result {
    const char *command;
    csign_outcome outcome;
    int status;          /* of a sealed reply; -1: none */
    const char *answer;  /* the answer's or the status' name; NULL: none */
    const uint8_t *data; /* the reply's, len bytes */
    size_t len;
    uint64_t ms;
    const char *reason; /* not sent, unknown: why, for people */
    const char *cure;   /* what to do then; NULL: nothing */
    const char *last;   /* JSON's "last"; NULL: another command */
};

/* The program's exit statuses. */
enum send_status {
    SEND_DONE = 0, /* or sent */
    SEND_FAILED = 1,
    SEND_USAGE = 2,
    SEND_NOT_SENT = 3,
    SEND_UNKNOWN = 4
};

/* Prints one line of JSON to standard output, or one of text: an answer to standard
 * output, and that there was none to standard error. A standard output that can't be
 * written is told to standard error and changes no outcome. */
void send_print(const struct send_result *result, bool is_json);

/* Prints a line of text for people that is part of the answer. */
void send_print_line(const char *line);

enum send_status send_status_of(csign_outcome outcome);

#endif
