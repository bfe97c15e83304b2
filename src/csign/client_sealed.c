/* SPDX-License-Identifier: MIT */
/* client_sealed.c: how a client makes a sealed request and believes a reply
 * (docs/protocol.md, section 4). */
#include "bytes.h"
#include "client_state.h"

static void apply_stream(const csign_client *c, uint16_t from, uint8_t len)
{
    uint8_t label =
        c->flags & CLIENT_CHAINED ? CSIGN_LABEL_NEXT_STREAM : CSIGN_LABEL_FIRST_STREAM;

    csign_sealed_stream(c->config->settings, c->config->keyed, label, c->memory, from,
                        csign_client_message(c) + 1, len);
}

static uint16_t make_request(csign_client *c, const uint8_t *command, size_t len)
{
    const csign_settings *settings = c->config->settings;
    uint8_t label =
        c->flags & CLIENT_CHAINED ? CSIGN_LABEL_NEXT_REQUEST : CSIGN_LABEL_FIRST_REQUEST;
    uint8_t *message = csign_client_message(c);

    memmove(message + 1, command, len);
    message[0] = (uint8_t)len;
    apply_stream(c, 0, (uint8_t)len);
    csign_sealed_tag(settings, c->config->keyed, label, c->memory, message,
                     csign_client_tag(c));
    memcpy(message + 1 + len, csign_client_tag(c), settings->tag);
    csign_hasher_wipe(&settings->hasher);
    c->at = message;
    return (uint16_t)(1 + len + settings->tag);
}

const uint8_t *csign_client_request_tag(const csign_client *c)
{
    bool is_there = c->config->profile->is_sealed && (c->flags & CLIENT_ASKED);

    return is_there ? csign_client_tag(c) : NULL;
}

static void learn_length(csign_client *c)
{
    uint8_t len = csign_client_message(c)[0];

    if (len == 0)
        csign_client_finish(c, CSIGN_P_EMPTY);
    else if (len > c->config->settings->reply_max)
        csign_client_finish(c, CSIGN_P_TOO_LONG);
    else
        c->need = (uint16_t)(1 + len + c->config->settings->tag);
}

static void open_reply(csign_client *c, const uint8_t *tag, uint32_t now)
{
    uint8_t *message = csign_client_message(c);

    apply_stream(c, c->sent_len, message[0]);
    /* The reply's whole tag takes the place of what this exchange was bound to. */
    memcpy(c->memory, tag, CSIGN_SEALED_LEN);
    c->flags |= CLIENT_CHAINED;
    csign_client_decide(c,
                        CSIGN_PUBLIC(message[1] == CSIGN_STATUS_DONE)
                            ? CSIGN_OUTCOME_DONE
                            : CSIGN_OUTCOME_FAILED,
                        now);
}

static void received(csign_client *c, uint32_t now)
{
    const csign_settings *settings = c->config->settings;
    const uint8_t *message = csign_client_message(c);
    uint8_t tag[CSIGN_SEALED_LEN];

    if (c->need == 1) {
        learn_length(c);
        return;
    }
    csign_sealed_tag(settings, c->config->keyed, CSIGN_LABEL_REPLY, csign_client_tag(c),
                     message, tag);
    if (CSIGN_PUBLIC(csign_same(tag, message + 1 + message[0], settings->tag)))
        open_reply(c, tag, now);
    else
        csign_client_finish(c, CSIGN_P_TAG);
    csign_wipe(tag, sizeof tag);
    csign_hasher_wipe(&settings->hasher);
}

static bool has_reply(const csign_client *c)
{
    return c->config->profile->is_sealed &&
           (c->outcome == CSIGN_OUTCOME_DONE || c->outcome == CSIGN_OUTCOME_FAILED);
}

uint8_t csign_client_reply_status(const csign_client *c)
{
    return has_reply(c) ? csign_client_message(c)[1] : CSIGN_STATUS_NOTHING;
}

const uint8_t *csign_client_reply_data(const csign_client *c, size_t *len)
{
    const uint8_t *message = csign_client_message(c);

    if (!has_reply(c)) {
        *len = 0;
        return NULL;
    }
    *len = (size_t)(message[0] - 1);
    return message + 2;
}

const csign_client_profile csign_sealed_client = {
    1, CSIGN_SEALED_KEY_MIN, csign_sealed_key, make_request, received};
