/* SPDX-License-Identifier: MIT */
/* client.c: a client's connection, against a device that says whatever it likes.
 *
 * As `client` the device has the key and replies as it should, or nearly. As
 * `client_stranger` (FUZZ_STRANGER) it never has the key for what it was asked; it has
 * another key, replies to another request and replies with a bit changed.
 *
 * What holds: no outcome is done or failed but by a reply that was made for this very
 * request and not changed; every split of the input gives the same conversation; nothing
 * stays in a connection's memory once it is wiped.
 */
#include <csign/bytes.h>
#include <csign/client.h>

/* What a reply is bound to is where a device would have it from the wire. */
#include <csign/client_state.h>

#include "setup.h"
#include "talk.h"

#ifdef FUZZ_STRANGER
#define IS_STRANGER true
#else
#define IS_STRANGER false
#endif

struct setup {
    csign_settings settings;
    const csign_client_profile *profile;
    csign_table codes, answers;
    uint32_t timeout_ms;
    uint8_t requests; /* made before the client has had enough */
    uint8_t how;      /* they look, and how soon they come */
    uint8_t cut;
    uint8_t chunk; /* bytes that leave at once; 0: all */
    uint8_t pause; /* ms between two of them */
};

struct side {
    const struct setup *setup;
    csign_any_work work;
    csign_settings settings;
    csign_any_keyed keyed;
    csign_client_config config;
    csign_client client;
    uint8_t *memory;
    uint8_t challenges;
    uint8_t asked;
    bool is_waiting; /* for a request's outcome */
    unsigned proven;
    uint32_t now;
    struct log log;
};

/* What the device has to reply with. */
static csign_any_work devices_work;
static csign_any_keyed devices_keyed;

static struct setup choose_setup(struct choices *in)
{
    struct setup setup;
    uint8_t flags = choose(in);
    bool is_sealed = flags & SETUP_SEALED;

    setup.settings = setup_settings(in, flags, &devices_work);
    setup.profile = is_sealed ? &csign_sealed_client : &csign_classic_client;
    setup.codes = setup_codes(choose(in) | 1, is_sealed);
    setup.answers = flags & 0x40 ? setup_codes(choose(in), is_sealed)
                                 : setup_answers(choose(in), is_sealed);
    setup.timeout_ms = flags & 0x20 ? 40u * choose(in) : CSIGN_REPLY_MS;
    setup.requests = choose(in) % 8;
    setup.how = choose(in);
    setup.cut = choose(in);
    setup.chunk = choose(in);
    setup.pause = (uint8_t)(choose(in) % 4 * setup.chunk);
    return setup;
}

static void open(struct side *side)
{
    side->asked = 0;
    side->is_waiting = false;
    csign_client_open(&side->client, &side->config, side->memory, side->now);
}

/* False: these settings are refused, as they must be before anything is asked. */
static bool begin(struct side *side, const struct setup *setup, struct guard *guard)
{
    csign_client_config *config = &side->config;
    uint8_t key[SETUP_KEY_LEN];

    memset(side, 0, sizeof *side);
    side->setup = setup;
    side->settings = setup->settings;
    side->settings.hasher.work = &side->work.head;
    config->settings = &side->settings;
    config->profile = setup->profile;
    config->keyed = &side->keyed;
    config->answers = setup->answers;
    config->code_len = setup->codes.len;
    config->timeout_ms = setup->timeout_ms;
    if (csign_client_check(config) != CSIGN_OK)
        return false;
    setup_key(0, key);
    setup->profile->key(&side->settings, &side->keyed, key, sizeof key);
    side->memory = guard_room(guard, csign_client_bytes(config));
    side->now = (uint32_t)-2000; /* the clock wraps on the way */
    open(side);
    return true;
}

/* -- the client ----------------------------------------------------------------- */

static void note_outcome(struct side *side)
{
    const csign_client *c = &side->client;
    csign_outcome outcome = csign_client_outcome(c);
    size_t len;
    const uint8_t *data;

    if (!side->is_waiting || outcome == CSIGN_OUTCOME_NONE)
        return;
    side->is_waiting = false;
    log_byte(&side->log, outcome);
    if (outcome != CSIGN_OUTCOME_DONE && outcome != CSIGN_OUTCOME_FAILED)
        return;
    side->proven++;
    data = csign_client_reply_data(c, &len);
    log_byte(&side->log, csign_client_reply_status(c));
    log_bytes(&side->log, 'D', data, len);
    log_byte(&side->log, (unsigned)csign_client_answer(c));
}

