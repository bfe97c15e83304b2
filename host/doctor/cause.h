/* SPDX-License-Identifier: MIT */
/* cause.h: why a command may not work, by number. docs/troubleshooting.md has a row for
 * each. Append, never renumber: people search for these. From 100 on, beside the
 * library's numbers (csign/status.h), which end below. */
#ifndef CAUSE_H
#define CAUSE_H

enum cause {
    CAUSE_FILE = 100,     /* the device file can't be read, or is wrong */
    CAUSE_KEY = 101,      /* the key can't be had from where the file says it is */
    CAUSE_UNLISTED = 102, /* the client's key is none of [keys] */
    CAUSE_OVERLAP = 103,  /* classic: an answer has the code of a command */
    CAUSE_STATE = 110,    /* the state file can't be used */

    CAUSE_NAME = 120,       /* the host's name leads nowhere */
    CAUSE_REFUSED = 121,    /* nothing listens there */
    CAUSE_UNREACHED = 122,  /* no way there, or no answer on it */
    CAUSE_ABSENT = 123,     /* no such socket or line */
    CAUSE_PERMISSION = 124, /* this user may not use the socket or line */
    CAUSE_BUSY = 125,       /* another program has the line */
    CAUSE_NO_LINE = 126,    /* what the path names is no line, or not at this speed */

    CAUSE_HUNG_UP = 130,   /* closed before its challenge */
    CAUSE_SILENT = 131,    /* no challenge comes */
    CAUSE_STRANGER = 132,  /* what answers speaks something else */
    CAUSE_WAKE = 133,      /* another length of the wake */
    CAUSE_CHALLENGE = 134, /* another length of the challenge */
    CAUSE_PROFILE = 135,   /* sealed on one side, classic on the other */
    CAUSE_TAG = 136,       /* sealed: another length of the tag */
    CAUSE_HASH = 137,      /* another hash */
    CAUSE_PAYLOAD = 138,   /* the device takes fewer bytes */
    CAUSE_REPEATED = 139,  /* the device gives a challenge again */

    CAUSE_REFUSES = 140, /* all lengths agree: the key, the id, what shows nowhere */
    CAUSE_ID = 141,      /* the device has no id */
    CAUSE_REPLY = 142,   /* a reply that does not match: a false device, or another key */
    CAUSE_SLOW = 143,    /* the device takes longer than send waits */
    CAUSE_NO_COMMAND = 144,  /* the device has no command of that code */
    CAUSE_NOT_ALLOWED = 145, /* the key may not run it */
    CAUSE_ARGUMENTS = 146,   /* the command wants other arguments */
    CAUSE_FAILED = 147,      /* the command ran, or would have, and failed */

    CAUSE_WAITS_LONGER = 150, /* the device's deadline is longer than the file's */
    CAUSE_WAITS_LESS = 151    /* it is shorter */
};

/* A stable word for each, such as "no-challenge"; never NULL. */
const char *cause_word(enum cause cause);

#endif
