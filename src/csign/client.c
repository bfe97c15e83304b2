/* SPDX-License-Identifier: MIT */
/* client.c: the machine that both profiles share.
 *
 *     state      event                   next       wants
 *     QUIET      750 ms (links)          DRAW       (bytes, discarded, until then)
 *     DRAW       own challenge (sealed)  WAKE       send it
 *     WAKE       sent                    CHALLENGE  bytes
 *     CHALLENGE  C bytes                 READY      a request, or a close
 *     CHALLENGE  1 s (links)             QUIET
 *     READY      request made            REQUEST    send it
 *     REQUEST    sent                    REPLY      bytes
 *     REPLY      valid (sealed)          READY      a request, or a close
 *     REPLY      anything else           OVER       close
 *
 * Classic needs no own challenge: its wake is sent at once, as zeros, or left out when it
 * has no bytes. The end of input and a missed limit lead to OVER from everywhere.
 */
#include "bytes.h"
#include "client_state.h"

#define NO_LIMIT UINT32_MAX

static csign_status check_classic(const csign_client_config *config)
{
    if (config->code_len < 1 || config->code_len > CSIGN_CODE_MAX)
        return CSIGN_E_CODE_LENGTH;
    if (config->answers.count == 0)
        return CSIGN_OK;
    if (config->answers.codes == NULL)
        return CSIGN_E_MEMORY;
    if (config->answers.len < 1 || config->answers.len > CSIGN_CODE_MAX)
        return CSIGN_E_ANSWER_LENGTH;
    return csign_table_is_unique(&config->answers) ? CSIGN_OK : CSIGN_E_ANSWER_TWICE;
}

csign_status csign_client_check(const csign_client_config *config)
{
    csign_status status;

    if (config->settings == NULL || config->profile == NULL || config->keyed == NULL)
        return CSIGN_E_MEMORY;
    status = csign_settings_check(config->settings, config->profile->is_sealed);
    if (status != CSIGN_OK || config->profile->is_sealed)
        return status;
    return check_classic(config);
}

size_t csign_client_bytes(const csign_client_config *config)
{
    const csign_settings *t = config->settings;

    if (config->profile->is_sealed)
        return (size_t)CSIGN_SEALED_CLIENT_BYTES(t->wake, t->challenge, t->tag,
                                                 t->request_max, t->reply_max);
    return (size_t)CSIGN_CLASSIC_CLIENT_BYTES(t->wake, t->challenge,
                                              t->hasher.hash->digest_size);
}

static void expect(csign_client *c, uint8_t state, uint8_t *at, uint16_t need, uint32_t now)
{
    c->state = state;
    c->at = at;
    c->have = 0;
    c->need = need;
    c->since = now;
}

static void begin_wake(csign_client *c, uint32_t now)
{
    const csign_settings *settings = c->config->settings;

    if (c->config->profile->is_sealed) {
        c->state = CLIENT_DRAW;
    } else if (settings->wake > 0) {
        memset(c->memory, 0, settings->wake);
        expect(c, CLIENT_WAKE, c->memory, settings->wake, now);
    } else {
        expect(c, CLIENT_CHALLENGE, c->memory, settings->challenge, now);
    }
}

void csign_client_open(csign_client *c, const csign_client_config *config, uint8_t *memory,
                       uint32_t now)
{
    memset(c, 0, sizeof *c);
    c->config = config;
    c->memory = memory;
    c->row = CSIGN_NO_ROW;
    c->since = now;
    c->opened = now;
    if (config->settings->is_link)
        c->state = CLIENT_QUIET;
    else
        begin_wake(c, now);
}

csign_wants csign_client_wants(const csign_client *c)
{
    switch (c->state) {
    case CLIENT_QUIET:
    case CLIENT_CHALLENGE:
    case CLIENT_REPLY:
        return CSIGN_WANTS_BYTES;
    case CLIENT_DRAW:
        return CSIGN_WANTS_CHALLENGE;
    case CLIENT_WAKE:
    case CLIENT_REQUEST:
        return CSIGN_WANTS_SEND;
    case CLIENT_READY:
        return CSIGN_WANTS_REQUEST;
    default:
        return CSIGN_WANTS_CLOSE;
    }
}

