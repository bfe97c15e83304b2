/* SPDX-License-Identifier: MIT */
/* key_store.h: the store of a device that `serve` is: opened and filled at the start,
 * asked for challenges while it runs (store_change.h has the changes). */
#ifndef KEY_STORE_H
#define KEY_STORE_H

#include "challenges.h"
#include "device_file.h"
#include "file_error.h"
#include "ring.h"
#include "store_file.h"

struct conversation;

struct key_store {
    struct store_file file;
    csign_store store;
    struct ring devices; /* each struct served that has its keys, by its `kept` */
    struct conversation *changing; /* whose key change is being stored, or NULL */
    bool has_dropped; /* since the loop last closed connections of dropped keys */
    bool is_filled;   /* by this run */
};

/* Before anything else; the struct must not move then. */
void key_store_init(struct key_store *keys);

bool key_store_is_open(const struct key_store *keys);

/* Opens the store that the device file names. False, with one line in error: damaged, no
 * store, in use, open to others. */
bool key_store_open(struct key_store *keys, const struct device_file *file,
                    const struct file_error *error);

/* Whether it has no content yet, or was never filled to the end. */
bool key_store_is_empty(const struct key_store *keys);

uint8_t key_store_slots(const struct key_store *keys);

/* Gives an empty store its content: id, a new secret, and file->key_count keys, not more
 * than it has slots, with the rights of [keys]. */
bool key_store_fill(struct key_store *keys, const struct device_file *file,
                    const uint8_t (*bytes)[CSIGN_NEW_KEY_LEN],
                    const struct file_error *error);

/* Whether its id and its commands are the device file's. */
bool key_store_is_owned(const struct key_store *keys, const struct device_file *file,
                        const struct file_error *error);

/* Takes the counter of a store that is this device's. */
bool key_store_start(struct key_store *keys, const struct device_file *file,
                     const struct file_error *error);

/* Does all that is left of the job under way. */
csign_step key_store_finish(struct key_store *keys);

/* Writes a challenge of len bytes to out. secret: csign_store_secret(). False: there is
 * none, or no randomness. No key change may be under way when the counter is over, which
 * key_store_is_counting() tells. */
bool key_store_challenge(struct key_store *keys, const csign_hasher *hasher,
                         const void *secret, struct challenges *random, uint8_t *out,
                         uint8_t len);
bool key_store_is_counting(const struct key_store *keys);

void key_store_close(struct key_store *keys);

#endif
