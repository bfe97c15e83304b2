/* SPDX-License-Identifier: MIT */
#include "timers.h"

#include <stdlib.h>
#include <time.h>

/* Nobody sets this clock, and the machine's sleep counts: a request from before it may not
 * run after the client has been told that it no longer can (protocol.md, section 7.2). */
int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool timers_init(struct timers *timers, size_t room)
{
    timers->heap = calloc(room + 1, sizeof *timers->heap);
    timers->count = 0;
    timers->room = room;
    return timers->heap != NULL;
}

void timers_free(struct timers *timers)
{
    free(timers->heap);
    timers->heap = NULL;
}

static void put(struct timers *timers, size_t place, struct timer *timer)
{
    timers->heap[place] = timer;
    timer->place = place;
}

/* Places count from 1, so the parent of one is at half of it. */
static void rise(struct timers *timers, size_t place, struct timer *timer)
{
    while (place > 1 && timers->heap[place / 2]->at > timer->at) {
        put(timers, place, timers->heap[place / 2]);
        place /= 2;
    }
    put(timers, place, timer);
}

static void sink(struct timers *timers, size_t place, struct timer *timer)
{
    for (;;) {
        size_t child = place * 2;

        if (child < timers->count &&
            timers->heap[child + 1]->at < timers->heap[child]->at)
            child++;
        if (child > timers->count || timers->heap[child]->at >= timer->at)
            break;
        put(timers, place, timers->heap[child]);
        place = child;
    }
    put(timers, place, timer);
}

void timer_set(struct timers *timers, struct timer *timer, int64_t at)
{
    bool is_later = at > timer->at;

    if (timer->place != 0 && at == timer->at)
        return;
    timer->at = at;
    if (timer->place == 0) {
        if (timers->count == timers->room)
            abort();
        rise(timers, ++timers->count, timer);
    } else if (is_later) {
        sink(timers, timer->place, timer);
    } else {
        rise(timers, timer->place, timer);
    }
}

void timer_clear(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    struct timer *last;

    if (place == 0)
        return;
    timer->place = 0;
    last = timers->heap[timers->count--];
    if (last == timer)
        return;
    if (last->at > timer->at)
        sink(timers, place, last);
    else
        rise(timers, place, last);
}

int64_t timers_next(const struct timers *timers)
{
    return timers->count == 0 ? INT64_MAX : timers->heap[1]->at;
}

void timers_ring(struct timers *timers, int64_t now)
{
    while (timers_next(timers) <= now) {
        struct timer *timer = timers->heap[1];

        timer_clear(timers, timer);
        timer->ring(timer);
    }
}
