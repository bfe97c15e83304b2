/* SPDX-License-Identifier: MIT */
/* conversation.h: one conversation with a peer: does what the library's machine wants,
 * has commands run, writes the log. How bytes move is its transport's business: a
 * socket's (socket_link.c) or a serial line's (serial_device.c). */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "Countersign.h"
#include "peer.h"
#include "ring.h"
#include "runner.h"
#include "served.h"
#include "timers.h"

struct serve;
struct conversation;

struct transport {
    /* Offers the machine what came, or its end. False: nothing is there now. */
    bool (*receive)(struct conversation *c);
    /* Sends what the machine has out. False: no more of it can leave now. */
    bool (*send)(struct conversation *c);
    /* The machine has moved on and waits: for keeping an order of connections. */
    void (*settled)(struct conversation *c);
    /* The machine wants to hang up. The conversation is not touched after this call. */
    void (*hang_up)(struct conversation *c);
    void (*name_peer)(const struct conversation *c, char text[PEER_TEXT_MAX]);
};

struct conversation {
    const struct transport *transport;
    struct serve *serve;
    struct served *served;
    csign_server server;
    struct run_client handler;
    struct timer timer; /* the machine's next limit, or the end of the wait for a turn */
    struct ring again;  /* in serve->again, when there is more to do at once */
    int64_t latest;     /* when the protocol says that a command may not begin any more */
    int64_t began;      /* when the command under way was accepted */
    size_t row;         /* that command */
    uint8_t slot;       /* its key */
    char key[NAME_MAX_LEN + 1]; /* what that was called then: its slot may get another */
    bool is_accepted;           /* it has not ended */
    bool asks_key_change;       /* by F1 or F2, not answered yet */
    uint8_t told; /* the reason for an end that was logged last: a link has many */
};

/* Once for the place of a conversation; ring() is called when its time is over. */
void conversation_init(struct conversation *c, struct serve *serve,
                       const struct transport *transport,
                       void (*ring)(struct timer *timer));

/* Begins one with the device as it is served now, in SERVED_CONNECTION_BYTES of memory.
 */
void conversation_open(struct conversation *c, uint8_t *memory);

/* Does what is due, a bounded part of it: the rest when the loop comes round again. */
void conversation_go_on(struct conversation *c);

/* The same when the loop comes round. */
void conversation_again(struct conversation *c);

/* The time that was set is over. */
void conversation_tick(struct conversation *c);

/* Whether a command or a key change was accepted and has not ended: such a conversation
 * is never ended by us. */
bool conversation_runs(const struct conversation *c);

/* The service stops: finishes what runs and its reply, and ends anything else. */
void conversation_stop(struct conversation *c);

/* Another device has taken this one's place: an exchange under way is finished. */
void conversation_retire(struct conversation *c);

/* Ends it for a reason of ours, with a line in the log. */
void conversation_end(struct conversation *c, csign_status reason);

/* The same when its peer is gone for good, whatever is under way. */
void conversation_cut(struct conversation *c, csign_status reason);

/* Ends it if its key was dropped. */
void conversation_check_key(struct conversation *c);

/* Keeps which key the request came under. */
void conversation_note_key(struct conversation *c);

/* Lets go of what it holds; it must have ended and nothing of it may run. */
void conversation_close(struct conversation *c);

#endif
