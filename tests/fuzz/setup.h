/* SPDX-License-Identifier: MIT */
/* setup.h: settings, tables and keys as an input wants them. */
#ifndef SETUP_H
#define SETUP_H

#include <csign/hmac.h>
#include <csign/settings.h>

#include "fuzz.h"

enum {
    SETUP_SEALED = 1,
    SETUP_HASH = 6, /* which */
    SETUP_LINK = 8,
    SETUP_ID = 0x10,
    SETUP_RAW = 0x80 /* lengths as they come, that the library's check refuses or not */
};

enum { SETUP_KEY_LEN = 32, SETUP_STRANGERS_KEY = 7 };

csign_settings setup_settings(struct choices *in, uint8_t flags, csign_any_work *work);

/* 0 to 3 rows. Codes; or answers, none of which equals a code of its length. */
csign_table setup_codes(uint8_t sizes, bool is_sealed);
csign_table setup_answers(uint8_t sizes, bool is_sealed);

/* Keys that differ, SETUP_KEY_LEN bytes each. */
void setup_key(uint8_t which, uint8_t *key);

#endif
