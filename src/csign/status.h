/* SPDX-License-Identifier: MIT */
/* status.h: why a call was refused or a conversation ended. */
#ifndef CSIGN_STATUS_H
#define CSIGN_STATUS_H

#include "port.h"

/* Append, never renumber: logs and bindings keep these.
 * 1 to 15: a call on this side was wrong. 16 to 63: a configuration on this side is wrong.
 * From 64 on: what the peer did. Fits a uint8_t. */
typedef enum {
    CSIGN_OK = 0,

    CSIGN_E_ORDER = 1,      /* a call that was not wanted in this state */
    CSIGN_E_LENGTH = 2,     /* more or fewer bytes than the configuration allows */
    CSIGN_E_SLOT = 3,       /* no such key slot */
    CSIGN_E_SLOT_TAKEN = 4, /* the key slot holds a key already */
    CSIGN_E_SLOT_EMPTY = 5, /* the key slot holds no key */
    CSIGN_E_KEY_SHORT = 6,  /* fewer bytes than the profile allows */
    CSIGN_E_KEY_KNOWN = 7,  /* another slot holds an equal key */
    CSIGN_E_LAST_ADMIN = 8, /* nobody could change keys any more */
    CSIGN_E_BUSY = 9,       /* another key change is under way */
    CSIGN_E_EVICTED = 10,   /* the caller closed to make room */
    CSIGN_E_STOPPED = 11,   /* the caller closed because it stops */
    CSIGN_E_SLOW = 12,      /* the caller took longer than the peer waits */
    CSIGN_E_SEND = 13,      /* the caller could not send or receive */

    CSIGN_E_MEMORY = 16,          /* a pointer that must be set is null */
    CSIGN_E_HASH = 17,            /* this hash is not for this profile */
    CSIGN_E_WAKE = 18,            /* wake length out of range */
    CSIGN_E_CHALLENGE = 19,       /* challenge length out of range */
    CSIGN_E_TAG_LENGTH = 20,      /* tag length out of range */
    CSIGN_E_ID = 21,              /* id longer than 64 bytes */
    CSIGN_E_REQUEST_MAX = 22,     /* no room for a request, or for a key where F1 is offered */
    CSIGN_E_REPLY_MAX = 23,       /* no room for a reply, or for `last` */
    CSIGN_E_DEADLINE = 24,        /* zero */
    CSIGN_E_LINK_WAKE = 25,       /* a link without connections needs a wake */
    CSIGN_E_NO_COMMAND = 26,      /* the command table is empty */
    CSIGN_E_CODE_LENGTH = 27,     /* sealed: 1; classic: 1 to 16 */
    CSIGN_E_CODE_TWICE = 28,      /* two commands have one code */
    CSIGN_E_CODE_RESERVED = 29,   /* sealed keeps F0 to FF for itself */
    CSIGN_E_ANSWER_LENGTH = 30,   /* 1 to 16 */
    CSIGN_E_ANSWER_TWICE = 31,    /* two answers have one code */
    CSIGN_E_ANSWER_OVERLAPS = 32, /* an answer equals a code: it could be reflected */
    CSIGN_E_SLOT_COUNT = 33,      /* 1 to 254 key slots */

    CSIGN_P_CLOSED = 64,    /* ended between two messages */
    CSIGN_P_CUT = 65,       /* ended inside a message, or before the one that was due */
    CSIGN_P_LATE = 66,      /* missed the deadline of a message */
    CSIGN_P_IDLE = 67,      /* sent no further request for 30 s */
    CSIGN_P_SILENT = 68,    /* link without connections: 500 ms without a byte */
    CSIGN_P_STUCK = 69,     /* did not take what was sent to it */
    CSIGN_P_TAG = 70,       /* a tag that matches nothing */
    CSIGN_P_EMPTY = 71,     /* a message that says it has no bytes */
    CSIGN_P_TOO_LONG = 72,  /* a message longer than the limit */
    CSIGN_P_REFLECTED = 73, /* the client's own request came back */
    CSIGN_P_REPEATED = 74,  /* a challenge that was given before */
    CSIGN_P_DROPPED = 75,   /* its key was dropped */
    CSIGN_P_TALKS = 76      /* bytes from a device that does not answer */
} CSIGN_NARROW csign_status;

#endif
