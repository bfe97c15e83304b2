/* SPDX-License-Identifier: MIT */
/* events.h: what a descriptor in the epoll set is for. */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Must stay where it is while its descriptor is watched. An event may be left over from a
 * descriptor that was here before in the same round, so ready() takes it as a hint and
 * asks the descriptor itself, which never blocks. */
struct source {
    void (*ready)(struct source *source, uint32_t events);
};

/* events are EPOLLIN and the like; false with errno set. Closing the descriptor ends it.
 */
static inline bool source_watch(struct source *source, int epoll, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};

    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Watches a descriptor that is watched already for other events. */
static inline bool source_change(struct source *source, int epoll, int fd,
                                 uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};

    return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0;
}

static inline void source_unwatch(int epoll, int fd)
{
    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &(struct epoll_event){.events = 0});
}

#endif
