/* SPDX-License-Identifier: MIT */
/* store.c: a device's store, whose contents are the input's: provisioned as it should be
 * and then changed, or any bytes at all; with power that goes at any write, cells that
 * take no value and calls in any order.
 *
 * What holds: nothing outside the store is touched; looking writes nothing; every job
 * ends; only a store that serves gives challenges; as long as only power is lost, no
 * challenge comes twice and a key is one that was put there, never a mixture of two.
 */
#include <csign/bytes.h>
#include <csign/store.h>

#include "cells.h"

enum { SEEN_MAX = 128, CHALLENGE_LEN = 16, STEPS_MAX = 100000 };

static struct cells cells;
static csign_store store;
static csign_any_work work;
static csign_hasher hasher = {&csign_sha256, &work.head};
static bool is_honest; /* its cells hold what the library wrote, but for cuts */
static uint8_t turn;   /* makes what is put there differ */
static uint8_t seen[SEEN_MAX][CHALLENGE_LEN];
static size_t seen_count;

static void look(void)
{
    csign_store_state state;

    cells.is_read_only = true;
    state = csign_store_open(&store, &cells.memory);
    FUZZ_CHECK(state <= CSIGN_STORE_READY && state == csign_store_now(&store));
    cells.is_read_only = false;
}

static void restart(void)
{
    cells_power_on(&cells);
    memset(&store, 0x55, sizeof store);
    look();
}

/* Works until the job is over, or for so many steps. Returns how it went. */
static csign_step work_on(unsigned steps)
{
    csign_step step = CSIGN_STEP_MORE;
    bool must_end = steps == 0;

    steps = must_end ? STEPS_MAX : steps;
    while (step == CSIGN_STEP_MORE && steps-- > 0) {
        step = csign_store_step(&store);
        if (cells.is_off) {
            restart();
            return CSIGN_STEP_FAILED;
        }
    }
    FUZZ_CHECK(!must_end || step != CSIGN_STEP_MORE);
    return step;
}

static bool is_one_byte(const uint8_t *bytes, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        if (bytes[i] != bytes[0])
            return false;
    }
    return true;
}

static void read_keys(void)
{
    uint8_t key[CSIGN_NEW_KEY_LEN];
    uint32_t rights;

    for (unsigned slot = 0; slot <= cells.memory.key_slots; slot++) {
        csign_status status = csign_store_key(&store, (uint8_t)slot, &rights, key);

        if (status != CSIGN_OK)
            continue;
        FUZZ_CHECK(slot < cells.memory.key_slots);
        FUZZ_CHECK(!is_honest || (is_one_byte(key, sizeof key) && rights == key[0]));
    }
}

static void load(void)
{
    static csign_slot slots[4];
    static csign_any_keyed keyed[4];
    csign_settings settings = {hasher, "lamp-1", 6, 16, 16, 16, 64, 64, 0, 5000};
    csign_device device = {.settings = &settings,
                           .profile = &csign_sealed_server,
                           .slots = slots,
                           .keyed = keyed,
                           .slot_count = cells.memory.key_slots};
    csign_store_identity identity;
    csign_status status;

    memset(slots, 0, sizeof slots);
    status = csign_store_load(&store, &device);
    for (uint8_t slot = 0; slot < device.slot_count; slot++)
        FUZZ_CHECK(status == CSIGN_OK || !slots[slot].is_held);
    if (csign_store_identify(&store, &identity) == CSIGN_OK)
        FUZZ_CHECK(identity.id_len <= CSIGN_ID_MAX);
}

static void is_new(const uint8_t *challenge)
{
    for (size_t i = 0; is_honest && i < seen_count; i++)
        FUZZ_CHECK(memcmp(seen[i], challenge, CHALLENGE_LEN) != 0);
    if (seen_count < SEEN_MAX)
        memcpy(seen[seen_count++], challenge, CHALLENGE_LEN);
}

