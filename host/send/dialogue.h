/* SPDX-License-Identifier: MIT */
/* dialogue.h: moves the bytes between a descriptor and the library's client. */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Countersign.h"

#define DIALOGUE_BUFFER 512 /* bytes */

struct dialogue {
    csign_client client;
    int fd;
    uint8_t bytes[DIALOGUE_BUFFER]; /* received; [at, len) not yet taken */
    size_t at, len;
    char trouble[256]; /* what failed on this side, or empty */
};

/* Starts on a connected, non-blocking descriptor, or on a serial line whose boot_ms it
 * waits out first, discarding what comes. The descriptor stays the caller's; config and
 * memory as for csign_client_open(). */
void dialogue_start(struct dialogue *d, int fd, unsigned boot_ms,
                    const csign_client_config *config, uint8_t *memory);

/* Moves bytes until the client wants a request (true) or it is over (false):
 * csign_client_outcome() tells of the last request. */
bool dialogue_advance(struct dialogue *d);

/* Why it is over, as one clause. */
const char *dialogue_reason(const struct dialogue *d);

/* Wipes what the dialogue held. */
void dialogue_end(struct dialogue *d);

#endif
