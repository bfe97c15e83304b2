/* SPDX-License-Identifier: MIT */
/* server.c: a device's connection, against a peer that says whatever it likes.
 *
 * The input sets the device up, then writes what the peer does. As `server` the peer can
 * solve challenges with a key, so that the inside is reached, and changes what it solved
 * now and then. As `server_stranger` (FUZZ_STRANGER) it never has the key for the
 * challenge that it was given; it has other keys, requests that were right for another
 * challenge and requests with a bit changed.
 *
 * What holds: no handler runs and no key changes but by a request solved for this very
 * challenge and not changed; every split of the input gives the same conversation;
 * nothing of a conversation that is over stays in its memory.
 */
#include <csign/bytes.h>
#include <csign/server.h>

/* What the connection is bound to is where a peer would have it from the wire. */
#include <csign/server_state.h>

#include "setup.h"
#include "talk.h"

#ifdef FUZZ_STRANGER
#define IS_STRANGER true
#else
#define IS_STRANGER false
#endif

enum { SLOTS = 4, KEY_LEN = SETUP_KEY_LEN, MESSAGE_MAX = 1 + 255 + 64 };

struct setup {
    csign_settings settings;
    const csign_server_profile *profile;
    csign_table commands, answers;
    uint32_t rights[2];
    uint8_t keys; /* held at the start */
    uint8_t how;  /* the handler goes about it, and whether the store takes a change */
    uint8_t cut;
    uint8_t chunk; /* bytes that leave at once; 0: all */
    uint8_t pause; /* ms between two of them */
    bool changes_keys, is_busy, may_overlap;
    uint8_t broken; /* what of the device makes no sense */
};

struct side {
    const struct setup *setup;
    csign_any_work work;
    csign_settings settings;
    csign_slot slots[SLOTS];
    csign_any_keyed keyed[SLOTS];
    csign_device device;
    csign_server server, other;
    uint8_t *memory;
    uint8_t challenges;
    unsigned done; /* handlers run and changes asked for */
    uint32_t now;
    struct log log;
};

/* What the peer has to solve with. */
static csign_any_work peers_work;
static csign_any_keyed peers_keyed;

/* -- the device ----------------------------------------------------------------- */

static struct setup choose_setup(struct choices *in)
{
    struct setup setup;
    uint8_t flags = choose(in), more = choose(in);
    bool is_sealed = flags & SETUP_SEALED;

    setup.settings = setup_settings(in, flags, &peers_work);
    setup.profile = is_sealed ? &csign_sealed_server : &csign_classic_server;
    setup.changes_keys = is_sealed && (flags & 0x20);
    setup.is_busy = flags & 0x40;
    setup.keys = (uint8_t)(more % 3);
    setup.may_overlap = more & 0x80;
    setup.rights[0] = more & 0x40 ? CSIGN_RIGHT_OF_ROW_0 : CSIGN_RIGHTS_EVERY;
    setup.rights[1] = more & 0x20 ? CSIGN_RIGHTS_EVERY : CSIGN_RIGHT_OF_ROW_0 << 1;
    setup.commands = setup_codes(choose(in), is_sealed);
    setup.answers = more & 0x10 ? setup_codes(choose(in), is_sealed)
                                : setup_answers(choose(in), is_sealed);
    setup.broken = flags & SETUP_RAW ? choose(in) : 0;
    setup.how = choose(in);
    setup.cut = choose(in);
    setup.chunk = choose(in);
    setup.pause = (uint8_t)(choose(in) % 4 * setup.chunk);
    return setup;
}

static void open(struct side *side)
{
    csign_server_open(&side->server, &side->device, side->memory, side->now);
}

/* What no device may be like. */
static void break_device(csign_device *device, uint8_t broken)
{
    static const uint8_t reserved[12] = {CSIGN_CODE_LAST, 1, 2};

    if (broken & 1)
        device->slot_count = broken & 2 ? 0 : CSIGN_NO_SLOT;
    if (broken & 4)
        device->slots = NULL;
    if (broken & 8)
        device->commands.codes = NULL;
    if (broken & 0x10)
        device->answers.codes = NULL;
    if (broken & 0x20)
        device->commands = (csign_table){reserved, 3, (uint8_t)(1 + (broken >> 6))};
    else if (broken & 0x40)
        device->answers.len = (uint8_t)(broken & 0x80 ? 0 : 17);
}

