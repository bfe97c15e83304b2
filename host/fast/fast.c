/* SPDX-License-Identifier: MIT */
#include "fast.h"

#include "cpu.h"
#include "search_ni.h"
#include "search_portable.h"
#include "sha256_ni.h"

#include <stdlib.h>

enum fast_path fast_path(void)
{
    const char *portable = getenv("COUNTERSIGN_PORTABLE");
    bool is_forced = portable != NULL && *portable != '\0';

    return !is_forced && cpu_has_sha() ? FAST_SHA_NI : FAST_PORTABLE;
}

const char *fast_path_name(enum fast_path path)
{
    return path == FAST_SHA_NI ? "SHA-NI" : "portable C";
}

csign_hash fast_hash(const csign_hash *hash)
{
    csign_hash fast = *hash;

    if (fast.id == csign_sha256.id && fast_path() == FAST_SHA_NI)
        fast.compress = sha256_ni_compress;
    return fast;
}

csign_classic_search_fn *fast_search(void)
{
    return fast_path() == FAST_SHA_NI ? search_ni : search_portable;
}

csign_server_profile fast_classic_server(void)
{
    csign_server_profile profile = csign_classic_server;

    profile.search = fast_search();
    return profile;
}
