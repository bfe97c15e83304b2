/* SPDX-License-Identifier: MIT */
#include "served_keys.h"

#include "secret.h"
#include "status_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tells keys apart after they were wiped. */
static void make_mark(const uint8_t *key, size_t len, uint8_t mark[SERVED_MARK_BYTES])
{
    static const char text[] = "countersign serve: which key";
    csign_sha256_work work;
    csign_sha256_keyed keyed;
    csign_hasher hasher = {&csign_sha256, &work.head};

    csign_hmac_key(&hasher, &keyed, key, len);
    csign_hmac_begin(&hasher, &keyed);
    csign_hash_add(&hasher, text, sizeof text - 1);
    csign_hmac_end(&hasher, &keyed, mark);
    csign_hasher_wipe(&hasher);
    csign_wipe(&keyed, sizeof keyed);
}

static bool refuse_key(const struct file_error *error, const struct device_key *key,
                       csign_status status)
{
    if (status == CSIGN_E_KEY_SHORT)
        return file_error_set(error, key->line,
                              "the key %s is too short for the profile; make one with "
                              "countersign keygen",
                              key->name);
    if (status == CSIGN_E_KEY_KNOWN)
        return file_error_set(error, key->line,
                              "the key %s equals one before it; each needs its own, make "
                              "one with countersign keygen",
                              key->name);
    return file_error_set(error, key->line, "the key %s: %s", key->name,
                          status_sentence(status));
}

/* Reads a key of the file into the slot of its row. */
static bool load_key(struct served *served, uint8_t row, struct secret *secret,
                     const struct file_error *error)
{
    const struct device_key *key = &served->file.keys[row];
    char reason[1024];
    csign_status status;

    if (!secret_read(secret, key->reference, served->file.directory, reason,
                     sizeof reason))
        return file_error_set(error, key->line, "%s", reason);
    status = csign_device_set_key(&served->device, row, key->rights, secret->bytes,
                                  secret->len);
    return status == CSIGN_OK || refuse_key(error, key, status);
}

static bool make_slots(struct served *served, size_t slots,
                       const struct file_error *error)
{
    if (slots < 1 || slots > 254)
        return file_error_set(error, 0, "a device has 1 to 254 keys, not %zu", slots);
    served->device.slot_count = (uint8_t)slots;
    served->slots = calloc(slots, sizeof *served->slots);
    served->keyed = calloc(slots, sizeof *served->keyed);
    served->names = calloc(slots, sizeof *served->names);
    served->marks = calloc(served->file.key_count, sizeof *served->marks);
    if (served->slots == NULL || served->keyed == NULL || served->names == NULL ||
        served->marks == NULL)
        return file_error_no_memory(error);
    served->device.slots = served->slots;
    served->device.keyed = served->keyed;
    return true;
}

static bool take_from_file(struct served *served, const struct file_error *error)
{
    struct secret secret;
    bool is_good = make_slots(served, served->file.key_count, error);

    for (uint8_t row = 0; is_good && row < served->device.slot_count; row++) {
        is_good = load_key(served, row, &secret, error);
        make_mark(secret.bytes, secret.len, served->marks[row]);
        snprintf(served->names[row], sizeof served->names[row], "%s",
                 served->file.keys[row].name);
        secret_wipe(&secret);
    }
    return is_good;
}

/* -- with a store -- */

/* A key as a slot of the store holds it: a shorter one is padded, as HMAC does to it. */
static bool fit(const struct secret *secret, uint8_t key[CSIGN_NEW_KEY_LEN])
{
    if (secret->len > CSIGN_NEW_KEY_LEN)
        return false;
    memset(key, 0, CSIGN_NEW_KEY_LEN);
    memcpy(key, secret->bytes, secret->len);
    return true;
}

static bool read_key(struct served *served, uint8_t row, uint8_t key[CSIGN_NEW_KEY_LEN],
                     const struct file_error *error)
{
    struct secret secret;
    bool is_good = load_key(served, row, &secret, error);

    if (is_good && !fit(&secret, key))
        is_good = file_error_set(error, served->file.keys[row].line,
                                 "the key %s has over %d bytes, more than a store holds; "
                                 "make one with countersign keygen",
                                 served->file.keys[row].name, CSIGN_NEW_KEY_LEN);
    secret_wipe(&secret);
    return is_good;
}

