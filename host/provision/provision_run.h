/* SPDX-License-Identifier: MIT */
/* provision_run.h: the run itself: hello, begin, id, u, keys and their proofs, commit. */
#ifndef PROVISION_RUN_H
#define PROVISION_RUN_H

#include "provision_line.h"
#include "provision_plan.h"

enum provision_state {
    PROVISION_IS_BLANK = 0,
    PROVISION_IS_FOREIGN = 1,
    PROVISION_IS_BEGUN = 2,
    PROVISION_IS_DAMAGED = 3,
    PROVISION_IS_READY = 4,
    PROVISION_IS_SERVING = 5
};

struct provision_hello {
    uint8_t version, state;
    bool is_granted, is_sealed;
    uint8_t hash, digest_size; /* hash: 0 where L tells it */
    uint8_t wake, challenge, tag;
    uint8_t slots, id_max;
};

/* How a run ended. */
enum provision_end {
    PROVISION_STORED,    /* proven: the device has all of it */
    PROVISION_UNTOUCHED, /* it did not begin: nothing was changed */
    PROVISION_LOST,    /* not committed: unprovisioned, unless the begin never arrived */
    PROVISION_IN_DOUBT /* the commit was sent and no reply came */
};

/* Says hello for up to patience_ms, until the device answers, and reads the answer.
 * False: one line in error. */
bool provision_meet(struct provision_line *line, unsigned patience_ms,
                    struct provision_hello *hello, char *error, size_t error_size);

/* Whether this device can be given this plan: nothing is changed. False: one line in
 * error. may_replace: also where the store holds somebody else's data. */
bool provision_fits(const struct provision_hello *hello,
                    const struct provision_plan *plan, bool may_replace, char *error,
                    size_t error_size);

/* Gives it. Unless PROVISION_STORED, one line in error. */
enum provision_end provision_give(struct provision_line *line,
                                  const struct provision_plan *plan, char *error,
                                  size_t error_size);

#endif