static void ask(struct side *side)
{
    const struct setup *setup = side->setup;
    csign_client *c = &side->client;
    uint8_t command[256];
    size_t len = setup->codes.len;
    csign_status status;

    if (side->asked++ == setup->requests) {
        csign_client_close(c, setup->how & 1 ? CSIGN_P_REPEATED : CSIGN_OK);
        return;
    }
    FUZZ_CHECK((csign_client_device_challenge(c) == NULL) ==
               ((c->flags & CLIENT_CHAINED) != 0));
    memset(command, side->asked, sizeof command);
    if (setup->profile->is_sealed)
        len = setup->how & 2 ? side->asked * 40u : side->asked;
    side->now += setup->how & 4 ? 199u * side->asked : 0;
    status = csign_client_request(c, command, len, side->now);
    log_byte(&side->log, status);
    side->is_waiting = status == CSIGN_OK;
    if (status == CSIGN_E_LENGTH)
        csign_client_close(c, CSIGN_E_STOPPED);
    FUZZ_CHECK(csign_client_request(c, command, len, side->now) == CSIGN_E_ORDER);
}

static void send(struct side *side)
{
    size_t len;
    const uint8_t *out = csign_client_out(&side->client, &len);

    len = talk_send(&side->log, out, len, side->setup->chunk);
    side->now += side->setup->pause;
    csign_client_tick(&side->client, side->now);
    csign_client_sent(&side->client, len, side->now);
}

/* Does what is wanted, until that is bytes or nothing. */
static void work(void *user)
{
    struct side *side = user;
    csign_client *c = &side->client;
    uint8_t challenge[CSIGN_CHALLENGE_MAX];

    for (;;) {
        note_outcome(side);
        switch (csign_client_wants(c)) {
        case CSIGN_WANTS_CHALLENGE:
            memset(challenge, 0x40 + side->challenges++, sizeof challenge);
            csign_client_challenge(c, challenge, side->now);
            break;
        case CSIGN_WANTS_SEND:
            send(side);
            break;
        case CSIGN_WANTS_REQUEST:
            ask(side);
            break;
        default:
            return;
        }
    }
}

static void over(struct side *side)
{
    csign_client *c = &side->client;

    csign_client_wipe(c);
    FUZZ_CHECK(csign_client_wants(c) == CSIGN_WANTS_CLOSE);
    FUZZ_CHECK(csign_client_outcome(c) != CSIGN_OUTCOME_NONE);
    FUZZ_CHECK(is_zero(side->memory, csign_client_bytes(&side->config)));
    note_outcome(side);
    log_byte(&side->log, csign_client_reason(c));
}

/* -- what the device does ------------------------------------------------------- */

static void act(void *user, const struct item *item)
{
    struct side *side = user;

    switch (item->kind) {
    case ITEM_TIME:
        side->now += item->value;
        csign_client_tick(&side->client, side->now);
        break;
    case ITEM_END:
        csign_client_end(&side->client);
        break;
    case ITEM_OPEN:
        over(side);
        open(side);
        break;
    default:
        over(side);
        break;
    }
}

static size_t take(void *user, const uint8_t *bytes, size_t len)
{
    struct side *side = user;

    return csign_client_take(&side->client, bytes, len, side->now);
}

static bool wants_bytes(const void *user)
{
    const struct side *side = user;

    return csign_client_wants(&side->client) == CSIGN_WANTS_BYTES;
}

static const struct talk_machine machine = {take, wants_bytes, work, act};

static size_t reply_sealed(const csign_client *c, const uint8_t *bound, const uint8_t *pt,
                           size_t len, uint8_t *out)
{
    csign_settings t = *c->config->settings;
    uint8_t tag[CSIGN_SEALED_LEN];

    t.hasher.work = &devices_work.head;
    out[0] = (uint8_t)len;
    memcpy(out + 1, pt, len);
    csign_sealed_stream(&t, &devices_keyed,
                        c->flags & CLIENT_CHAINED ? CSIGN_LABEL_NEXT_STREAM
                                                  : CSIGN_LABEL_FIRST_STREAM,
                        c->memory, c->sent_len, out + 1, (uint8_t)len);
    csign_sealed_tag(&t, &devices_keyed, CSIGN_LABEL_REPLY, bound, out, tag);
    memcpy(out + 1 + len, tag, t.tag);
    return 1 + len + t.tag;
}

