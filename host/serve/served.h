/* SPDX-License-Identifier: MIT */
/* served.h: a device as a device file describes it, ready for connections. A reload makes
 * a new one; the old one lives until its last connection has ended. */
#ifndef SERVED_H
#define SERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Countersign.h"
#include "device_file.h"
#include "device_values.h"
#include "key_store.h"

/* Enough memory for a connection under any settings, so that a reload never needs more.
 */
#define SERVED_CONNECTION_BYTES                                                          \
    CSIGN_LARGER(CSIGN_SEALED_SERVER_BYTES(CSIGN_CHALLENGE_MAX, CSIGN_CHALLENGE_MAX,     \
                                           CSIGN_SEALED_LEN, UINT8_MAX, UINT8_MAX),      \
                 CSIGN_CLASSIC_SERVER_BYTES(CSIGN_CHALLENGE_MAX, CSIGN_DIGEST_MAX))

#define SERVED_MARK_BYTES 32

/* Where it is served. */
enum served_where {
    SERVED_AS_FILED, /* at the file's address */
    SERVED_ON_SOCKETS,
    SERVED_ON_LINK /* without connections */
};

struct served {
    struct device_file file;
    csign_hash hash;              /* the file's, as this machine computes it */
    csign_server_profile classic; /* with this machine's search */
    csign_any_work work;
    csign_settings settings;
    csign_device device; /* points into this struct: it can't be copied */
    csign_slot *slots;
    csign_any_keyed *keyed;
    uint8_t (*marks)[SERVED_MARK_BYTES]; /* one a key of the file: equal keys have equal
                                            ones */
    char (*names)[NAME_MAX_LEN + 1];     /* one a slot: of the key in it, for logs */
    struct key_store *store; /* that the slots are filled from, or NULL: from the file */
    struct ring kept;        /* in store->devices */
    csign_any_keyed secret;  /* of the store, for challenges */
    char **environment;      /* a handler's, but for our three variables */
    size_t done, failed;     /* rows of [answers], or CSIGN_NO_ROW */
    size_t users;            /* its connections, and who made it */
};

/* Reads the file and its keys, or, where it names a store, those in the store, which is
 * opened and filled first unless it is open; no change of it may be under way. before:
 * whose place it will take, or NULL. NULL with one line in error: file, line, what is
 * wrong, cure. The caller is its first user. */
struct served *served_load(const char *path, enum served_where where,
                           const struct served *before, struct key_store *store,
                           char *error, size_t error_size);

/* One user fewer; the last one's call wipes and frees it. */
void served_leave(struct served *served);

/* fresh takes old's place: a key that fresh does not hold with the same rights is dropped
 * from old, which ends its connections; the others take their `last` along. */
void served_replace(struct served *old, struct served *fresh);

/* How many keys it has. */
size_t served_key_count(const struct served *served);

/* A request was accepted under old's slot, after fresh took its place: it is now the last
 * one under that key there too, else fresh would deny that it ran. */
void served_pass_on_last(const struct served *old, uint8_t slot, struct served *fresh);

#endif
