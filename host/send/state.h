/* SPDX-License-Identifier: MIT */
/* state.h: what a client remembers of one device under one key, in the file
 * $XDG_STATE_HOME/countersign/NAME (XDG_STATE_HOME is ~/.local/state unless set).
 *
 * Whoever holds a struct state holds the file's lock, for the whole exchange: a second
 * client of this device waits. The file is made whole elsewhere and then linked to its
 * name, and is changed in place from then on.
 *
 *     offset  bytes
 *          0     32  "countersign state 1\n", padded with zeros
 *        512    168  sealed: a record, state_record.h
 *       1024    168  sealed: the other record
 *       4096         classic: the challenges, challenge_ring.h
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "challenge_ring.h"
#include "state_record.h"

#define STATE_NAME_LEN 16   /* characters */
#define STATE_PATH_MAX 4096 /* bytes */

struct state {
    int fd; /* -1: nothing is kept */
    char path[STATE_PATH_MAX];
    struct state_record record;
};

enum state_purpose {
    STATE_TO_SEND, /* made when it is not there yet */
    STATE_TO_ASK   /* only read */
};

enum state_answer {
    STATE_OPEN,
    STATE_ABSENT, /* STATE_TO_ASK: there is none */
    STATE_REFUSED /* error holds one line: what is wrong and the cure */
};

/* The file's name: the first 16 hex digits of HMAC-SHA256(key, "countersign/1 state" ||
 * id). */
void state_name(const uint8_t *key, size_t len, const char *id,
                char name[STATE_NAME_LEN + 1]);

/* Opens the file, waits up to patience_ms for its lock, reads the record. state_close()
 * in any case. */
enum state_answer state_open(struct state *state, const char *name,
                             enum state_purpose purpose, uint32_t patience_ms,
                             char *error, size_t error_size);

/* Writes state->record to the disk. False, with one line in error, when that fails. */
bool state_store(struct state *state, char *error, size_t error_size);

/* Classic: whether the challenge is new; then it is on the disk. False, with one line in
 * error, when it is not or can't be noted; *is_repeated tells which. */
bool state_note_challenge(const struct state *state, const uint8_t *challenge, size_t len,
                          bool *is_repeated, char *error, size_t error_size);

/* Gives the lock back. */
void state_close(struct state *state);

#endif
