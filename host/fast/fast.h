/* SPDX-License-Identifier: MIT */
/* fast.h: the quickest way of computing the library's formulas that this machine has. The
 * results are the library's own, and so is everything but SHA-256.
 *
 * Where the environment has COUNTERSIGN_PORTABLE with any value but an empty one, it is
 * portable C on every machine.
 */
#ifndef FAST_H
#define FAST_H

#include "Countersign.h"

enum fast_path {
    FAST_PORTABLE, /* C */
    FAST_SHA_NI    /* x86-64's SHA extensions */
};

enum fast_path fast_path(void);

/* As people call it. */
const char *fast_path_name(enum fast_path path);

/* The hash with this machine's compression. */
csign_hash fast_hash(const csign_hash *hash);

/* csign_classic_search() for long tables. */
csign_classic_search_fn *fast_search(void);

/* csign_classic_server with that search. */
csign_server_profile fast_classic_server(void);

#endif
