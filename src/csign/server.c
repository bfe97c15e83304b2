/* SPDX-License-Identifier: MIT */
/* server.c: the machine that both profiles share.
 *
 *     state      event                   next       wants
 *     WAKE       W bytes                 DRAW       a challenge
 *     DRAW       challenge               CHALLENGE  send it
 *     CHALLENGE  sent                    REQUEST    bytes
 *     REQUEST    whole, a match          RUN        run the command
 *     REQUEST    own code (sealed)       REPLY      send the reply
 *     REQUEST    key change (sealed)     STORE      store the change
 *     REQUEST    anything else           CLOSED     close
 *     RUN        reply or answer         REPLY      send the reply
 *     RUN        no answer (classic)     CLOSED     close
 *     STORE      stored or not           REPLY      send the reply
 *     REPLY      sent (sealed)           REQUEST    bytes
 *     REPLY      sent (classic), or last CLOSED     close
 *
 * A missed limit, the end of input where bytes are awaited and a dropped key lead to
 * CLOSED; an event with no row changes nothing. On a link DISCARD stands for CLOSED and
 * leads to WAKE by silence. tests/unit/test_states.c walks every pair.
 */
#include "bytes.h"
#include "server_state.h"

#define NO_LIMIT UINT32_MAX

size_t csign_server_bytes(const csign_device *device)
{
    const csign_settings *t = device->settings;

    if (device->profile->is_sealed)
        return (size_t)CSIGN_SEALED_SERVER_BYTES(t->wake, t->challenge, t->tag,
                                                 t->request_max, t->reply_max);
    return (size_t)CSIGN_CLASSIC_SERVER_BYTES(t->challenge, t->hasher.hash->digest_size);
}

static void receive(csign_server *s, uint8_t state, uint8_t *at, uint16_t need)
{
    s->state = state;
    s->at = at;
    s->have = 0;
    s->need = need;
}

static void await_wake(csign_server *s)
{
    const csign_device *device = s->device;

    s->slot = CSIGN_NO_SLOT;
    s->flags = 0;
    /* Classic ignores what the wake says, so it is not kept. */
    receive(s, device->settings->wake == 0 ? SERVER_DRAW : SERVER_WAKE,
            device->profile->is_sealed ? s->memory : NULL, device->settings->wake);
}

static void await_request(csign_server *s, uint32_t now)
{
    bool is_sealed = s->device->profile->is_sealed;

    s->since = now;
    /* Sealed learns the length from the first byte. */
    receive(s, SERVER_REQUEST, csign_server_message(s),
            is_sealed ? 1 : s->device->settings->hasher.hash->digest_size);
}

void csign_server_open(csign_server *s, csign_device *device, uint8_t *memory,
                       uint32_t now)
{
    memset(s, 0, sizeof *s);
    s->device = device;
    s->memory = memory;
    s->since = now;
    s->heard = now;
    await_wake(s);
}

bool csign_server_is_dropped(const csign_server *s)
{
    return s->slot != CSIGN_NO_SLOT &&
           s->device->slots[s->slot].generation != s->generation;
}

csign_wants csign_server_wants(const csign_server *s)
{
    if (csign_server_is_dropped(s) && !s->device->settings->is_link)
        return CSIGN_WANTS_CLOSE;
    switch (s->state) {
    case SERVER_WAKE:
    case SERVER_REQUEST:
    case SERVER_DISCARD:
        return CSIGN_WANTS_BYTES;
    case SERVER_DRAW:
        return CSIGN_WANTS_CHALLENGE;
    case SERVER_CHALLENGE:
    case SERVER_REPLY:
        return CSIGN_WANTS_SEND;
    case SERVER_RUN:
        return CSIGN_WANTS_RUN;
    case SERVER_STORE:
        return CSIGN_WANTS_STORE;
    default:
        return CSIGN_WANTS_CLOSE;
    }
}

