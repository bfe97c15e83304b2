/* SPDX-License-Identifier: MIT */
/* timers.h: what happens at a time: a heap, so that setting one among 10 000 costs
 * little. */
#ifndef TIMERS_H
#define TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed but for ring: not set. It must not move while it is set. */
struct timer {
    void (*ring)(struct timer *timer);
    int64_t at;   /* ms of clock_ms() */
    size_t place; /* in the heap, from 1; 0: not set */
};

struct timers {
    struct timer **heap;
    size_t count, room;
};

/* Milliseconds since some moment in the past; never goes back. */
int64_t clock_ms(void);

/* Room for so many timers set at once; false without memory. */
bool timers_init(struct timers *timers, size_t room);
void timers_free(struct timers *timers);

/* Sets a timer, or sets it anew; there must be room. */
void timer_set(struct timers *timers, struct timer *timer, int64_t at);
void timer_clear(struct timers *timers, struct timer *timer);

/* When the first one is due, INT64_MAX when none is set. */
int64_t timers_next(const struct timers *timers);

/* Clears and rings those that are due at now. */
void timers_ring(struct timers *timers, int64_t now);

#endif
