/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "provision_plan.h"

#include "device_values.h"
#include "message.h"
#include "secret.h"

#include <csign/bytes.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct making {
    struct provision_plan *plan;
    char *error;
    size_t error_size;
};

static bool refuse(const struct making *m, const char *name, const char *what)
{
    snprintf(m->error, m->error_size, "%s: %s", name, what);
    return false;
}

static bool no_memory(const struct making *m)
{
    return refuse(m, m->plan->file.path, "out of memory");
}

static bool make_room(const struct making *m, size_t room)
{
    m->plan->keys = calloc(room, sizeof *m->plan->keys);
    m->plan->room = m->plan->keys == NULL ? 0 : room;
    return m->plan->keys != NULL || no_memory(m);
}

static bool draw(const struct making *m, uint8_t key[KEY_TEXT_KEY])
{
    return keygen_random(key) ||
           refuse(m, "no random bytes from the system", strerror(errno));
}

/* A shorter key is padded with zeros, which RFC 2104 does to it anyway. */
static bool take_secret(const struct making *m, struct provision_key *key,
                        const struct secret *secret)
{
    size_t least = m->plan->file.is_sealed ? CSIGN_SEALED_KEY_MIN : 1;

    if (secret->len < least)
        return refuse(m, key->name,
                      "the key has fewer than 16 bytes, the least that sealed "
                      "takes");
    if (secret->len > KEY_TEXT_KEY)
        return refuse(m, key->name,
                      "the key has more than 32 bytes, the most that a device "
                      "stores; make one with countersign keygen");
    memcpy(key->key, secret->bytes, secret->len);
    return true;
}

static bool read_key(const struct making *m, struct provision_key *key,
                     const char *reference)
{
    struct secret secret;
    char line[2048];
    bool is_good =
        secret_read(&secret, reference, m->plan->file.directory, line, sizeof line);

    is_good = is_good ? take_secret(m, key, &secret) : refuse(m, key->name, line);
    secret_wipe(&secret);
    return is_good;
}

/* A key file that is there is used, one that is not is to be made. */
static bool take_reference(const struct making *m, struct provision_key *key,
                           const char *reference)
{
    if (strncmp(reference, "file:", 5) == 0) {
        key->path = value_path(m->plan->file.directory, reference + 5);
        if (key->path == NULL)
            return no_memory(m);
        key->is_new = access(key->path, F_OK) != 0 && errno == ENOENT;
    }
    return key->is_new ? draw(m, key->key) : read_key(m, key, reference);
}

/* Also a file that is yet to be made holds one key only. */
static bool is_twice(const struct provision_plan *plan, size_t i)
{
    const struct provision_key *key = &plan->keys[i];

    for (size_t j = 0; j < i; j++) {
        const struct provision_key *other = &plan->keys[j];

        if (memcmp(other->key, key->key, KEY_TEXT_KEY) == 0)
            return true;
        if (key->path != NULL && other->path != NULL &&
            strcmp(other->path, key->path) == 0)
            return true;
    }
    return false;
}

static bool take_keys(const struct making *m, int slot)
{
    struct provision_plan *plan = m->plan;
    const struct device_file *file = &plan->file;

    if (plan->layout.has_keys_section && slot >= 0)
        return refuse(m, file->path,
                      "has [keys], whose order is that of the slots; leave "
                      "--slot out");
    if (!make_room(m, file->key_count))
        return false;
    for (; plan->count < file->key_count; plan->count++) {
        const struct device_key *from = &file->keys[plan->count];
        struct provision_key *key = &plan->keys[plan->count];

        key->name = from->name;
        key->rights = from->rights;
        key->slot = slot >= 0 ? (uint8_t)slot : (uint8_t)plan->count;
        if (!take_reference(m, key, from->reference))
            return false;
        if (is_twice(plan, plan->count))
            return refuse(m, key->name, "the same key as another's; each needs its own");
    }
    return true;
}

/* What `key` is to say where the file has [keys] but no `key`: an administrator's key
 * file, or any. NULL: there is none. */
static const char *choose(const struct device_file *file)
{
    const char *chosen = NULL;

    for (size_t i = file->key_count; i-- > 0;) {
        const struct device_key *key = &file->keys[i];
        bool is_file = strncmp(key->reference, "file:", 5) == 0;

        if (is_file && (chosen == NULL || (key->rights & CSIGN_RIGHT_ADMIN) != 0))
            chosen = key->reference;
    }
    return chosen;
}

