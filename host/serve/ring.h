/* SPDX-License-Identifier: MIT */
/* ring.h: doubly linked lists through their members. A ring is a head or a member; alone
 * it points to itself. */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring {
    struct ring *previous, *next;
};

/* The object that a member lies in. */
#define OBJECT_OF(member_address, type, member)                                          \
    ((type *)(void *)((char *)(member_address)-offsetof(type, member)))

static inline void ring_init(struct ring *ring)
{
    ring->previous = ring;
    ring->next = ring;
}

static inline bool ring_is_alone(const struct ring *ring)
{
    return ring->next == ring;
}

/* Takes a member out of whatever ring it is in. */
static inline void ring_leave(struct ring *member)
{
    member->previous->next = member->next;
    member->next->previous = member->previous;
    ring_init(member);
}

/* Makes it the last of head's members, taken out of another ring first. */
static inline void ring_join(struct ring *head, struct ring *member)
{
    ring_leave(member);
    member->previous = head->previous;
    member->next = head;
    head->previous->next = member;
    head->previous = member;
}

/* The first member, or NULL. */
static inline struct ring *ring_first(const struct ring *head)
{
    return ring_is_alone(head) ? NULL : head->next;
}

#endif
