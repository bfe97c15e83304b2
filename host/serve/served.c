/* SPDX-License-Identifier: MIT */
#include "served.h"

#include "child_environment.h"
#include "fast.h"
#include "file_error.h"
#include "served_keys.h"
#include "status_text.h"
#include "store_change.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* csign_device_check() is not asked: its search for double codes takes too long for a
 * table of thousands, and the file's reader has made it already. */
static bool load_settings(struct served *served, enum served_where where,
                          const struct file_error *error)
{
    csign_status status;

    served->hash = fast_hash(served->file.hash);
    served->classic = fast_classic_server();
    served->settings = device_file_settings(&served->file, &served->work);
    served->settings.hasher.hash = &served->hash;
    if (where != SERVED_AS_FILED)
        served->settings.is_link = where == SERVED_ON_LINK;
    served->device.settings = &served->settings;
    served->device.profile =
        served->file.is_sealed ? &csign_sealed_server : &served->classic;
    served->device.commands = name_table_codes(&served->file.commands);
    served->device.answers = name_table_codes(&served->file.answers);
    served->done = name_table_find(&served->file.answers, "done");
    served->failed = name_table_find(&served->file.answers, "failed");
    if (served->file.store != NULL && served->file.is_sealed &&
        served->file.payload >= CSIGN_SET_KEY_LEN)
        served->device.key_change = store_change_ask;
    status = csign_settings_check(&served->settings, served->file.is_sealed);
    return status == CSIGN_OK || file_error_set(error, 0, "%s", status_sentence(status));
}

static bool has_same_store(const struct served *served, const struct served *before,
                           const struct file_error *error)
{
    const char *is = served->file.store, *was = before->file.store;

    if (is == was || (is != NULL && was != NULL && strcmp(is, was) == 0))
        return true;
    return file_error_set(error, served->file.store_line,
                          "another store takes a restart; restart countersign serve, or "
                          "write store as it was");
}

static bool load(struct served *served, const char *path, enum served_where where,
                 const struct served *before, const struct file_error *error)
{
    if (!device_file_read(&served->file, path, DEVICE_FILE_FOR_DEVICE, error->text,
                          error->size))
        return false;
    if (before != NULL && !has_same_store(served, before, error))
        return false;
    served->environment =
        child_environment(&served->file, before == NULL ? environ : before->environment);
    if (served->environment == NULL)
        return file_error_no_memory(error);
    return load_settings(served, where, error) && served_take_keys(served, error);
}

struct served *served_load(const char *path, enum served_where where,
                           const struct served *before, struct key_store *store,
                           char *error, size_t error_size)
{
    struct file_error file_error = {path, error, error_size};
    struct served *served = calloc(1, sizeof *served);

    error[0] = '\0';
    if (served == NULL) {
        file_error_no_memory(&file_error);
        return NULL;
    }
    served->users = 1;
    served->store = store;
    ring_init(&served->kept);
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
    size_t slots = served->device.slot_count;

    if (--served->users > 0)
        return;
    ring_leave(&served->kept);
    wipe_and_free(served->slots, slots * sizeof *served->slots);
    wipe_and_free(served->keyed, slots * sizeof *served->keyed);
    wipe_and_free(served->marks, served->file.key_count * sizeof *served->marks);
    free(served->names);
    free(served->environment);
    device_file_free(&served->file);
    wipe_and_free(served, sizeof *served);
}

size_t served_key_count(const struct served *served)
{
    size_t count = 0;

    for (uint8_t slot = 0; slot < served->device.slot_count; slot++)
        count += served->slots[slot].is_held;
    return count;
}

/* The slot of fresh that holds the key of old's slot, or -1. Of one store both have the
 * keys where they lie in it. */
static int slot_of(const struct served *old, uint8_t slot, const struct served *fresh)
{
    if (old->store != NULL)
        return fresh->slots[slot].is_held ? slot : -1;
    for (uint8_t to = 0; to < fresh->device.slot_count; to++) {
        if (csign_same(fresh->marks[to], old->marks[slot], SERVED_MARK_BYTES) != 0)
            return to;
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
    int to = slot_of(old, slot, fresh);

    if (to >= 0)
        pass_on(old, slot, fresh, to);
}

void served_replace(struct served *old, struct served *fresh)
{
    for (uint8_t slot = 0; slot < old->device.slot_count; slot++) {
        int to = slot_of(old, slot, fresh);

        if (to >= 0)
            pass_on(old, slot, fresh, to);
        if (to < 0 || fresh->slots[to].rights != old->slots[slot].rights)
            csign_device_drop_key(&old->device, slot);
    }
}