void csign_client_challenge(csign_client *c, const uint8_t *challenge, uint32_t now)
{
    uint8_t len = c->config->settings->wake;

    if (c->state != CLIENT_DRAW)
        return;
    memcpy(c->memory, challenge, len);
    expect(c, CLIENT_WAKE, c->memory, len, now);
}

static void message_arrived(csign_client *c, uint32_t now)
{
    if (c->state == CLIENT_CHALLENGE) {
        c->state = CLIENT_READY;
        c->since = now;
    } else {
        c->config->profile->received(c, now);
    }
}

static size_t take_some(csign_client *c, const uint8_t *bytes, size_t len, uint32_t now)
{
    size_t room = (size_t)(c->need - c->have);
    size_t used = len < room ? len : room;

    if (c->state == CLIENT_QUIET)
        return len;
    if (c->state == CLIENT_REPLY && !c->config->profile->is_sealed &&
        c->config->answers.count == 0) {
        csign_client_finish(c, CSIGN_P_TALKS);
        return len;
    }
    memcpy(c->at + c->have, bytes, used);
    c->have = (uint16_t)(c->have + used);
    if (c->have == c->need)
        message_arrived(c, now);
    return used;
}

size_t csign_client_take(csign_client *c, const uint8_t *bytes, size_t len, uint32_t now)
{
    size_t used = 0;

    csign_client_tick(c, now);
    while (used < len && csign_client_wants(c) == CSIGN_WANTS_BYTES)
        used += take_some(c, bytes + used, len - used, now);
    return used;
}

const uint8_t *csign_client_out(const csign_client *c, size_t *len)
{
    if (csign_client_wants(c) != CSIGN_WANTS_SEND) {
        *len = 0;
        return NULL;
    }
    *len = (size_t)(c->need - c->have);
    return c->at + c->have;
}

static void wake_sent(csign_client *c, uint32_t now)
{
    const csign_settings *settings = c->config->settings;
    uint8_t *at = c->memory + (c->config->profile->is_sealed ? settings->wake : 0);

    expect(c, CLIENT_CHALLENGE, at, settings->challenge, now);
}

static void request_sent(csign_client *c, uint32_t now)
{
    bool is_sealed = c->config->profile->is_sealed;

    /* Sealed learns the length from the first byte. */
    expect(c, CLIENT_REPLY, csign_client_message(c),
           is_sealed ? 1 : c->config->settings->hasher.hash->digest_size, now);
}

void csign_client_sent(csign_client *c, size_t len, uint32_t now)
{
    if (csign_client_wants(c) != CSIGN_WANTS_SEND || len > (size_t)(c->need - c->have))
        return;
    c->have = (uint16_t)(c->have + len);
    if (c->have < c->need)
        return;
    if (c->state == CLIENT_WAKE)
        wake_sent(c, now);
    else
        request_sent(c, now);
}

const uint8_t *csign_client_device_challenge(const csign_client *c)
{
    if (c->state != CLIENT_READY || (c->flags & CLIENT_CHAINED))
        return NULL;
    return c->memory + (c->config->profile->is_sealed ? c->config->settings->wake : 0);
}

/* How long the device waits for the request that is wanted now. */
static uint32_t patience(const csign_client *c)
{
    const csign_settings *settings = c->config->settings;

    if (settings->is_link)
        return CSIGN_SILENCE_MS;
    return c->flags & CLIENT_CHAINED ? CSIGN_IDLE_MS : settings->deadline_ms;
}

csign_status csign_client_request(csign_client *c, const uint8_t *command, size_t len,
                                  uint32_t now)
{
    const csign_client_config *config = c->config;
    uint8_t most = config->profile->is_sealed ? config->settings->request_max
                                              : config->code_len;
    uint8_t least = config->profile->is_sealed ? 1 : config->code_len;

    if (c->state != CLIENT_READY)
        return CSIGN_E_ORDER;
    if (len < least || len > most)
        return CSIGN_E_LENGTH;
    if ((uint32_t)(now - c->since) >= patience(c)) {
        csign_client_finish(c, CSIGN_E_SLOW);
        return CSIGN_E_SLOW;
    }
    c->outcome = CSIGN_OUTCOME_NONE;
    c->flags |= CLIENT_ASKED;
    c->sent_len = (uint8_t)len;
    c->need = config->profile->request(c, command, len);
    c->have = 0;
    c->since = now;
    c->state = CLIENT_REQUEST;
    return CSIGN_OK;
}

