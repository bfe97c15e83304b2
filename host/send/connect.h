/* SPDX-License-Identifier: MIT */
/* connect.h: reaching a device in limited time. */
#ifndef CONNECT_H
#define CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

/* Connects to the address, or opens the serial line, within timeout_ms. Where a name has
 * several addresses they are tried in order, each while the ones before it still may
 * answer; the first that does is it. The descriptor is the caller's, non-blocking and
 * close-on-exec; -1 with one line in error when nothing answers, and errno telling why:
 * ETIMEDOUT, 0 where the name leads nowhere, else the system's of the first that failed.
 */
int connect_device(const struct address *address, uint32_t timeout_ms, char *error,
                   size_t error_size);

/* Whether this errno of a read or write of such a descriptor passes by itself. */
bool connect_is_passing(int failure);

#endif
