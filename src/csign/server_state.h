/* SPDX-License-Identifier: MIT */
/* server_state.h: private to the library: what server.c and the profiles share of a
 * connection. */
#ifndef CSIGN_SERVER_STATE_H
#define CSIGN_SERVER_STATE_H

#include "key_slots.h"
#include "server.h"

enum {
    SERVER_WAKE,
    SERVER_DRAW,
    SERVER_CHALLENGE,
    SERVER_REQUEST,
    SERVER_RUN,
    SERVER_STORE,
    SERVER_REPLY,
    SERVER_DISCARD, /* links: until the line was silent */
    SERVER_CLOSED
};

enum {
    SERVER_PROVEN = 1,  /* a request was accepted */
    SERVER_CHAINED = 2, /* sealed: a reply was made, further requests are bound to it */
    SERVER_LAST_REPLY = 4, /* nothing follows the reply under way */
    SERVER_AHEAD = 8 /* sealed: the stream's first block waits where the tag will be */
};

/* Sealed memory: what the exchange is bound to (N || R, later the reply's tag); then the
 * request's whole tag, and until there is one the stream's first block; then the message.
 * Classic memory: R, then the message. */
static inline uint8_t *csign_server_tag(const csign_server *s)
{
    return s->message - CSIGN_SEALED_LEN;
}

/* Ends the exchange for a reason of the peer's and wipes what it had. */
void csign_server_refuse(csign_server *s, csign_status reason);

/* Whether the key that the connection is proven under is no longer there. */
bool csign_server_is_dropped(const csign_server *s);

/* Begins to send len bytes of the message. Like all of these at the time s->heard. */
void csign_server_send(csign_server *s, uint16_t len);

/* Sealed: replies in any state; len fits. */
void csign_server_respond(csign_server *s, uint8_t status, const uint8_t *data,
                          uint8_t len);

/* Sealed: keeps the request's tag for `last`, before anything is done that could be cut.
 */
void csign_server_note_last(csign_server *s);

#endif
