/* SPDX-License-Identifier: MIT */
/* wire.h: plain bytes to and from a device, to see what it does with them. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

struct wire {
    int fd;
    bool is_closed;     /* by the device */
    uint8_t bytes[512]; /* that came; more are counted in len and not kept */
    size_t len;
    uint64_t woken_at;  /* when the wake was sent, ms */
    uint64_t heard_at;  /* when the first of them came, ms */
    uint64_t closed_at; /* when the close came, ms */
};

/* Connects, or opens the line. A device with one place refuses for the moment between two
 * connections, so that a refusal is tried again for as long as patience_ms. The
 * descriptor is the caller's; -1 as connect_device() has it. */
int wire_connect(const struct address *address, uint32_t timeout_ms, uint32_t patience_ms,
                 char *error, size_t error_size);

/* The same; then waits for a line's boot and keeps the silence before a wake. False where
 * that has -1. wire_close() in either case. */
bool wire_open(struct wire *w, const struct address *address, uint32_t timeout_ms,
               uint32_t patience_ms, char *error, size_t error_size);

/* Sends; an error shows as a close. */
void wire_send(struct wire *w, const uint8_t *bytes, size_t len);

/* len random bytes, at most 512. */
void wire_send_random(struct wire *w, size_t len);

/* Listens until the device closes, or no byte came for wait_ms; once one came, for
 * quiet_ms; no longer once there are enough bytes. */
void wire_listen(struct wire *w, size_t enough, uint32_t wait_ms, uint32_t quiet_ms);

#define WIRE_AGAIN_MS 2000 /* patience with a device that makes its place free */

#define WIRE_ALL SIZE_MAX /* bytes, that is until it is quiet */

/* Forgets what came. */
void wire_clear(struct wire *w);

void wire_close(struct wire *w);

#endif
