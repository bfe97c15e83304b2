/* SPDX-License-Identifier: MIT */
/* challenges.h: fresh challenges from the system's generator, many a call. */
#ifndef CHALLENGES_H
#define CHALLENGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed means empty. */
struct challenges {
    uint8_t bytes[4096];
    size_t left; /* the last ones in bytes are not used yet */
};

/* Writes len bytes (at most 4096) to out that nobody was given before, and forgets them.
 * False, with errno set, when the system gives no randomness: then there is no challenge.
 */
bool challenges_draw(struct challenges *challenges, uint8_t *out, size_t len);

/* Wipes what is left. */
void challenges_wipe(struct challenges *challenges);

#endif
