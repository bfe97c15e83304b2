/* SPDX-License-Identifier: MIT */
/* parts.h: a part of the library at work on secrets. To memcheck a secret is memory that
 * was never written: it follows every bit that is computed from it, and reports a branch
 * or an address that depends on one. */
#ifndef PARTS_H
#define PARTS_H

#include "Countersign.h"

struct part {
    const char *name;
    void (*run)(const csign_hash *hash);
    const csign_hash *hash; /* or null where there is none */
};

#define WITH_HASH(title, run, name)                                                      \
    {                                                                                    \
        title ", " #name, run, &csign_##name                                             \
    }
#define WITH_BOTH_SEALED(title, run)                                                     \
    WITH_HASH(title, run, sha256), WITH_HASH(title, run, blake2s)
#define WITH_EACH_HASH(title, run)                                                       \
    WITH_BOTH_SEALED(title, run), WITH_HASH(title, run, sha1),                           \
        WITH_HASH(title, run, sha512)

/* Each list ends with an empty part. */
extern const struct part primitive_parts[], sealed_parts[], classic_parts[], leaks[];

void hide(const void *bytes, size_t len);
void reveal(const void *bytes, size_t len);
bool has_secret(const void *bytes, size_t len); /* any bit of it */

/* A part that does not do its work, or whose secrets got lost on the way, shows nothing.
 */
#define MUST(condition) must((condition), #condition, __FILE__, __LINE__)
void must(bool holds, const char *what, const char *file, int line);

#endif