/* False: these settings are refused, as they must be before anything is served. */
static bool begin(struct side *side, const struct setup *setup, struct guard *guard)
{
    csign_device *device = &side->device;
    uint8_t key[KEY_LEN];

    memset(side, 0, sizeof *side);
    side->setup = setup;
    side->settings = setup->settings;
    side->settings.hasher.work = &side->work.head;
    device->settings = &side->settings;
    device->profile = setup->profile;
    device->commands = setup->commands;
    device->answers = setup->answers;
    device->slots = side->slots;
    device->keyed = side->keyed;
    device->slot_count = SLOTS;
    device->key_change = setup->changes_keys ? csign_key_change : NULL;
    device->changing = setup->is_busy ? &side->other : NULL;
    break_device(device, setup->broken);
    if (csign_device_check(device, setup->may_overlap) != CSIGN_OK)
        return false;
    for (uint8_t slot = 0; slot < setup->keys; slot++) {
        setup_key(slot, key);
        FUZZ_CHECK(csign_device_set_key(device, slot, setup->rights[slot], key,
                                        sizeof key) == CSIGN_OK);
    }
    side->memory = guard_room(guard, csign_server_bytes(device));
    side->now = (uint32_t)-2000; /* the clock wraps on the way */
    open(side);
    return true;
}

static void run_sealed(struct side *side)
{
    csign_server *s = &side->server;
    static uint8_t long_data[256];
    size_t len;
    const uint8_t *arguments = csign_server_arguments(s, &len);
    uint8_t how = (uint8_t)(side->setup->how + (len > 0 ? arguments[0] : 0));
    uint8_t status = how & 8 ? (uint8_t)(CSIGN_STATUS_OWN | how) : CSIGN_STATUS_DONE;

    log_bytes(&side->log, 'R', arguments, len);
    FUZZ_CHECK(csign_server_answer(s, long_data, side->now) == CSIGN_E_ORDER);
    if (how & 1)
        log_byte(&side->log, csign_server_append(s, arguments, len));
    if (how & 2)
        side->now += 40 * how;
    if (how & 4)
        csign_server_end(s);
    if (csign_server_reply(s, status, how & 1 ? long_data : arguments,
                           how & 1 ? how : len, side->now) != CSIGN_OK)
        FUZZ_CHECK(csign_server_reply(s, status, NULL, 0, side->now) == CSIGN_OK);
}

static void run_classic(struct side *side, size_t row)
{
    const csign_table *table = &side->device.answers;
    bool has_answer = row < table->count && (side->setup->how & 1);
    const uint8_t *answer = has_answer ? table->codes + row * table->len : NULL;

    FUZZ_CHECK(csign_server_reply(&side->server, 0, NULL, 0, side->now) == CSIGN_E_ORDER);
    FUZZ_CHECK(csign_server_answer(&side->server, answer, side->now) == CSIGN_OK);
}

static void run(struct side *side)
{
    csign_server *s = &side->server;
    size_t row = csign_server_command(s);
    uint8_t slot = csign_server_slot(s);

    FUZZ_CHECK(row < side->device.commands.count && slot < SLOTS);
    FUZZ_CHECK(side->slots[slot].is_held && csign_server_is_proven(s));
    log_byte(&side->log, (unsigned)row);
    log_byte(&side->log, slot);
    side->done++;
    if (side->setup->profile->is_sealed)
        run_sealed(side);
    else
        run_classic(side, row);
}

static void store(struct side *side)
{
    csign_change change = csign_server_change(&side->server);

    side->done++;
    FUZZ_CHECK(change.slot < SLOTS);
    log_byte(&side->log, change.slot);
    log_bytes(&side->log, 'K', change.key, change.is_set ? CSIGN_NEW_KEY_LEN : 0);
    if (side->setup->how & 0x40) {
        csign_server_close(&side->server, CSIGN_E_EVICTED);
        return;
    }
    if (side->setup->how & 0x10)
        csign_server_tick(&side->server, side->now += 100);
    csign_server_stored(&side->server, !(side->setup->how & 0x20), side->now);
}

