/* SPDX-License-Identifier: MIT */
#include "key_store.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define SLOTS      16 /* for keys */
#define FREE_SLOTS 4  /* beside those of [keys], at least */
#define TABLE_ROWS 31 /* that have a right of their own */

void key_store_init(struct key_store *keys)
{
    memset(keys, 0, sizeof *keys);
    keys->file.fd = -1;
    ring_init(&keys->devices);
}

bool key_store_is_open(const struct key_store *keys)
{
    return keys->file.fd >= 0;
}

static uint8_t slots_for(size_t key_count)
{
    size_t slots = key_count + FREE_SLOTS;

    if (slots < SLOTS)
        slots = SLOTS;
    return (uint8_t)(slots < CSIGN_STORE_KEY_SLOTS_MAX ? slots
                                                       : CSIGN_STORE_KEY_SLOTS_MAX);
}

bool key_store_open(struct key_store *keys, const struct device_file *file,
                    const struct file_error *error)
{
    char reason[5000];
    csign_store_state state;

    if (!store_file_open(&keys->file, file->store, slots_for(file->key_count), reason,
                         sizeof reason)) {
        store_file_close(&keys->file);
        return file_error_set(error, file->store_line, "%s", reason);
    }
    state = csign_store_open(&keys->store, &keys->file.memory);
    if (state == CSIGN_STORE_READY || key_store_is_empty(keys))
        return true;
    return file_error_set(
        error, file->store_line,
        "store %s: %s; restore it, or remove it to begin with [keys] "
        "again",
        file->store, state == CSIGN_STORE_DAMAGED ? "it is damaged" : "it is no store");
}

bool key_store_is_empty(const struct key_store *keys)
{
    csign_store_state state = csign_store_now(&keys->store);

    return state == CSIGN_STORE_ERASED || state == CSIGN_STORE_BEGUN;
}

uint8_t key_store_slots(const struct key_store *keys)
{
    return keys->file.memory.key_slots;
}

csign_step key_store_finish(struct key_store *keys)
{
    csign_step step;

    do {
        step = csign_store_step(&keys->store);
    } while (step == CSIGN_STEP_MORE);
    return step;
}

static bool is_done(struct key_store *keys, csign_status begun)
{
    return begun == CSIGN_OK && key_store_finish(keys) == CSIGN_STEP_DONE;
}

/* Rights belong to rows, so the store remembers which codes its rows had: their number
 * and 7 bytes of a hash. */
static void describe_table(const struct device_file *file, uint8_t rows,
                           uint8_t setup[CSIGN_STORE_SETUP_LEN])
{
    csign_table table = name_table_codes(&file->commands);
    csign_sha256_work work;
    csign_hasher hasher = {&csign_sha256, &work.head};
    uint8_t digest[CSIGN_DIGEST_MAX];

    csign_hash_begin(&hasher);
    csign_hash_add(&hasher, &table.len, 1);
    csign_hash_add(&hasher, table.codes, (size_t)rows * table.len);
    csign_hash_end(&hasher, digest);
    setup[0] = rows;
    memcpy(setup + 1, digest, CSIGN_STORE_SETUP_LEN - 1);
}

static uint8_t rows_of(const struct device_file *file)
{
    size_t count = file->commands.count;

    return (uint8_t)(count < TABLE_ROWS ? count : TABLE_ROWS);
}

static csign_store_identity identity_of(const struct device_file *file)
{
    csign_store_identity identity;

    memset(&identity, 0, sizeof identity);
    describe_table(file, rows_of(file), identity.setup);
    identity.id_len = (uint8_t)strlen(file->id);
    memcpy(identity.id, file->id, identity.id_len);
    return identity;
}

static bool draw_secret(uint8_t secret[CSIGN_SOURCE_SECRET_LEN])
{
    ssize_t got;

    do {
        got = getrandom(secret, CSIGN_SOURCE_SECRET_LEN, 0);
    } while (got < 0 && errno == EINTR);
    return got == CSIGN_SOURCE_SECRET_LEN;
}

/* The order in which these bytes get to the disk does not matter: until the commitment
 * whoever opens the store finds it begun. */