csign_outcome csign_client_outcome(const csign_client *c)
{
    return (csign_outcome)c->outcome;
}

size_t csign_client_answer(const csign_client *c)
{
    return c->row;
}

void csign_client_decide(csign_client *c, csign_outcome outcome, uint32_t now)
{
    c->outcome = (uint8_t)outcome;
    c->since = now;
    c->state = c->config->profile->is_sealed ? CLIENT_READY : CLIENT_OVER;
}

static csign_outcome outcome_of_end(const csign_client *c, csign_status reason)
{
    bool has_silent_device = !c->config->profile->is_sealed && c->config->answers.count == 0;

    switch (c->state) {
    case CLIENT_REQUEST:
        return c->have == 0 ? CSIGN_OUTCOME_NOT_SENT : CSIGN_OUTCOME_UNKNOWN;
    case CLIENT_REPLY:
        return has_silent_device && reason != CSIGN_P_TALKS ? CSIGN_OUTCOME_SENT
                                                            : CSIGN_OUTCOME_UNKNOWN;
    case CLIENT_READY:
        if (c->flags & CLIENT_CHAINED)
            return (csign_outcome)c->outcome;
        return CSIGN_OUTCOME_NOT_SENT;
    default:
        return CSIGN_OUTCOME_NOT_SENT;
    }
}

void csign_client_finish(csign_client *c, csign_status reason)
{
    if (c->state == CLIENT_OVER)
        return;
    c->outcome = (uint8_t)outcome_of_end(c, reason);
    c->reason = (uint8_t)reason;
    c->state = CLIENT_OVER;
    csign_hasher_wipe(&c->config->settings->hasher);
}

void csign_client_end(csign_client *c)
{
    bool is_between = c->state == CLIENT_READY && (c->flags & CLIENT_CHAINED);

    csign_client_finish(c, is_between ? CSIGN_P_CLOSED : CSIGN_P_CUT);
}

/* The challenge has one limit for all wakes, each reply its own. */
static uint32_t challenge_left(const csign_client *c, uint32_t now)
{
    uint32_t gone = (uint32_t)(now - c->opened);

    return gone >= c->config->timeout_ms ? 0 : c->config->timeout_ms - gone;
}

static uint32_t left_of(uint32_t limit, uint32_t since, uint32_t now)
{
    uint32_t gone = (uint32_t)(now - since);

    return gone >= limit ? 0 : limit - gone;
}

uint32_t csign_client_due(const csign_client *c, uint32_t now)
{
    bool is_link = c->config->settings->is_link;
    uint32_t all = challenge_left(c, now);
    uint32_t step;

    switch (c->state) {
    case CLIENT_QUIET:
        step = left_of(CSIGN_QUIET_MS, c->since, now);
        return step < all ? step : all;
    case CLIENT_CHALLENGE:
        step = is_link ? left_of(CSIGN_REWAKE_MS, c->since, now) : NO_LIMIT;
        return step < all ? step : all;
    case CLIENT_DRAW:
    case CLIENT_WAKE:
        return all;
    case CLIENT_REQUEST:
    case CLIENT_REPLY:
        return left_of(c->config->timeout_ms, c->since, now);
    default:
        return NO_LIMIT;
    }
}

void csign_client_tick(csign_client *c, uint32_t now)
{
    if (csign_client_due(c, now) != 0)
        return;
    if (c->state == CLIENT_REQUEST)
        csign_client_finish(c, CSIGN_P_STUCK);
    else if (c->state == CLIENT_REPLY || challenge_left(c, now) == 0)
        csign_client_finish(c, CSIGN_P_LATE);
    else if (c->state == CLIENT_QUIET)
        begin_wake(c, now);
    else
        expect(c, CLIENT_QUIET, NULL, 0, now);
}

void csign_client_close(csign_client *c, csign_status reason)
{
    csign_client_finish(c, reason);
}

csign_status csign_client_reason(const csign_client *c)
{
    return (csign_status)c->reason;
}

void csign_client_wipe(csign_client *c)
{
    csign_client_finish(c, CSIGN_E_STOPPED);
    csign_wipe(c->memory, csign_client_bytes(c->config));
}
