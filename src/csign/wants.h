/* SPDX-License-Identifier: MIT */
/* wants.h: what a machine asks its caller for. Waiting is a state, not an error. */
#ifndef CSIGN_WANTS_H
#define CSIGN_WANTS_H

#include "port.h"

typedef enum {
    CSIGN_WANTS_BYTES,     /* hand over what the peer sends */
    CSIGN_WANTS_CHALLENGE, /* hand over fresh challenge bytes */
    CSIGN_WANTS_SEND,      /* send what is out, then say so */
    CSIGN_WANTS_RUN,       /* device: run the command, then reply or answer */
    CSIGN_WANTS_STORE,     /* device: store the key change, then say whether it is stored */
    CSIGN_WANTS_REQUEST,   /* client: look at the challenge, then make a request */
    CSIGN_WANTS_CLOSE      /* hang up without a word */
} CSIGN_NARROW csign_wants;

#endif