/* A reply made with the key, or with another; to the request, or to another; as it is, or
 * with a bit changed. Returns whether it may be believed. */
static bool device_replies(struct side *side, struct talk *talk, struct choices *in)
{
    const struct setup *setup = side->setup;
    const csign_client *c = &side->client;
    uint8_t how = choose(in), pt[255] = {0}, key[SETUP_KEY_LEN], bound[64];
    uint8_t message[1 + 255 + 64];
    size_t got, len = 1 + choose(in) % 255u;
    const uint8_t *chosen = choose_bytes(in, len, &got);
    bool is_sealed = setup->profile->is_sealed, has_key = !(how & 1), is_right;

    memcpy(pt, chosen, got);
    if (IS_STRANGER && has_key && !(how & 4))
        how |= 2;
    is_right = c->state == CLIENT_REPLY && c->have == 0 && has_key && !(how & 6);
    setup_key(has_key ? 0 : SETUP_STRANGERS_KEY, key);
    setup->profile->key(&setup->settings, &devices_keyed, key, sizeof key);
    memcpy(bound, is_sealed ? csign_client_tag(c) : c->memory,
           is_sealed ? CSIGN_SEALED_LEN : setup->settings.challenge);
    bound[0] ^= how & 2 ? 0x80 : 0;
    if (is_sealed) {
        len = reply_sealed(c, bound, pt, got > 0 ? got : 1, message);
    } else {
        if (setup->answers.count > 0)
            csign_table_code(&setup->answers, pt[0] % setup->answers.count, pt);
        csign_classic_tag(&setup->settings, &devices_keyed, bound, pt, setup->answers.len,
                          message);
        len = setup->settings.hasher.hash->digest_size;
    }
    if (how & 4)
        message[choose(in) % len] ^= (uint8_t)(1 << (how >> 5));
    return talk_say(talk, side, message, len) && is_right;
}

static void device_challenges(struct side *side, struct talk *talk)
{
    uint8_t challenge[CSIGN_CHALLENGE_MAX];

    memset(challenge, 0xc0 + side->challenges, sizeof challenge);
    talk_say(talk, side, challenge, side->setup->settings.challenge);
}

/* The client's own request comes back. */
static void device_reflects(struct side *side, struct talk *talk)
{
    uint8_t request[64];
    size_t len = side->settings.hasher.hash->digest_size;

    memcpy(request, csign_client_tag(&side->client), len);
    talk_say(talk, side, request, len);
}

/* Returns how many replies may be believed. */
static unsigned talk_first(struct side *side, struct talk *talk, struct choices *in)
{
    unsigned valid = 0;

    if (!side->settings.is_link)
        device_challenges(side, talk);
    while (in->left > 0) {
        switch (choose(in) % 8) {
        case 0:
            talk_say_any(talk, side, in);
            break;
        case 1:
            device_challenges(side, talk);
            break;
        case 2:
            talk_act(talk, side, ITEM_TIME, 4u * choose16(in));
            break;
        case 3:
            talk_act(talk, side, ITEM_END, 0);
            break;
        case 4:
            talk_act(talk, side, ITEM_OPEN, 0);
            break;
        case 5:
            device_reflects(side, talk);
            break;
        default:
            valid += device_replies(side, talk, in);
            break;
        }
    }
    talk_act(talk, side, ITEM_CLOSE, 0);
    return valid;
}

static void is_the_same(const struct side *side, const struct side *first)
{
    FUZZ_CHECK(side->proven == first->proven && side->now == first->now);
    FUZZ_CHECK(log_is_same(&side->log, &first->log));
}

void fuzz(struct choices *in)
{
    static struct guard memory;
    static struct talk talk;
    static struct side first, again;
    struct setup setup = choose_setup(in);
    unsigned cut = 0, valid;

    if (!begin(&first, &setup, &memory))
        return;
    work(&first);
    talk_begin(&talk, &machine);
    valid = talk_first(&first, &talk, in);
    FUZZ_CHECK(first.proven <= valid);
    FUZZ_CHECK(!IS_STRANGER || first.proven == 0);
    do {
        begin(&again, &setup, &memory);
        work(&again);
        talk_again(&talk, &again, (uint8_t)cut);
        is_the_same(&again, &first);
    } while (talk_next_cut(&cut, setup.cut));
}