static void send(struct side *side)
{
    size_t len;
    const uint8_t *out = csign_server_out(&side->server, &len);

    len = talk_send(&side->log, out, len, side->setup->chunk);
    side->now += side->setup->pause;
    csign_server_sent(&side->server, len, side->now);
}

/* Does what is wanted, until that is bytes or nothing. */
static void serve(void *user)
{
    struct side *side = user;
    csign_server *s = &side->server;
    uint8_t challenge[CSIGN_CHALLENGE_MAX];

    for (;;) {
        switch (csign_server_wants(s)) {
        case CSIGN_WANTS_CHALLENGE:
            memset(challenge, 0xc0 + side->challenges++, sizeof challenge);
            csign_server_challenge(s, challenge, side->now);
            break;
        case CSIGN_WANTS_SEND:
            FUZZ_CHECK(!IS_STRANGER || !csign_server_is_proven(s));
            send(side);
            break;
        case CSIGN_WANTS_RUN:
            run(side);
            break;
        case CSIGN_WANTS_STORE:
            store(side);
            break;
        default:
            return;
        }
    }
}

/* -- what the peer does --------------------------------------------------------- */

static void over(struct side *side)
{
    csign_server_close(&side->server, CSIGN_E_STOPPED);
    FUZZ_CHECK(csign_server_wants(&side->server) == CSIGN_WANTS_CLOSE);
    FUZZ_CHECK(is_zero(side->memory, csign_server_bytes(&side->device)));
    log_byte(&side->log, csign_server_reason(&side->server));
}

