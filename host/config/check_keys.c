/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "check_keys.h"

#include "device_values.h"
#include "message.h"
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHORT_KEY 16 /* bytes; fewer can be guessed */

static void say(const struct device_file *file, unsigned line, const char *kind,
                const char *format, va_list arguments)
{
    char text[2048];

    vsnprintf(text, sizeof text, format, arguments);
    if (line == 0)
        complain("%s: %s%s", file->path, kind, text);
    else
        complain("%s:%u: %s%s", file->path, line, kind, text);
}

void check_error(struct check *check, unsigned line, const char *format, ...)
{
    va_list arguments;

    check->errors++;
    va_start(arguments, format);
    say(check->file, line, "", format, arguments);
    va_end(arguments);
}

void check_warn(struct check *check, unsigned line, const char *format, ...)
{
    va_list arguments;

    check->warnings++;
    va_start(arguments, format);
    say(check->file, line, "warning: ", format, arguments);
    va_end(arguments);
}

/* Why the secret is not to be had on this machine, NULL: it is here. */
static const char *absence(const struct device_file *file, const char *reference)
{
    char *path;
    int fd, why;

    if (strncmp(reference, "env:", 4) == 0)
        return getenv(reference + 4) == NULL ? "the variable is not set" : NULL;
    if (strncmp(reference, "file:", 5) != 0)
        return NULL;
    path = value_path(file->directory, reference + 5);
    if (path == NULL)
        return strerror(ENOMEM);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    why = errno;
    free(path);
    if (fd < 0)
        return strerror(why);
    close(fd);
    return NULL;
}

static const csign_server_profile *profile_of(const struct device_file *file)
{
    return file->is_sealed ? &csign_sealed_server : &csign_classic_server;
}

static void judge_length(struct check *check, const struct checked_key *key)
{
    if (key->len < profile_of(check->file)->key_min)
        check_error(check, key->key->line,
                    "the key has %zu bytes, sealed needs 16 or more; make one with "
                    "countersign keygen",
                    key->len);
    else if (key->len < SHORT_KEY)
        check_warn(check, key->key->line,
                   "the key has under 16 bytes and can be guessed from one recorded "
                   "exchange; make one with countersign keygen");
    if (check->file->store != NULL && key->key->name != NULL &&
        key->len > CSIGN_NEW_KEY_LEN)
        check_error(check, key->key->line,
                    "the key has %zu bytes, and a store holds at most %d; make one with "
                    "countersign keygen",
                    key->len, CSIGN_NEW_KEY_LEN);
}

/* Keeps of a key what can't be turned back, and what equal keys have alike. */
static void take_secret(const struct device_file *file, struct checked_key *key,
                        const struct secret *secret)
{
    csign_any_work work;
    csign_settings settings = device_file_settings(file, &work);

    key->is_read = true;
    key->len = secret->len;
    key->is_inline = secret->inline_in_file;
    fingerprint(secret->bytes, secret->len, key->fingerprint);
    profile_of(file)->key(&settings, &key->keyed, secret->bytes, secret->len);
    csign_wipe(&work, sizeof work);
}

static void look_at(struct check *check, struct checked_key *key)
{
    const char *why = absence(check->file, key->key->reference);
    struct secret secret;
    char error[1024];

    if (why != NULL) {
        check_warn(check, key->key->line,
                   "%s can't be read here (%s); check where it is kept",
                   key->key->reference, why);
        return;
    }
    if (!secret_read(&secret, key->key->reference, check->file->directory, error,
                     sizeof error)) {
        check_error(check, key->key->line, "%s", error);
        return;
    }
    take_secret(check->file, key, &secret);
    secret_wipe(&secret);
    judge_length(check, key);
    if (key->is_inline)
        check_warn(check, key->key->line,
                   "the key stands in the device file, and who may read the file has it; "
                   "put it into a file of its own and write file:PATH");
}

static bool are_equal(const struct device_file *file, const struct checked_key *a,
                      const struct checked_key *b)
{
    return a->is_read && b->is_read &&
           csign_same((const uint8_t *)&a->keyed, (const uint8_t *)&b->keyed,
                      (size_t)2 * file->hash->state_size) != 0;
}

static void look_for_equals(struct check *check, const struct checked_keys *keys)
{
    const struct device_file *file = check->file;

    for (size_t i = 1; i < file->key_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (are_equal(file, &keys->device[i], &keys->device[j]))
                check_error(check, file->keys[i].line,
                            "%s is the same key as %s in line %u; give each its own",
                            file->keys[i].name, file->keys[j].name, file->keys[j].line);
        }
    }
}

/* Whether the client's key opens the device, as far as both are here. */
static void look_for_client(struct check *check, const struct checked_keys *keys)
{
    const struct device_file *file = check->file;

    if (!keys->has_client || !file->has_keys_section || !keys->client.is_read)
        return;
    for (size_t i = 0; i < file->key_count; i++) {
        if (!keys->device[i].is_read || are_equal(file, &keys->device[i], &keys->client))
            return;
    }
    check_warn(check, file->key_line,
               "key is none of [keys], so that this device refuses it; add it there");
}

bool check_keys(struct check *check, struct checked_keys *keys)
{
    const struct device_file *file = check->file;

    memset(keys, 0, sizeof *keys);
    keys->device = calloc(file->key_count, sizeof *keys->device);
    if (keys->device == NULL)
        return false;
    if (file->key != NULL && file->has_keys_section) {
        keys->has_client = true;
        keys->client_key = (struct device_key){NULL, file->key, 0, file->key_line};
        keys->client.key = &keys->client_key;
        look_at(check, &keys->client);
    }
    for (size_t i = 0; i < file->key_count; i++) {
        keys->device[i].key = &file->keys[i];
        look_at(check, &keys->device[i]);
    }
    look_for_equals(check, keys);
    look_for_client(check, keys);
    return true;
}

void check_keys_free(struct checked_keys *keys, const struct device_file *file)
{
    if (keys->device != NULL)
        csign_wipe(keys->device, file->key_count * sizeof *keys->device);
    free(keys->device);
    csign_wipe(keys, sizeof *keys);
}