/* The name of the device file, with .key for its ending: "file:lamp.key". */
static char *invent_reference(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');
    int len = dot == NULL || dot == name ? (int)strlen(name) : (int)(dot - name);
    char *reference = NULL;

    return asprintf(&reference, "file:%.*s.key", len, name) < 0 ? NULL : reference;
}

/* The only key of a file that names none yet. */
static bool take_new_key(const struct making *m, int slot)
{
    struct provision_plan *plan = m->plan;
    struct provision_key *key;

    plan->reference = invent_reference(plan->file.path);
    if (plan->reference == NULL)
        return no_memory(m);
    if (!make_room(m, 1))
        return false;
    key = &plan->keys[plan->count++];
    key->name = "key";
    key->rights = CSIGN_RIGHTS_EVERY;
    key->slot = slot >= 0 ? (uint8_t)slot : 0;
    if (!take_reference(m, key, plan->reference))
        return false;
    return key->is_new ||
           refuse(
               m, key->path,
               "is there already, and the device file names no key; name it with key = "
               "file:..., or move it away");
}

static bool make(const struct making *m, const char *path, int slot)
{
    struct provision_plan *plan = m->plan;
    bool names_keys;

    if (!device_layout_read(&plan->layout, path, m->error, m->error_size))
        return false;
    names_keys = plan->layout.has_keys_section || plan->layout.has_key;
    if (!device_file_read(&plan->file, path,
                          names_keys ? DEVICE_FILE_FOR_DEVICE : DEVICE_FILE_FOR_HEADER,
                          m->error, m->error_size))
        return false;
    if (!names_keys)
        return take_new_key(m, slot);
    if (!plan->layout.has_key && choose(&plan->file) != NULL) {
        plan->reference = strdup(choose(&plan->file));
        if (plan->reference == NULL)
            return no_memory(m);
    }
    return take_keys(m, slot);
}

bool provision_plan_make(struct provision_plan *plan, const char *path, int slot,
                         char *error, size_t error_size)
{
    struct making m = {plan, error, error_size};

    memset(plan, 0, sizeof *plan);
    return make(&m, path, slot);
}

/* The completed file has to be one that `send` reads. */
static bool complete(struct provision_plan *plan, char *error, size_t error_size)
{
    struct device_file file;
    bool is_good;

    if (plan->reference == NULL)
        return true;
    if (!device_copy_make(&plan->copy, plan->file.path, &plan->layout, "key",
                          plan->reference, error, error_size))
        return false;
    is_good = device_file_read(&file, plan->copy.copy, DEVICE_FILE_FOR_CLIENT, error,
                               error_size);
    device_file_free(&file);
    return is_good;
}

bool provision_plan_write(struct provision_plan *plan, char *error, size_t error_size)
{
    bool is_good = complete(plan, error, error_size);

    for (size_t i = 0; is_good && i < plan->count; i++) {
        struct provision_key *key = &plan->keys[i];

        if (key->is_new)
            key->is_made = is_good =
                keygen_write_file(key->path, key->key, error, error_size);
    }
    if (!is_good)
        provision_plan_undo(plan);
    return is_good;
}

bool provision_plan_keep(struct provision_plan *plan, char *error, size_t error_size)
{
    for (size_t i = 0; i < plan->count; i++)
        plan->keys[i].is_made = false;
    return device_copy_install(&plan->copy, error, error_size);
}

void provision_plan_undo(struct provision_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct provision_key *key = &plan->keys[i];

        if (key->is_made && unlink(key->path) != 0)
            complain(
                "provision: cannot remove %s: %s; its key is in no device, remove it",
                key->path, strerror(errno));
        key->is_made = false;
    }
    device_copy_drop(&plan->copy);
}

void provision_plan_free(struct provision_plan *plan)
{
    for (size_t i = 0; i < plan->room; i++) {
        csign_wipe(plan->keys[i].key, KEY_TEXT_KEY);
        free(plan->keys[i].path);
    }
    free(plan->keys);
    free(plan->reference);
    device_copy_drop(&plan->copy);
    device_file_free(&plan->file);
    memset(plan, 0, sizeof *plan);
}
