/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "fast.h"
#include "secret.h"
#include "status_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse_key(const struct session *session, const char *what, char *error,
                       size_t error_size)
{
    snprintf(error, error_size, "%s:%u: %s", session->file.path, session->file.key_line,
             what);
    return false;
}

static bool take_key(struct session *session, const struct secret *secret, char *error,
                     size_t error_size)
{
    const csign_client_profile *profile = session->config.profile;

    if (secret->len < profile->key_min)
        return refuse_key(session,
                          "the key has fewer than 16 bytes, the least that sealed "
                          "takes; make one with countersign keygen",
                          error, error_size);
    profile->key(&session->settings, &session->keyed, secret->bytes, secret->len);
    csign_hasher_wipe(&session->settings.hasher);
    state_name(secret->bytes, secret->len, session->file.id, session->state_name);
    return true;
}

static bool read_key(struct session *session, char *error, size_t error_size)
{
    const struct device_file *file = &session->file;
    struct secret secret;
    char line[2048];
    bool good;

    if (file->key == NULL) {
        snprintf(error, error_size,
                 "%s: [device] has no key; name one, such as key = "
                 "file:NAME.key",
                 file->path);
        return false;
    }
    if (!secret_read(&secret, file->key, file->directory, line, sizeof line))
        return refuse_key(session, line, error, error_size);
    good = take_key(session, &secret, error, error_size);
    secret_wipe(&secret);
    return good;
}

static void configure(struct session *session, uint32_t timeout_ms)
{
    const struct device_file *file = &session->file;

    session->settings = device_file_settings(file, &session->work);
    session->hash = fast_hash(file->hash);
    session->settings.hasher.hash = &session->hash;
    session->config.settings = &session->settings;
    session->config.profile =
        file->is_sealed ? &csign_sealed_client : &csign_classic_client;
    session->config.keyed = &session->keyed;
    session->config.answers = name_table_codes(&file->answers);
    session->config.code_len = file->commands.len;
    session->config.timeout_ms = timeout_ms;
}

static void free_memory(struct session *session)
{
    if (session->memory != NULL)
        csign_wipe(session->memory, session->memory_len);
    free(session->memory);
    session->memory = NULL;
}

bool session_set_up(struct session *session, uint32_t timeout_ms, char *error,
                    size_t error_size)
{
    csign_status status;

    free_memory(session);
    configure(session, timeout_ms);
    status = csign_client_check(&session->config);
    if (status != CSIGN_OK) {
        snprintf(error, error_size, "%s: %s", session->file.path,
                 status_sentence(status));
        return false;
    }
    session->memory_len = csign_client_bytes(&session->config);
    session->memory = calloc(1, session->memory_len);
    if (session->memory == NULL) {
        snprintf(error, error_size, "out of memory");
        return false;
    }
    return read_key(session, error, error_size);
}

bool session_open(struct session *session, const char *path, uint32_t timeout_ms,
                  char *error, size_t error_size)
{
    memset(session, 0, sizeof *session);
    return device_file_read(&session->file, path, DEVICE_FILE_FOR_CLIENT, error,
                            error_size) &&
           session_set_up(session, timeout_ms, error, error_size);
}

void session_close(struct session *session)
{
    free_memory(session);
    csign_wipe(&session->keyed, sizeof session->keyed);
    csign_wipe(&session->work, sizeof session->work);
    device_file_free(&session->file);
}
