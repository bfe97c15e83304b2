/* SPDX-License-Identifier: MIT */
/* client_state.h: private to the library: what client.c and the profiles share of a
 * connection. */
#ifndef CSIGN_CLIENT_STATE_H
#define CSIGN_CLIENT_STATE_H

#include "client.h"

enum {
    CLIENT_QUIET, /* links: silent, discards what comes */
    CLIENT_DRAW,
    CLIENT_WAKE,
    CLIENT_CHALLENGE,
    CLIENT_READY,
    CLIENT_REQUEST,
    CLIENT_REPLY,
    CLIENT_OVER
};

enum {
    CLIENT_ASKED = 1,  /* a request was made */
    CLIENT_CHAINED = 2 /* sealed: further requests are bound to the reply before */
};

/* Sealed memory: what the exchange is bound to (N || R, later the reply's tag), then the
 * request's whole tag, then the message. Classic memory: R, then the request, then the
 * reply; the wake lies over them all, before there are any. */
static inline uint8_t *csign_client_tag(const csign_client *c)
{
    const csign_settings *settings = c->config->settings;
    uint8_t first = (uint8_t)(settings->wake + settings->challenge);

    if (!c->config->profile->is_sealed)
        return c->memory + settings->challenge;
    return c->memory + CSIGN_LARGER(first, CSIGN_SEALED_LEN);
}

static inline uint8_t *csign_client_message(const csign_client *c)
{
    return csign_client_tag(c) + c->config->settings->hasher.hash->digest_size;
}

/* The reply is valid: the request's outcome is known, and sealed may go on. */
void csign_client_decide(csign_client *c, csign_outcome outcome, uint32_t now);

/* Ends the conversation; a request under way gets the outcome that fits. */
void csign_client_finish(csign_client *c, csign_status reason);

#endif
