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

/* Enters a state in which this side has to act; no limit runs. */
static void want(csign_server *s, uint8_t state)
{
    s->state = state;
    s->limit = 0;
}

/* Enters a state in which need bytes come to or go from at. */
static void begin(csign_server *s, uint8_t state, uint8_t *at, uint16_t need)
{
    s->state = state;
    s->at = at;
    s->have = 0;
    s->need = need;
    s->since = s->heard;
    s->limit = s->device->settings->deadline_ms;
}

/* A link's wake may begin at any time, so no limit runs before its first byte. */
static void await_wake(csign_server *s)
{
    const csign_settings *settings = s->device->settings;

    s->slot = CSIGN_NO_SLOT;
    s->flags = 0;
    begin(s, SERVER_WAKE, s->memory, settings->wake);
    if (settings->wake == 0)
        want(s, SERVER_DRAW);
    else if (settings->is_link)
        s->limit = 0;
}

static void await_request(csign_server *s)
{
    bool is_sealed = s->device->profile->is_sealed;

    /* Sealed learns the length from the first byte. */
    begin(s, SERVER_REQUEST, s->message,
          is_sealed ? 1 : s->device->settings->hasher.hash->digest_size);
    if (s->flags & SERVER_PROVEN)
        s->limit = CSIGN_IDLE_MS;
    if (s->device->profile->ahead != NULL)
        s->device->profile->ahead(s);
}

void csign_server_open(csign_server *s, csign_device *device, uint8_t *memory,
                       uint32_t now)
{
    const csign_settings *settings = device->settings;
    uint8_t first = (uint8_t)(settings->wake + settings->challenge);

    memset(s, 0, sizeof *s);
    s->device = device;
    s->memory = memory;
    s->message = memory + settings->challenge;
    if (device->profile->is_sealed)
        s->message = memory + CSIGN_LARGER(first, CSIGN_SEALED_LEN) + CSIGN_SEALED_LEN;
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
    /* A switch would become a table too, in an AVR's RAM. */
    static const uint8_t wants[] CSIGN_FLASH = {
        [SERVER_WAKE] = CSIGN_WANTS_BYTES,     [SERVER_DRAW] = CSIGN_WANTS_CHALLENGE,
        [SERVER_CHALLENGE] = CSIGN_WANTS_SEND, [SERVER_REQUEST] = CSIGN_WANTS_BYTES,
        [SERVER_RUN] = CSIGN_WANTS_RUN,        [SERVER_STORE] = CSIGN_WANTS_STORE,
        [SERVER_REPLY] = CSIGN_WANTS_SEND,     [SERVER_DISCARD] = CSIGN_WANTS_BYTES,
        [SERVER_CLOSED] = CSIGN_WANTS_CLOSE,
    };

    if (csign_server_is_dropped(s) && !s->device->settings->is_link)
        return CSIGN_WANTS_CLOSE;
    return (csign_wants)csign_flash_u8(&wants[s->state]);
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
    want(s, s->device->settings->is_link ? SERVER_DISCARD : SERVER_CLOSED);
}

/* Those begin with their first byte; the others when they fall due. */
static void first_byte(csign_server *s)
{
    bool is_wake = s->state == SERVER_WAKE && s->device->settings->is_link;

    if (is_wake)
        s->reason = CSIGN_OK;
    if (is_wake || (s->flags & SERVER_PROVEN)) {
        s->since = s->heard;
        s->limit = s->device->settings->deadline_ms;
    }
}

static void message_arrived(csign_server *s)
{
    if (s->state == SERVER_WAKE)
        want(s, SERVER_DRAW);
    else
        s->device->profile->received(s);
    if (s->state == SERVER_RUN || s->state == SERVER_STORE)
        s->limit = 0;
}

