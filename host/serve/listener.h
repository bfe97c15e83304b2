/* SPDX-License-Identifier: MIT */
/* listener.h: takes connections in, a few at a time, and turns away those for whom there
 * is no room. */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "events.h"
#include "timers.h"

struct serve;

struct listener {
    struct source source;
    struct timer pause;
    struct serve *serve;
    int fd;         /* -1: closed */
    int reserve;    /* given up when descriptors run out, to turn one away with */
    int accepts;    /* so many were taken in at most in that round */
    uint64_t round; /* of the loop, when it was last ready */
};

/* fd listens already and is the listener's from now on. False with errno set. */
bool listener_init(struct listener *listener, struct serve *serve, int fd);

/* Stops listening; what has not been taken in yet is turned away by the kernel. */
void listener_close(struct listener *listener);

#endif