static bool put_all(struct key_store *keys, const struct device_file *file,
                    const uint8_t (*bytes)[CSIGN_NEW_KEY_LEN],
                    const uint8_t secret[CSIGN_SOURCE_SECRET_LEN])
{
    csign_store_identity identity = identity_of(file);
    bool is_good;

    keys->file.is_lazy = true;
    is_good = is_done(keys, csign_store_put_identity(&keys->store, &identity)) &&
              is_done(keys, csign_store_put_secret(&keys->store, secret));
    for (size_t i = 0; is_good && i < file->key_count; i++)
        is_good = is_done(keys, csign_store_put_key(&keys->store, (uint8_t)i,
                                                    file->keys[i].rights, bytes[i]));
    keys->file.is_lazy = false;
    return is_good && store_file_sync(&keys->file);
}

bool key_store_fill(struct key_store *keys, const struct device_file *file,
                    const uint8_t (*bytes)[CSIGN_NEW_KEY_LEN],
                    const struct file_error *error)
{
    uint8_t secret[CSIGN_SOURCE_SECRET_LEN];
    bool is_good;

    keys->file.failure = 0;
    errno = EIO;
    is_good = draw_secret(secret) && is_done(keys, csign_store_begin(&keys->store)) &&
              put_all(keys, file, bytes, secret) &&
              is_done(keys, csign_store_commit(&keys->store));
    csign_wipe(secret, sizeof secret);
    keys->is_filled = is_good;
    if (is_good)
        return true;
    if (keys->file.failure != 0)
        errno = keys->file.failure;
    file_error_set(error, file->store_line, "store %s: %s; make room for it", file->store,
                   strerror(errno));
    store_file_empty(&keys->file);
    return false;
}

bool key_store_is_owned(const struct key_store *keys, const struct device_file *file,
                        const struct file_error *error)
{
    csign_store_identity stored, ours = identity_of(file);

    if (csign_store_identify(&keys->store, &stored) != CSIGN_OK ||
        stored.id_len != ours.id_len || memcmp(stored.id, ours.id, ours.id_len) != 0)
        return file_error_set(error, file->store_line,
                              "store %s: it belongs to a device of another id; give each "
                              "device its own, or write that id",
                              file->store);
    if (stored.setup[0] < ours.setup[0])
        describe_table(file, stored.setup[0], ours.setup);
    return memcmp(stored.setup, ours.setup, sizeof ours.setup) == 0 ||
           file_error_set(error, file->store_line,
                          "store %s: its rights belong to %u commands that [commands] "
                          "does not begin with; put those back in their order, and new "
                          "ones behind them",
                          file->store, (unsigned)stored.setup[0]);
}

bool key_store_start(struct key_store *keys, const struct device_file *file,
                     const struct file_error *error)
{
    if (!key_store_is_owned(keys, file, error))
        return false;
    keys->file.failure = 0;
    if (is_done(keys, csign_store_start(&keys->store)))
        return true;
    return file_error_set(error, file->store_line, "store %s: %s", file->store,
                          keys->file.failure != 0
                              ? "it can't be written; make room for it"
                              : "its counter is broken or used up; remove it to begin "
                                "with [keys] again");
}

bool key_store_is_counting(const struct key_store *keys)
{
    return csign_store_now(&keys->store) == CSIGN_STORE_SERVING;
}

bool key_store_challenge(struct key_store *keys, const csign_hasher *hasher,
                         const void *secret, struct challenges *random, uint8_t *out,
                         uint8_t len)
{
    uint8_t entropy[CSIGN_SOURCE_ENTROPY_MAX];
    csign_status status;

    if (!challenges_draw(random, entropy, sizeof entropy))
        return false;
    if (!key_store_is_counting(keys) && !is_done(keys, csign_store_start(&keys->store)))
        return false;
    status = csign_store_challenge(&keys->store, hasher, secret, entropy, sizeof entropy,
                                   out, len);
    csign_wipe(entropy, sizeof entropy);
    return status == CSIGN_OK;
}

void key_store_close(struct key_store *keys)
{
    store_file_close(&keys->file);
    csign_wipe(&keys->store, sizeof keys->store);
}
