/* SPDX-License-Identifier: MIT */
/* provision.c: the line that a device is provisioned over, against whatever comes on it.
 *
 * The input writes bytes, and frames whose check is right and whose kind, sequence and
 * body are what it likes; the power of the store may go.
 *
 * What holds: every split of the input gives the same replies and the same store; a
 * provisioned device that nobody grants anything is not written to; no reply holds a
 * stored key; no frame stays in memory once the line is closed.
 */
#include <csign/crc16.h>
#include <csign/provision.h>

#include "cells.h"
#include "setup.h"
#include "talk.h"

enum { STEPS_MAX = 100000, KEPT_KEY = 0x5a, A_SECRET = 16 };

struct setup {
    csign_settings settings;
    struct choices shape; /* of the store */
    uint8_t cut;
    uint8_t chunk;       /* bytes that leave at once; 0: all */
    uint16_t until;      /* power goes; 0: it does not */
    bool is_provisioned; /* before */
    bool is_granted;
};

struct side {
    const struct setup *setup;
    csign_any_work work;
    csign_settings settings;
    csign_slot slots[4];
    csign_any_keyed keyed[4];
    csign_device device;
    csign_store store;
    struct cells cells;
    csign_provision line;
    uint8_t *frame;
    uint32_t now;
    struct log log;
};

static csign_any_work setup_work;

static void finish_job(struct side *side)
{
    unsigned steps = 0;

    while (csign_store_step(&side->store) == CSIGN_STEP_MORE)
        FUZZ_CHECK(steps++ < STEPS_MAX);
}

static void provision(struct side *side)
{
    static const csign_store_identity identity = {.id_len = 1, .id = "x"};
    uint8_t key[CSIGN_NEW_KEY_LEN];
    csign_store *store = &side->store;

    memset(key, KEPT_KEY, sizeof key);
    FUZZ_CHECK(csign_store_begin(store) == CSIGN_OK);
    finish_job(side);
    FUZZ_CHECK(csign_store_put_identity(store, &identity) == CSIGN_OK);
    finish_job(side);
    FUZZ_CHECK(csign_store_put_secret(store, key) == CSIGN_OK);
    finish_job(side);
    FUZZ_CHECK(csign_store_put_key(store, 0, CSIGN_RIGHTS_EVERY, key) == CSIGN_OK);
    finish_job(side);
    FUZZ_CHECK(csign_store_commit(store) == CSIGN_OK);
    finish_job(side);
    FUZZ_CHECK(csign_store_now(store) == CSIGN_STORE_READY);
}

static void begin(struct side *side, const struct setup *setup)
{
    static struct guard frame;
    struct guard cells = side->cells.guard;
    struct choices shape = setup->shape;

    memset(side, 0, sizeof *side);
    side->setup = setup;
    side->cells.guard = cells;
    side->settings = setup->settings;
    side->settings.hasher.work = &side->work.head;
    cells_begin(&side->cells, &shape);
    side->device.settings = &side->settings;
    side->device.profile = &csign_sealed_server;
    side->device.slots = side->slots;
    side->device.keyed = side->keyed;
    side->device.slot_count = side->cells.memory.key_slots;
    (void)csign_store_open(&side->store, &side->cells.memory);
    if (setup->is_provisioned)
        provision(side);
    side->cells.is_read_only = setup->is_provisioned && !setup->is_granted;
    side->cells.until = setup->until;
    side->frame = guard_room(&frame, CSIGN_PROVISION_BYTES);
    csign_provision_open(&side->line, &side->device, &side->store, side->frame,
                         side->now);
}

/* Nobody who reads the line learns the key that was there before. */
static void tells_no_key(const uint8_t *out, size_t len)
{
    size_t alike = 0;

    for (size_t i = 0; i < len; i++) {
        alike = out[i] == KEPT_KEY ? alike + 1 : 0;
        FUZZ_CHECK(alike < A_SECRET);
    }
}

static void send(struct side *side)
{
    size_t len;
    const uint8_t *out = csign_provision_out(&side->line, &len);

    FUZZ_CHECK(len > 0 && len <= CSIGN_PROVISION_BYTES);
    tells_no_key(out, len);
    len = talk_send(&side->log, out, len, side->setup->chunk);
    csign_provision_sent(&side->line, len, side->now);
}

/* Does what is wanted, until that is bytes. */
static void work(void *user)
{
    struct side *side = user;
    unsigned steps = 0;

    for (;; steps++) {
        FUZZ_CHECK(steps < STEPS_MAX);
        switch (csign_provision_wants(&side->line)) {
        case CSIGN_WANTS_STORE:
            csign_provision_step(&side->line, side->now);
            break;
        case CSIGN_WANTS_SEND:
            send(side);
            break;
        default:
            if (steps > 0)
                log_byte(&side->log, csign_provision_is_done(&side->line));
            return;
        }
    }
}

