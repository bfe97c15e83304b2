/* SPDX-License-Identifier: MIT */
/* connections.h: the sockets of a device, all allocated at the start, and who has to go
 * when there are too many. */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conversation.h"
#include "events.h"
#include "framing.h"
#include "peer.h"
#include "ring.h"

#define STRANGER_MS                                                                      \
    250 /* a connection that has proven nothing is left in peace so long */

struct connection {
    struct source source;
    struct conversation conversation;
    struct ring place;  /* in one of the orders below, or among the free */
    struct ring *order; /* which */
    uint8_t *memory;    /* SERVED_CONNECTION_BYTES */
    int64_t opened;
    struct peer peer;
    uint32_t drained;       /* bytes thrown away after the last reply */
    int fd;                 /* -1: free */
    struct framing framing; /* of what the peer says */
    uint8_t early;          /* a byte of the message after the one awaited */
    bool has_early;
    bool awaits_room;  /* it is watched for that */
    bool is_readable;  /* there may be something to read */
    bool is_hung_up;   /* an end may be among it */
    bool is_ended;     /* the peer has nothing more to say */
    bool is_lingering; /* all is said; waits for the peer to hang up */
    bool has_moved;    /* bytes have passed since it was put in order */
};

struct connections {
    struct serve *serve;
    struct connection *all;
    uint8_t *memory;
    size_t room, count;
    size_t used; /* so many of all were used so far; the others are free too */
    struct ring free;
    /* Each of the others is in one, the one that has waited longest first. */
    struct ring strangers; /* has proven nothing */
    struct ring proven;    /* idle, or its reply is under way */
    struct ring running;   /* a command of it runs */
    struct ring lingering; /* all is said */
    struct ring mark;      /* of a walk through one of them */
};

/* room connections; false without memory. */
bool connections_init(struct connections *connections, struct serve *serve, size_t room);
void connections_free(struct connections *connections);

/* Takes an accepted socket that does not block. There must be a free place. False: it
 * can't be watched, and is still the caller's. */
bool connections_add(struct connections *connections, int fd,
                     const struct sockaddr_storage *address);

/* Closes the one that has to go first for a new one. False: nobody has to. */
bool connections_make_room(struct connections *connections);

/* Puts it in order after something happened to it. */
void connections_place(struct connections *connections, struct connection *connection);

/* Its socket is closed and its place free. */
void connections_remove(struct connections *connections, struct connection *connection);

/* Calls do_it for each that has a conversation. It may remove the one it is called for.
 */
void connections_each(struct connections *connections,
                      void (*do_it)(struct conversation *c));

#endif
