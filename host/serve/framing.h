/* SPDX-License-Identifier: MIT */
/* framing.h: how long the message is that a device awaits (docs/protocol.md, sections 3
 * and 4), so that a read can stop at its end: what a peer sends too early stays in the
 * kernel until the device asks for it. */
#ifndef FRAMING_H
#define FRAMING_H

#include <stddef.h>
#include <stdint.h>

#include "Countersign.h"

#define FRAMING_MAX (1 + 255 + 32) /* bytes of the longest message, a sealed request */

struct framing {
    uint16_t need; /* bytes that certainly belong to the message */
    uint16_t have; /* that have come of it */
    bool is_request;
};

/* The connection begins: its wake is awaited, or where that is empty a request. */
void framing_begin(struct framing *framing, const csign_settings *settings,
                   bool is_sealed);

/* How many bytes may be read without reading over the end of the message; at least 1. */
size_t framing_room(const struct framing *framing);

/* So many have come. After a whole message a request is awaited. */
void framing_take(struct framing *framing, const csign_settings *settings, bool is_sealed,
                  const uint8_t *bytes, size_t len);

#endif