static size_t take_some(csign_server *s, const uint8_t *bytes, size_t len)
{
    size_t room = (size_t)(s->need - s->have);
    size_t used = len < room ? len : room;

    if (s->state == SERVER_DISCARD)
        return len;
    if (s->have == 0)
        first_byte(s);
    /* Classic ignores what the wake says, and its memory may be shorter. */
    if (s->state != SERVER_WAKE || s->device->profile->is_sealed)
        memcpy(s->at + s->have, bytes, used);
    s->have = (uint16_t)(s->have + used);
    if (s->have == s->need)
        message_arrived(s);
    return used;
}

size_t csign_server_take(csign_server *s, const uint8_t *bytes, size_t len, uint32_t now)
{
    size_t used = 0;

    csign_server_tick(s, now);
    while (used < len && csign_server_wants(s) == CSIGN_WANTS_BYTES) {
        s->heard = now;
        used += take_some(s, bytes + used, len - used);
    }
    return used;
}

void csign_server_send(csign_server *s, uint16_t len)
{
    begin(s, SERVER_REPLY, s->message, len);
}

void csign_server_challenge(csign_server *s, const uint8_t *challenge, uint32_t now)
{
    const csign_settings *settings = s->device->settings;

    if (s->state != SERVER_DRAW)
        return;
    s->heard = now;
    begin(s, SERVER_CHALLENGE,
          s->memory + (s->device->profile->is_sealed ? settings->wake : 0),
          settings->challenge);
    memcpy(s->at, challenge, settings->challenge);
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
        await_request(s);
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

/* Between two messages, where an end is no fault. */
static CSIGN_APART bool is_between(const csign_server *s)
{
    return s->state == SERVER_REQUEST && (s->flags & SERVER_PROVEN) && s->have == 0;
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
        csign_server_refuse(s, is_between(s) ? CSIGN_P_CLOSED : CSIGN_P_CUT);
        break;
    default:
        csign_server_refuse(s, CSIGN_P_CUT);
        break;
    }
}

/* Whether silence on the line ends something. */
static bool minds_silence(const csign_server *s)
{
    return s->device->settings->is_link &&
           (s->state == SERVER_DISCARD || s->state == SERVER_REQUEST ||
            (s->state == SERVER_WAKE && s->have > 0));
}

/* What is left of a limit, by difference only: the clock wraps. */
static uint32_t left_of(uint16_t limit, uint32_t since, uint32_t now)
{
    uint32_t gone = now - since;

    return gone >= limit ? 0 : limit - gone;
}

uint32_t csign_server_due(const csign_server *s, uint32_t now)
{
    uint32_t due = NO_LIMIT;
    uint32_t silence;

    if (s->limit != 0)
        due = left_of(s->limit, s->since, now);
    if (!minds_silence(s))
        return due;
    silence = left_of(CSIGN_SILENCE_MS, s->heard, now);
    return silence < due ? silence : due;
}

static csign_status lateness(const csign_server *s)
{
    if (s->state == SERVER_CHALLENGE || s->state == SERVER_REPLY)
        return CSIGN_P_STUCK;
    return is_between(s) ? CSIGN_P_IDLE : CSIGN_P_LATE;
}

void csign_server_tick(csign_server *s, uint32_t now)
{
    if (csign_server_is_dropped(s) && s->state != SERVER_STORE)
        csign_server_refuse(s, CSIGN_P_DROPPED);
    if (s->limit != 0 && left_of(s->limit, s->since, now) == 0)
        csign_server_refuse(s, lateness(s));
    if (!minds_silence(s) || left_of(CSIGN_SILENCE_MS, s->heard, now) > 0)
        return;
    csign_server_refuse(s, is_between(s) ? CSIGN_P_CLOSED : CSIGN_P_SILENT);
    await_wake(s);
}

void csign_server_close(csign_server *s, csign_status reason)
{
    csign_server_refuse(s, reason);
    want(s, SERVER_CLOSED);
}

csign_status csign_server_reason(const csign_server *s)
{
    if (s->reason == CSIGN_OK && csign_server_is_dropped(s))
        return CSIGN_P_DROPPED;
    return (csign_status)s->reason;
}
