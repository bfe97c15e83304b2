/* SPDX-License-Identifier: MIT */
/* status_text.h: the library's numbers in words. */
#ifndef STATUS_TEXT_H
#define STATUS_TEXT_H

#include <stdint.h>

#include "Countersign.h"

/* A stable word for logs, such as "wrong-tag"; never NULL. */
const char *status_word(csign_status status);

/* One clause for people, such as "the tag matches no key". */
const char *status_sentence(csign_status status);

/* The name of a sealed reply's status, such as "done", "not-allowed"; NULL for a
 * number that the protocol does not name: the application's own from 80 on, and unknown ones. */
const char *reply_status_word(uint8_t status);

/* The word of the C program, the Node package and the documents: "done", "failed", "sent",
 * "not-sent", "unknown". */
const char *outcome_word(csign_outcome outcome);

#endif