static void act(void *user, const struct item *item)
{
    struct side *side = user;

    switch (item->kind) {
    case ITEM_TIME:
        side->now += item->value;
        csign_provision_tick(&side->line, side->now);
        log_byte(&side->log, csign_provision_is_busy(&side->line));
        break;
    case ITEM_OPEN:
        cells_power_on(&side->cells);
        side->cells.is_read_only =
            side->setup->is_provisioned && !side->setup->is_granted;
        (void)csign_store_open(&side->store, &side->cells.memory);
        csign_provision_open(&side->line, &side->device, &side->store, side->frame,
                             side->now);
        break;
    default:
        csign_provision_close(&side->line);
        FUZZ_CHECK(is_zero(side->frame, CSIGN_PROVISION_BYTES));
        FUZZ_CHECK(csign_store_now(&side->store) != CSIGN_STORE_OPEN);
        break;
    }
    log_byte(&side->log, csign_store_now(&side->store));
}

static size_t take(void *user, const uint8_t *bytes, size_t len)
{
    struct side *side = user;

    return csign_provision_take(&side->line, bytes, len, side->setup->is_granted,
                                side->now);
}

static bool wants_bytes(const void *user)
{
    const struct side *side = user;

    return csign_provision_wants(&side->line) == CSIGN_WANTS_BYTES;
}

static const struct talk_machine machine = {take, wants_bytes, work, act};

/* -- what comes on the line ----------------------------------------------------- */

/* A body as long as the kind wants, or as the input says. */
static size_t body_len(uint8_t kind, uint8_t how)
{
    static const uint8_t lengths[8] = {0, 1, 0, 6, 32, 37, 17, 0};

    return how & 0x80 ? how & 0x7f : kind == 0x18 ? 0 : lengths[kind & 7];
}

static void line_asks(struct side *side, struct talk *talk, struct choices *in)
{
    uint8_t frame[4 + 127 + 2] = {CSIGN_PROVISION_START};
    uint8_t kind = (uint8_t)(0x10 + choose(in) % 10), how = choose(in);
    size_t len = body_len(kind, how), got;
    const uint8_t *body = choose_bytes(in, len, &got);
    uint16_t check;

    frame[1] = (uint8_t)len;
    frame[2] = (uint8_t)(side->line.sequence + (how & 0x60 ? 1 : how));
    frame[3] = kind;
    memcpy(frame + 4, body, got);
    check = csign_crc16_of(0xffff, frame + 1, (uint8_t)(3 + len));
    frame[4 + len] = (uint8_t)(check >> 8);
    frame[5 + len] = (uint8_t)check;
    talk_say(talk, side, frame, 6 + len);
}

static void talk_first(struct side *side, struct talk *talk, struct choices *in)
{
    while (in->left > 0) {
        switch (choose(in) % 8) {
        case 0:
            talk_say_any(talk, side, in);
            break;
        case 1:
            talk_act(talk, side, ITEM_TIME, choose16(in));
            break;
        case 2:
            talk_act(talk, side, ITEM_OPEN, 0);
            break;
        default:
            line_asks(side, talk, in);
            break;
        }
    }
    talk_act(talk, side, ITEM_CLOSE, 0);
}

static struct setup choose_setup(struct choices *in)
{
    struct setup setup;
    uint8_t flags = choose(in);

    setup.settings = setup_settings(in, (uint8_t)(flags & ~SETUP_RAW), &setup_work);
    setup.is_provisioned = flags & 0x20;
    setup.is_granted = flags & 0x40;
    setup.until = flags & SETUP_RAW ? choose(in) : 0;
    setup.cut = choose(in);
    setup.chunk = choose(in);
    setup.shape = *in;
    (void)choose(in); /* which is the store's shape */
    return setup;
}

static void is_the_same(const struct side *side, const struct side *first)
{
    FUZZ_CHECK(log_is_same(&side->log, &first->log));
    FUZZ_CHECK(memcmp(side->cells.bytes, first->cells.bytes,
                      csign_store_bytes(&first->cells.memory)) == 0);
}

void fuzz(struct choices *in)
{
    static struct talk talk;
    static struct side first, again;
    struct setup setup = choose_setup(in);
    unsigned cut = 0;

    begin(&first, &setup);
    talk_begin(&talk, &machine);
    talk_first(&first, &talk, in);
    do {
        begin(&again, &setup);
        talk_again(&talk, &again, (uint8_t)cut);
        is_the_same(&again, &first);
    } while (talk_next_cut(&cut, setup.cut));
}