static void act(void *user, const struct item *item)
{
    struct side *side = user;
    uint8_t key[KEY_LEN];

    switch (item->kind) {
    case ITEM_TIME:
        side->now += item->value;
        csign_server_tick(&side->server, side->now);
        FUZZ_CHECK(csign_server_due(&side->server, side->now) > 0);
        log_byte(&side->log, csign_server_reason(&side->server));
        break;
    case ITEM_END:
        csign_server_end(&side->server);
        break;
    case ITEM_DROP:
        log_byte(&side->log, csign_device_drop_key(&side->device, (uint8_t)item->value));
        break;
    case ITEM_SET:
        setup_key((uint8_t)(item->value % 8 % SLOTS), key);
        log_byte(&side->log,
                 csign_device_set_key(&side->device, (uint8_t)(item->value % 8),
                                      CSIGN_RIGHTS_EVERY, key,
                                      item->value & 0x80 ? 4 : sizeof key));
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

    return csign_server_take(&side->server, bytes, len, side->now);
}

static bool wants_bytes(const void *user)
{
    const struct side *side = user;

    return csign_server_wants(&side->server) == CSIGN_WANTS_BYTES;
}

static const struct talk_machine machine = {take, wants_bytes, serve, act};

static void become(const csign_settings *settings, const csign_server_profile *profile,
                   uint8_t which)
{
    uint8_t key[KEY_LEN];

    setup_key(which, key);
    profile->key(settings, &peers_keyed, key, sizeof key);
}

/* The request for a command, bound to what `bound` holds. */
static size_t solve(const struct side *side, bool is_chained, const uint8_t *bound,
                    const uint8_t *command, size_t len, uint8_t *out)
{
    const struct setup *setup = side->setup;
    const csign_settings *t = &setup->settings;
    uint8_t tag[CSIGN_SEALED_LEN];

    if (!setup->profile->is_sealed) {
        csign_classic_tag(t, &peers_keyed, bound, command, side->device.commands.len,
                          out);
        return t->hasher.hash->digest_size;
    }
    out[0] = (uint8_t)len;
    memcpy(out + 1, command, len);
    csign_sealed_stream(t, &peers_keyed,
                        is_chained ? CSIGN_LABEL_NEXT_STREAM : CSIGN_LABEL_FIRST_STREAM,
                        bound, 0, out + 1, (uint8_t)len);
    csign_sealed_tag(t, &peers_keyed,
                     is_chained ? CSIGN_LABEL_NEXT_REQUEST : CSIGN_LABEL_FIRST_REQUEST,
                     bound, out, tag);
    memcpy(out + 1 + len, tag, t->tag);
    return 1 + len + t->tag;
}

/* The protocol's own commands, at their lengths. */
static size_t own_command(uint8_t which, uint8_t slot, uint8_t command[255])
{
    static const uint8_t lengths[] = {1, CSIGN_SET_KEY_LEN, 2, 1};

    command[0] = (uint8_t)(CSIGN_CODE_LAST + which % 4);
    command[1] = slot;
    memset(command + 2, which & 4 ? 0xff : 0, 4);
    setup_key(slot & 0x40 ? which : (uint8_t)(slot % 8), command + 6);
    return lengths[which % 4];
}

/* Every key in turn, the right challenge or another, a bit changed or none. Returns
 * whether this may be believed. */
static bool peer_solves(struct side *side, struct talk *talk, struct choices *in)
{
    const struct setup *setup = side->setup;
    const csign_server *s = &side->server;
    uint8_t how = choose(in), command[255] = {0}, bound[2 * CSIGN_CHALLENGE_MAX];
    uint8_t message[MESSAGE_MAX];
    size_t got, len = 1 + choose(in);
    const uint8_t *chosen = choose_bytes(in, len > 255 ? 255 : len, &got);
    bool is_right = s->state == SERVER_REQUEST && s->have == 0 && !(how & 0x10),
         is_chained = s->flags & SERVER_CHAINED;
    uint8_t which = (how & 3) == 3 ? SETUP_STRANGERS_KEY : how & 3;

    len = got > 0 ? got : 1;
    memcpy(command, chosen, got);
    if ((how & 0x0c) == 0x0c)
        len = own_command(command[0], command[1], command);
    if (!setup->profile->is_sealed && got > 0)
        csign_table_code(&side->device.commands, chosen[0] % side->device.commands.count,
                         command);
    memset(bound, 0, sizeof bound);
    memcpy(bound, side->memory,
           is_chained ? CSIGN_SEALED_LEN
           : setup->profile->is_sealed
               ? (size_t)(setup->settings.wake + setup->settings.challenge)
               : setup->settings.challenge);
    if (IS_STRANGER && is_right && which != SETUP_STRANGERS_KEY)
        how |= 0x20;
    if (how & 0x20) {
        bound[(how >> 6) % setup->settings.challenge] ^= 0x80;
        is_right = false;
    }
    become(&setup->settings, setup->profile, which);
    len = solve(side, is_chained, bound, command, len, message);
    if (how & 0x10)
        message[choose(in) % len] ^= (uint8_t)(1 << (how >> 6));
    return talk_say(talk, side, message, len) && is_right;
}

/* What brings the peer to the challenge. */
static void peer_wakes(struct side *side, struct talk *talk)
{
    uint8_t wake[255];
    uint8_t len = side->setup->settings.wake;

    memset(wake, 0x40, sizeof wake);
    talk_say(talk, side, wake, len);
}

/* Returns how many requests may be believed. */
static unsigned talk_first(struct side *side, struct talk *talk, struct choices *in)
{
    unsigned valid = 0;

    if (choose(in) % 4 != 0)
        peer_wakes(side, talk);
    while (in->left > 0) {
        switch (choose(in) % 9) {
        case 0:
            talk_say_any(talk, side, in);
            break;
        case 1:
            peer_wakes(side, talk);
            break;
        case 2:
            talk_act(talk, side, ITEM_TIME, 8u * choose16(in));
            break;
        case 3:
            talk_act(talk, side, ITEM_END, 0);
            break;
        case 4:
            talk_act(talk, side, ITEM_OPEN, 0);
            break;
        case 5:
            talk_act(talk, side, ITEM_DROP, choose(in) % (SLOTS + 1));
            break;
        case 6:
            talk_act(talk, side, ITEM_SET, choose(in));
            break;
        default:
            valid += peer_solves(side, talk, in);
            break;
        }
    }
    talk_act(talk, side, ITEM_CLOSE, 0);
    return valid;
}

static void is_the_same(const struct side *side, const struct side *first)
{
    FUZZ_CHECK(side->done == first->done && side->now == first->now);
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
    serve(&first);
    talk_begin(&talk, &machine);
    valid = talk_first(&first, &talk, in);
    FUZZ_CHECK(first.done <= valid);
    FUZZ_CHECK(!IS_STRANGER || first.done == 0);
    do {
        begin(&again, &setup, &memory);
        serve(&again);
        talk_again(&talk, &again, (uint8_t)cut);
        is_the_same(&again, &first);
    } while (talk_next_cut(&cut, setup.cut));
}