/* A change that was not stored leaves its slot empty. */
static void abandon_change(csign_server *s)
{
    csign_device *device = s->device;

    if (device->changing != s)
        return;
    device->changing = NULL;
    if (!device->slots[s->row].is_held)
        csign_slot_clear(device, (uint8_t)s->row);
}

void csign_server_refuse(csign_server *s, csign_status reason)
{
    if (s->state == SERVER_CLOSED || s->state == SERVER_DISCARD)
        return;
    abandon_change(s);
    csign_wipe(s->memory, csign_server_bytes(s->device));
    csign_hasher_wipe(&s->device->settings->hasher);
    s->slot = CSIGN_NO_SLOT;
    s->reason = (uint8_t)reason;
    s->have = 0;
    s->state = s->device->settings->is_link ? SERVER_DISCARD : SERVER_CLOSED;
}

static void message_arrived(csign_server *s, uint32_t now)
{
    if (s->state == SERVER_WAKE)
        s->state = SERVER_DRAW;
    else
        s->device->profile->received(s, now);
}

static size_t take_some(csign_server *s, const uint8_t *bytes, size_t len, uint32_t now)
{
    size_t room = (size_t)(s->need - s->have);
    size_t used = len < room ? len : room;

    s->heard = now;
    if (s->state == SERVER_DISCARD)
        return len;
    if (s->have == 0) {
        /* These begin with their first byte; the others when they fall due. */
        if (s->state == SERVER_WAKE && s->device->settings->is_link) {
            s->since = now;
            s->reason = CSIGN_OK;
        } else if (s->state == SERVER_REQUEST && (s->flags & SERVER_PROVEN)) {
            s->since = now;
        }
    }
    if (s->at != NULL)
        memcpy(s->at + s->have, bytes, used);
    s->have = (uint16_t)(s->have + used);
    if (s->have == s->need)
        message_arrived(s, now);
    return used;
}

size_t csign_server_take(csign_server *s, const uint8_t *bytes, size_t len, uint32_t now)
{
    size_t used = 0;

    csign_server_tick(s, now);
    while (used < len && csign_server_wants(s) == CSIGN_WANTS_BYTES)
        used += take_some(s, bytes + used, len - used, now);
    return used;
}

void csign_server_send(csign_server *s, uint16_t len, uint32_t now)
{
    s->at = csign_server_message(s);
    s->have = 0;
    s->need = len;
    s->since = now;
    s->state = SERVER_REPLY;
}

void csign_server_challenge(csign_server *s, const uint8_t *challenge, uint32_t now)
{
    const csign_settings *settings = s->device->settings;

    if (s->state != SERVER_DRAW)
        return;
    s->at = s->memory + (s->device->profile->is_sealed ? settings->wake : 0);
    memcpy(s->at, challenge, settings->challenge);
    s->have = 0;
    s->need = settings->challenge;
    s->since = now;
    s->state = SERVER_CHALLENGE;
}

const uint8_t *csign_server_out(const csign_server *s, size_t *len)
{
    if (csign_server_wants(s) != CSIGN_WANTS_SEND) {
        *len = 0;
        return NULL;
    }
    *len = (size_t)(s->need - s->have);
    return s->at + s->have;
}

void csign_server_sent(csign_server *s, size_t len, uint32_t now)
{
    csign_server_tick(s, now);
    if (csign_server_wants(s) != CSIGN_WANTS_SEND || len > (size_t)(s->need - s->have))
        return;
    s->heard = now;
    s->have = (uint16_t)(s->have + len);
    if (s->have < s->need)
        return;
    if (s->flags & SERVER_LAST_REPLY)
        csign_server_refuse(s, CSIGN_P_CLOSED);
    else
        await_request(s, now);
}

size_t csign_server_command(const csign_server *s)
{
    return s->state == SERVER_RUN ? s->row : CSIGN_NO_ROW;
}

uint8_t csign_server_slot(const csign_server *s)
{
    return s->slot;
}