static void draw(uint8_t how)
{
    static struct guard guard;
    csign_any_keyed keyed;
    uint8_t *out = guard_room(&guard, CHALLENGE_LEN), entropy[8] = {how};
    bool is_serving = csign_store_now(&store) == CSIGN_STORE_SERVING;
    csign_status status = csign_store_secret(&store, &hasher, &keyed);

    if (status != CSIGN_OK)
        memset(&keyed, 0, sizeof keyed);
    if ((how & 0x80) && store.lower < UINT32_MAX - 1)
        store.lower = UINT32_MAX - 1; /* 2^32 challenges later */
    status = csign_store_challenge(&store, &hasher, &keyed, entropy, how % 9, out,
                                   CHALLENGE_LEN);
    if (status != CSIGN_OK)
        return;
    FUZZ_CHECK(is_serving);
    is_new(out);
}

/* What a key says in every byte is its rights too. */
static void change(uint8_t how, uint8_t key[CSIGN_NEW_KEY_LEN])
{
    csign_change change = {(uint8_t)(how >> 1) % 6, how & 1, 0, key};

    memset(key, ++turn, CSIGN_NEW_KEY_LEN);
    change.rights = turn;
    (void)csign_store_change(&store, &change);
}

static void put_identity(uint8_t how)
{
    static csign_store_identity identity;

    memset(&identity, 0, sizeof identity);
    identity.id_len = how % 70;
    memset(identity.id, 'a' + how % 16, how % 70 <= CSIGN_ID_MAX ? how % 70 : 0);
    (void)csign_store_put_identity(&store, &identity);
}

static void put_secret(void)
{
    static uint8_t secret[CSIGN_SOURCE_SECRET_LEN];

    memset(secret, ++turn, sizeof secret);
    (void)csign_store_put_secret(&store, secret);
}

static void put_key(uint8_t slot)
{
    static uint8_t key[CSIGN_NEW_KEY_LEN];

    memset(key, ++turn, sizeof key);
    (void)csign_store_put_key(&store, slot, turn, key);
}

static void provision(void)
{
    (void)csign_store_begin(&store);
    work_on(0);
    put_identity(6);
    work_on(0);
    put_secret();
    work_on(0);
    put_key(0);
    work_on(0);
    (void)csign_store_commit(&store);
    work_on(0);
}

/* Cells that hold something else. */
static void overwrite(struct choices *in)
{
    size_t at = choose16(in) % csign_store_bytes(&cells.memory), got;
    size_t room = csign_store_bytes(&cells.memory) - at;
    const uint8_t *bytes = choose_bytes(in, 1 + choose(in), &got);

    memcpy(cells.bytes + at, bytes, got < room ? got : room);
    is_honest = false;
}

/* One cell, or one with a bit changed. */
static void decay(struct choices *in)
{
    size_t at = choose16(in) % csign_store_bytes(&cells.memory);

    cells.bytes[at] ^= (uint8_t)(1 << choose(in) % 8);
    is_honest = false;
}

static void call(struct choices *in)
{
    static uint8_t key[CSIGN_NEW_KEY_LEN];

    switch (choose(in) % 18) {
    case 0:
        (void)csign_store_start(&store);
        break;
    case 1:
        work_on(1u + choose(in));
        break;
    case 2:
        load();
        break;
    case 3:
        read_keys();
        break;
    case 4:
        change(choose(in), key);
        break;
    case 5:
        csign_store_cancel(&store);
        break;
    case 6:
        (void)csign_store_begin(&store);
        break;
    case 7:
        put_identity(choose(in));
        break;
    case 8:
        put_secret();
        break;
    case 9:
        put_key(choose(in) % 6);
        break;
    case 10:
        (void)csign_store_commit(&store);
        break;
    case 11:
        provision();
        break;
    case 12:
        overwrite(in);
        restart();
        break;
    case 13:
        decay(in);
        break;
    case 14:
        cells.until = choose(in);
        cells.half = choose(in);
        break;
    case 15:
        restart();
        break;
    case 16:
        cells.stuck = (uint16_t)(cells.memory.base + choose16(in) % 512);
        is_honest = false;
        break;
    default:
        draw(choose(in));
        return;
    }
    if (choose(in) % 2)
        work_on(0);
}

void fuzz(struct choices *in)
{
    cells_begin(&cells, in);
    is_honest = true;
    turn = 0;
    seen_count = 0;
    restart();
    if (choose(in) % 2)
        provision();
    while (in->left > 0)
        call(in);
    work_on(0);
    restart();
    (void)csign_store_start(&store);
    work_on(0);
    load();
    read_keys();
    draw(0);
}