/* The device's own slots are where keys are found too short or equal; they come from the
 * store afterwards. */
static bool fill(struct served *served, const struct file_error *error)
{
    size_t count = served->file.key_count;
    uint8_t(*keys)[CSIGN_NEW_KEY_LEN] = calloc(count, sizeof *keys);
    bool is_good = keys != NULL || file_error_no_memory(error);

    if (is_good && count > served->device.slot_count)
        is_good = file_error_set(error, served->file.store_line,
                                 "store %s: it has only %u key slots; remove it",
                                 served->file.store, (unsigned)served->device.slot_count);
    for (uint8_t row = 0; is_good && row < count; row++)
        is_good = read_key(served, row, keys[row], error);
    for (uint8_t slot = 0; slot < served->device.slot_count; slot++)
        csign_device_drop_key(&served->device, slot);
    is_good = is_good && key_store_fill(served->store, &served->file,
                                        (const uint8_t(*)[CSIGN_NEW_KEY_LEN])keys, error);
    if (keys != NULL)
        csign_wipe(keys, count * sizeof *keys);
    free(keys);
    return is_good;
}

/* Keys of the file that can't be read name nothing, and are no fault: the store has them.
 */
static void mark_rows(struct served *served)
{
    uint8_t key[CSIGN_NEW_KEY_LEN];
    struct secret secret;
    char reason[1024];

    for (size_t row = 0; row < served->file.key_count; row++) {
        if (secret_read(&secret, served->file.keys[row].reference, served->file.directory,
                        reason, sizeof reason) &&
            fit(&secret, key))
            make_mark(key, sizeof key, served->marks[row]);
        secret_wipe(&secret);
    }
    csign_wipe(key, sizeof key);
}

void served_name_slot(struct served *served, uint8_t slot,
                      const uint8_t key[CSIGN_NEW_KEY_LEN])
{
    uint8_t mark[SERVED_MARK_BYTES];
    char *name = served->names[slot];

    make_mark(key, CSIGN_NEW_KEY_LEN, mark);
    snprintf(name, sizeof served->names[slot], "slot-%u", (unsigned)slot);
    for (size_t row = 0; row < served->file.key_count; row++) {
        if (csign_same(mark, served->marks[row], sizeof mark) != 0)
            snprintf(name, sizeof served->names[slot], "%s", served->file.keys[row].name);
    }
}

static bool take_stored(struct served *served, const struct file_error *error)
{
    const csign_store *store = &served->store->store;
    csign_status status = csign_store_load(store, &served->device);
    uint8_t key[CSIGN_NEW_KEY_LEN];
    uint32_t rights;

    if (status == CSIGN_OK)
        status = csign_store_secret(store, &served->settings.hasher, &served->secret);
    if (status != CSIGN_OK)
        return file_error_set(error, served->file.store_line,
                              "store %s: %s; restore it, or remove it to begin with "
                              "[keys] again",
                              served->file.store, status_sentence(status));
    mark_rows(served);
    for (uint8_t slot = 0; slot < served->device.slot_count; slot++) {
        if (csign_store_key(store, slot, &rights, key) == CSIGN_OK)
            served_name_slot(served, slot, key);
    }
    csign_wipe(key, sizeof key);
    csign_hasher_wipe(&served->settings.hasher);
    ring_join(&served->store->devices, &served->kept);
    return true;
}

static bool take_from_store(struct served *served, const struct file_error *error)
{
    struct key_store *store = served->store;
    bool is_open = key_store_is_open(store);

    if (!is_open && !key_store_open(store, &served->file, error))
        return false;
    if (!make_slots(served, key_store_slots(store), error))
        return false;
    if (is_open)
        return key_store_is_owned(store, &served->file, error) &&
               take_stored(served, error);
    return (!key_store_is_empty(store) || fill(served, error)) &&
           key_store_start(store, &served->file, error) && take_stored(served, error);
}

bool served_take_keys(struct served *served, const struct file_error *error)
{
    if (served->file.store != NULL)
        return take_from_store(served, error);
    served->store = NULL;
    return take_from_file(served, error);
}