bool csign_server_is_proven(const csign_server *s)
{
    return (s->flags & SERVER_PROVEN) != 0;
}

void csign_server_end(csign_server *s)
{
    switch (s->state) {
    case SERVER_RUN:
    case SERVER_STORE:
    case SERVER_REPLY:
        s->flags |= SERVER_LAST_REPLY;
        break;
    case SERVER_REQUEST:
        csign_server_refuse(s, (s->flags & SERVER_PROVEN) && s->have == 0 ? CSIGN_P_CLOSED
                                                                          : CSIGN_P_CUT);
        break;
    default:
        csign_server_refuse(s, CSIGN_P_CUT);
        break;
    }
}

/* The limit that runs since s->since, in ms. */
static uint32_t limit_of(const csign_server *s)
{
    const csign_settings *settings = s->device->settings;

    switch (s->state) {
    case SERVER_WAKE:
        return settings->is_link && s->have == 0 ? NO_LIMIT : settings->deadline_ms;
    case SERVER_REQUEST:
        return (s->flags & SERVER_PROVEN) && s->have == 0 ? CSIGN_IDLE_MS
                                                          : settings->deadline_ms;
    case SERVER_CHALLENGE:
    case SERVER_REPLY:
        return settings->deadline_ms;
    default:
        return NO_LIMIT;
    }
}

/* The limit that runs since s->heard, in ms. */
static uint32_t silence_of(const csign_server *s)
{
    if (!s->device->settings->is_link)
        return NO_LIMIT;
    if (s->state == SERVER_DISCARD || s->state == SERVER_REQUEST ||
        (s->state == SERVER_WAKE && s->have > 0))
        return CSIGN_SILENCE_MS;
    return NO_LIMIT;
}

/* Differences only: the clock wraps. */
static bool is_over(uint32_t limit, uint32_t since, uint32_t now)
{
    return limit != NO_LIMIT && (uint32_t)(now - since) >= limit;
}

static csign_status lateness(const csign_server *s)
{
    if (s->state == SERVER_CHALLENGE || s->state == SERVER_REPLY)
        return CSIGN_P_STUCK;
    if (limit_of(s) == CSIGN_IDLE_MS && s->have == 0 && (s->flags & SERVER_PROVEN))
        return CSIGN_P_IDLE;
    return CSIGN_P_LATE;
}

void csign_server_tick(csign_server *s, uint32_t now)
{
    if (csign_server_is_dropped(s) && s->state != SERVER_STORE)
        csign_server_refuse(s, CSIGN_P_DROPPED);
    if (is_over(limit_of(s), s->since, now))
        csign_server_refuse(s, lateness(s));
    if (!is_over(silence_of(s), s->heard, now))
        return;
    if (s->state != SERVER_DISCARD) {
        bool is_between = (s->flags & SERVER_PROVEN) && s->have == 0;
        csign_server_refuse(s, is_between ? CSIGN_P_CLOSED : CSIGN_P_SILENT);
    }
    await_wake(s);
}

static uint32_t left_of(uint32_t limit, uint32_t since, uint32_t now)
{
    if (limit == NO_LIMIT)
        return NO_LIMIT;
    return is_over(limit, since, now) ? 0 : limit - (uint32_t)(now - since);
}

uint32_t csign_server_due(const csign_server *s, uint32_t now)
{
    uint32_t limit = left_of(limit_of(s), s->since, now);
    uint32_t silence = left_of(silence_of(s), s->heard, now);

    return limit < silence ? limit : silence;
}

void csign_server_close(csign_server *s, csign_status reason)
{
    csign_server_refuse(s, reason);
    s->state = SERVER_CLOSED;
}

csign_status csign_server_reason(const csign_server *s)
{
    if (s->reason == CSIGN_OK && csign_server_is_dropped(s))
        return CSIGN_P_DROPPED;
    return (csign_status)s->reason;
}
