/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "key_session.h"

#include "connect.h"
#include "dialogue.h"
#include "moment.h"
#include "secret.h"
#include "status_text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool key_session_read(uint8_t key[KEY_TEXT_KEY], const char *path, char *error,
                      size_t error_size)
{
    struct secret secret;
    bool fits;

    if (!secret_read_file(&secret, path, error, error_size))
        return false;
    fits = secret.len <= KEY_TEXT_KEY;
    memset(key, 0, KEY_TEXT_KEY);
    if (fits)
        memcpy(key, secret.bytes, secret.len);
    else
        snprintf(error, error_size,
                 "key file %s: over 32 bytes long, and a device stores 32; make one with "
                 "countersign keygen",
                 path);
    secret_wipe(&secret);
    return fits;
}

void key_session_use(struct session *session, const uint8_t key[KEY_TEXT_KEY])
{
    session->config.profile->key(&session->settings, &session->keyed, key, KEY_TEXT_KEY);
    csign_hasher_wipe(&session->settings.hasher);
    state_name(key, KEY_TEXT_KEY, session->file.id, session->state_name);
}

static void ask(struct dialogue *d)
{
    static const uint8_t code[] = {CSIGN_CODE_LAST};
    csign_status status;

    if (!dialogue_advance(d))
        return;
    status = csign_client_request(&d->client, code, sizeof code, moment_wrapping_ms());
    if (status == CSIGN_OK)
        (void)dialogue_advance(d);
    else
        csign_client_close(&d->client, status);
}

static void fill(struct send_result *result, const csign_client *client)
{
    result->outcome = csign_client_outcome(client);
    if (result->outcome != CSIGN_OUTCOME_DONE && result->outcome != CSIGN_OUTCOME_FAILED)
        return;
    result->status = csign_client_reply_status(client);
    result->answer = reply_status_word((uint8_t)result->status);
}

bool key_session_try(struct session *session, uint32_t timeout_ms,
                     struct send_result *result, char *reason, size_t reason_size)
{
    const struct address *address = &session->file.address;
    struct send_result none = {.command = "last",
                               .outcome = CSIGN_OUTCOME_NOT_SENT,
                               .status = -1,
                               .reason = reason};
    uint64_t began_ms = moment_ms();
    struct dialogue dialogue;
    int fd = connect_device(address, timeout_ms, reason, reason_size);

    *result = none;
    if (fd < 0)
        return false;
    dialogue_start(&dialogue, fd, address->kind == ADDRESS_SERIAL ? address->boot : 0,
                   &session->config, session->memory);
    ask(&dialogue);
    fill(result, &dialogue.client);
    snprintf(reason, reason_size, "%s", dialogue_reason(&dialogue));
    result->ms = moment_ms() - began_ms;
    dialogue_end(&dialogue);
    close(fd);
    return result->status >= 0;
}
