/* SPDX-License-Identifier: MIT */
/* exchange_log.h: what the log says of conversations. */
#ifndef EXCHANGE_LOG_H
#define EXCHANGE_LOG_H

#include "conversation.h"

/* What became of a command. status: sealed; answer: classic, its row or CSIGN_NO_ROW.
 * result: NULL for a command that has no program. */
struct exchange {
    uint8_t status;
    size_t answer;
    size_t data_len;
    const struct run_result *result;
};

/* The command that the machine wants to have run has ended, and is answered next. */
void exchange_log(const struct conversation *c, const struct exchange *exchange);

/* A key change was stored, or not; error: why, or NULL. Nothing of the key is logged. */
void exchange_log_change(const struct conversation *c, const csign_change *change,
                         bool is_stored, const char *error);

/* The library answered a request by itself: last, no such command, not allowed, a key
 * change that can't be. */
void exchange_log_own(const struct conversation *c);

/* The conversation ended for this reason, unless it is the usual end. */
void exchange_log_end(const struct conversation *c, csign_status reason);

#endif
