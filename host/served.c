/* SPDX-License-Identifier: MIT */
#include "served.h"

#include "child_environment.h"
#include "file_error.h"
#include "secret.h"
#include "status_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Tells keys apart after they were wiped. */
static void make_mark(const struct secret *secret, uint8_t mark[SERVED_MARK_BYTES])
{
    static const char text[] = "countersign serve: which key";
    csign_sha256_work work;
    csign_sha256_keyed keyed;
    csign_hasher hasher = {&csign_sha256, &work.head};

    csign_hmac_key(&hasher, &keyed, secret->bytes, secret->len);
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

static bool load_key(struct served *served, uint8_t slot, const struct file_error *error)
{
    const struct device_key *key = &served->file.keys[slot];
    struct secret secret;
    char reason[1024];
    csign_status status;

    if (!secret_read(&secret, key->reference, served->file.directory, reason,
                     sizeof reason))
        return file_error_set(error, key->line, "%s", reason);
    make_mark(&secret, served->marks[slot]);
    status = csign_device_set_key(&served->device, slot, key->rights, secret.bytes,
                                  secret.len);
    secret_wipe(&secret);
    return status == CSIGN_OK || refuse_key(error, key, status);
}

static bool load_keys(struct served *served, const struct file_error *error)
{
    size_t count = served->file.key_count;

    if (count < 1 || count > 254)
        return file_error_set(error, 0, "a device has 1 to 254 keys, not %zu", count);
    served->slots = calloc(count, sizeof *served->slots);
    served->keyed = calloc(count, sizeof *served->keyed);
    served->marks = calloc(count, sizeof *served->marks);
    if (served->slots == NULL || served->keyed == NULL || served->marks == NULL)
        return file_error_no_memory(error);
    served->device.slots = served->slots;
    served->device.keyed = served->keyed;
    served->device.slot_count = (uint8_t)count;
    for (size_t slot = 0; slot < count; slot++) {
        if (!load_key(served, (uint8_t)slot, error))
            return false;
    }
    return true;
}

/* csign_device_check() is not asked: its search for double codes takes too long for a
 * table of thousands, and the file's reader has made it already. */
static bool load_settings(struct served *served, enum served_where where,
                          const struct file_error *error)
{
    csign_status status;

    served->settings = device_file_settings(&served->file, &served->work);
    if (where != SERVED_AS_FILED)
        served->settings.is_link = where == SERVED_ON_LINK;
    served->device.settings = &served->settings;
    served->device.profile =
        served->file.is_sealed ? &csign_sealed_server : &csign_classic_server;
    served->device.commands = name_table_codes(&served->file.commands);
    served->device.answers = name_table_codes(&served->file.answers);
    served->done = name_table_find(&served->file.answers, "done");
    served->failed = name_table_find(&served->file.answers, "failed");
    status = csign_settings_check(&served->settings, served->file.is_sealed);
    return status == CSIGN_OK || file_error_set(error, 0, "%s", status_sentence(status));
}

static bool load(struct served *served, const char *path, enum served_where where,
                 const struct served *before, const struct file_error *error)
{
    if (!device_file_read(&served->file, path, DEVICE_FILE_FOR_DEVICE, error->text,
                          error->size))
        return false;
    served->environment =
        child_environment(&served->file, before == NULL ? environ : before->environment);
    if (served->environment == NULL)
        return file_error_no_memory(error);
    return load_settings(served, where, error) && load_keys(served, error);
}

struct served *served_load(const char *path, enum served_where where,
                           const struct served *before, char *error, size_t error_size)
{
    struct file_error file_error = {path, error, error_size};
    struct served *served = calloc(1, sizeof *served);

    error[0] = '\0';
    if (served == NULL) {
        file_error_no_memory(&file_error);
        return NULL;
    }
    served->users = 1;
    if (load(served, path, where, before, &file_error))
        return served;
    served_leave(served);
    return NULL;
}

static void wipe_and_free(void *bytes, size_t size)
{
    if (bytes != NULL)
        csign_wipe(bytes, size);
    free(bytes);
}

void served_leave(struct served *served)
{
    size_t count = served->file.key_count;

    if (--served->users > 0)
        return;
    wipe_and_free(served->slots, count * sizeof *served->slots);
    wipe_and_free(served->keyed, count * sizeof *served->keyed);
    wipe_and_free(served->marks, count * sizeof *served->marks);
    free(served->environment);
    device_file_free(&served->file);
    wipe_and_free(served, sizeof *served);
}

/* The slot that holds the same key, or -1. */
static int slot_of(const struct served *served, const uint8_t mark[SERVED_MARK_BYTES])
{
    for (uint8_t slot = 0; slot < served->device.slot_count; slot++) {
        if (csign_same(served->marks[slot], mark, SERVED_MARK_BYTES) != 0)
            return slot;
    }
    return -1;
}

static void pass_on(const struct served *old, uint8_t slot, struct served *fresh, int to)
{
    memcpy(fresh->slots[to].last, old->slots[slot].last, sizeof old->slots[slot].last);
    fresh->slots[to].has_last = old->slots[slot].has_last;
}

void served_pass_on_last(const struct served *old, uint8_t slot, struct served *fresh)
{
    int to = slot_of(fresh, old->marks[slot]);

    if (to >= 0)
        pass_on(old, slot, fresh, to);
}

void served_replace(struct served *old, struct served *fresh)
{
    for (uint8_t slot = 0; slot < old->device.slot_count; slot++) {
        int to = slot_of(fresh, old->marks[slot]);

        if (to >= 0)
            pass_on(old, slot, fresh, to);
        if (to < 0 || fresh->slots[to].rights != old->slots[slot].rights)
            csign_device_drop_key(&old->device, slot);
    }
}
