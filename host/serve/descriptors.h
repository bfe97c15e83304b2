/* SPDX-License-Identifier: MIT */
/* descriptors.h: what the system lets a device hold at once. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stddef.h>
#include <sys/resource.h>

#define HANDLERS_MAX 256 /* child processes at once */

struct descriptors {
    size_t connections;
    size_t handlers;
    struct rlimit given; /* descriptors, as this process found it: its children's */
    struct rlimit raised;
};

/* Opens /dev/null for a standard stream that is closed, so that no connection gets its
 * number; forbids children whatever else this process was born with. */
void descriptors_close_inherited(void);

/* Raises the limit of descriptors as far as `connections` need it and the system allows.
 * descriptors->connections may end up smaller, at least 1: a part of the descriptors is
 * kept for handlers. */
void descriptors_raise(struct descriptors *descriptors, size_t connections);

/* Children are given the limit that this process found: programs that use select() break
 * under a higher one. Around the start of each alone, since meanwhile this process may
 * not be able to open anything. */
void descriptors_lower_for_child(const struct descriptors *descriptors);
void descriptors_raise_again(const struct descriptors *descriptors);

#endif
