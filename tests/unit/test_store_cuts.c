/* SPDX-License-Identifier: MIT */
/* Power fails in every write of everything a store does, and leaves the byte as it was,
 * as it should be, or as anything else: old or new state, never neither, and never a
 * repeated challenge. */
#include "store_fixture.h"

/* A place to go back to, power on. */
static struct {
    struct chip chip;
    csign_store store;
    uint16_t seen_count;
} saved;

static void save(void)
{
    saved.chip = chip;
    saved.store = store;
    saved.seen_count = seen_count;
}

static void go_back(void)
{
    chip = saved.chip;
    store = saved.store;
    seen_count = saved.seen_count;
}

/* What a byte is after the cut, number i: as it was, as it should be, then torn values,
 * all of them or some. */
enum { EVERY_BYTE = 258 };
#if defined(CHECK_SHORT)
enum { ALL_BYTES = 2, SOME_BYTES = 2 };
#elif defined(CHECK_ON_TARGET)
enum { ALL_BYTES = 4, SOME_BYTES = 3 };
#else
enum { ALL_BYTES = EVERY_BYTE, SOME_BYTES = 10 };
#endif

static int byte_after_cut(uint16_t i, uint16_t count, uint16_t k)
{
    uint32_t seed = (uint32_t)k * 31u + i;

    if (i < 2)
        return i == 0 ? -1 : 256;
    return count == EVERY_BYTE ? (int)i - 2 : noise(&seed);
}

/* The write that the job is cut in and the byte there; the job, and what must be so
 * afterwards. Jobs and questions say false when something is wrong. */
typedef struct {
    void (*job)(void);
    bool (*is_right)(void);
    uint16_t bytes; /* ALL_BYTES or SOME_BYTES */
} sweep;

/* Does the job from here, cut in write k. False when it has fewer writes. */
static bool is_cut(const sweep *s, uint16_t k, uint16_t i)
{
    go_back();
    cut_power_at(k, byte_after_cut(i, s->bytes, k));
    s->job();
    return chip.is_off;
}

/* Whether all is right wherever the job is cut, and how many writes it has. */
static bool cut_everywhere(const sweep *s, uint16_t *writes)
{
    save();
    for (uint16_t k = 1;; k++) {
        for (uint16_t i = 0; i < s->bytes; i++) {
            *writes = (uint16_t)(k - 1);
            if (!is_cut(s, k, i))
                return i == 0;
            if (!s->is_right())
                return false;
        }
    }
}

#ifndef CHECK_ON_TARGET
static struct chip between; /* two cuts; a target has no room for it */

/* Cuts the job in every write, and the start after it in every write too. */
static bool cut_twice(const sweep *s, uint16_t *pairs)
{
    uint16_t between_seen;

    save();
    *pairs = 0;
    for (uint16_t k = 1;; k++) {
        for (uint16_t i = 0; i < s->bytes; i++) {
            if (!is_cut(s, k, i))
                return i == 0;
            between = chip;
            between_seen = seen_count;
            for (uint16_t l = 1;; l++, ++*pairs) {
                chip = between;
                seen_count = between_seen;
                if (reopen() != CSIGN_STORE_READY)
                    break;
                cut_power_at(l, byte_after_cut((uint16_t)(l % s->bytes), s->bytes, l));
                (void)start();
                if (!chip.is_off)
                    break;
                if (!s->is_right())
                    return false;
            }
        }
    }
}

#endif

/* -- key changes ---------------------------------------------------------------- */

static void set_2(void)
{
    (void)set_key(1, 2);
}

static void drop_1(void)
{
    (void)drop_key(1);
}

/* Slots held before and after the job. */
static uint8_t held_before, held_after;

/* The same keys at this start and at the next one, and nothing repeated. */
static bool is_old_or_new(void)
{
    uint8_t held;

    if (!start_and_draw())
        return false;
    held = holds(1, held_before) ? held_before : held_after;
    return holds(1, held) && start_and_draw() && holds(1, held);
}

static const sweep set_sweep = {set_2, is_old_or_new, ALL_BYTES};
static const sweep drop_sweep = {drop_1, is_old_or_new, ALL_BYTES};

static void make_drawn(uint8_t after)
{
    make_serving();
    (void)draw();
    (void)draw();
    held_before = 0x3;
    held_after = after;
}

TEST(a_cut_while_a_key_is_set_leaves_it_set_or_not)
{
    uint16_t writes;

    make_drawn(0x7);
    CHECK(cut_everywhere(&set_sweep, &writes));
    CHECK(writes >= KEY_CELLS - 2 && writes <= KEY_CELLS); /* some bytes are ff anyway */
    CHECK(!chip.is_misused);
}

TEST(a_cut_while_a_key_is_dropped_leaves_it_dropped_or_not)
{
    uint16_t writes;

    make_drawn(0x1);
    CHECK(cut_everywhere(&drop_sweep, &writes));
    CHECK(writes >= KEY_CELLS - 2 && writes <= KEY_CELLS);
    CHECK(!chip.is_misused);
}

TEST(the_marks_decide)
{
    make_drawn(0x7);
    save();
    for (uint16_t k = 1; k < KEY_CELLS; k++) {
        go_back();
        cut_power_at(k, -1);
        drop_1();
        CHECK(start_and_draw());
        CHECK(holds(1, k <= 2 ? 0x3 : 0x1));
        go_back();
        cut_power_at(k, -1);
        set_2();
        CHECK(start_and_draw());
        CHECK(holds(1, chip.torn_at == AT_KEYS + 2 * KEY_CELLS + 1 ? 0x7 : 0x3));
    }
}

TEST(what_a_cut_leaves_of_a_key_is_wiped_at_the_next_start)
{
    uint8_t key_1[32], key_2[32];

    make_drawn(0x7);
    make_key(1, 1, key_1);
    make_key(1, 2, key_2);
    save();
    for (uint16_t k = 1; k < KEY_CELLS; k++) {
        go_back();
        cut_power_at(k, 256);
        drop_1();
        CHECK(start_and_draw());
        CHECK(holds(1, 0x3) || !lies_in_chip(key_1, 2));
        go_back();
        cut_power_at(k, 256);
        set_2();
        CHECK(start_and_draw());
        CHECK(holds(1, 0x7) || !lies_in_chip(key_2, 2));
    }
    CHECK(!chip.is_misused);
}

/* The slot keeps what the cut left there of the key before. */
TEST(a_key_is_set_where_one_was_half_set)
{
    for (uint16_t k = 1; k <= KEY_CELLS - 2; k++) {
        make_drawn(0x7);
        cut_power_at(k, 0x55);
        (void)set_key(2, 2);
        CHECK(start_and_draw());
        if (holds(1, 0x3)) {
            CHECK(set_key(1, 2));
            CHECK(holds(1, 0x7));
            CHECK(drop_key(2));
            CHECK(holds(1, 0x3));
        }
    }
    CHECK(!chip.is_misused);
}

#ifndef CHECK_ON_TARGET
TEST(a_cut_in_a_key_change_and_one_in_the_start_after_it)
{
    sweep set = set_sweep, drop = drop_sweep;
    uint16_t pairs;

    set.bytes = drop.bytes = SOME_BYTES;
    make_drawn(0x7);
    CHECK(cut_twice(&set, &pairs));
    CHECK(pairs > 100);
    make_drawn(0x1);
    CHECK(cut_twice(&drop, &pairs));
    CHECK(pairs > 100);
    CHECK(!chip.is_misused);
}
#endif

/* A cell that was cut may read differently every time power comes back. What the first
 * start after the cut has shown stays. */
static bool stays_with_a_weak_cell(void)
{
    uint32_t seed = (uint32_t)chip.torn_at + chip.torn;
    uint8_t held = 0;

    for (uint8_t i = 0; i < 6; i++) {
        if (chip.is_torn)
            chip.cells[chip.torn_at] = noise(&seed);
        if (!start_and_draw())
            return false;
        if (i == 0)
            held = holds(1, held_before) ? held_before : held_after;
        if (!holds(1, held))
            return false;
    }
    return true;
}

TEST(a_weak_cell_does_not_make_a_key_come_and_go)
{
    sweep set = {set_2, stays_with_a_weak_cell, ALL_BYTES};
    sweep drop = {drop_1, stays_with_a_weak_cell, ALL_BYTES};
    uint16_t writes;

    make_drawn(0x7);
    CHECK(cut_everywhere(&set, &writes));
    make_drawn(0x1);
    CHECK(cut_everywhere(&drop, &writes));
    CHECK(!chip.is_misused);
}

/* -- starts --------------------------------------------------------------------- */

static void two_starts(void)
{
    uint16_t cut_at = chip.cut_at, writes;

    if (reopen() != CSIGN_STORE_READY)
        return;
    chip.cut_at = cut_at;
    if (!start())
        return;
    (void)draw();
    (void)draw();
    writes = chip.writes;
    if (reopen() != CSIGN_STORE_READY)
        return;
    chip.writes = writes;
    chip.cut_at = cut_at;
    if (start())
        (void)draw();
}

static uint32_t greatest_used;

static bool goes_on_upwards(void)
{
    for (uint8_t i = 0; i < 3; i++) {
        if (!start_and_draw() || store.upper <= greatest_used || !holds(1, 0x3))
            return false;
    }
    return true;
}

static const sweep start_sweep = {two_starts, goes_on_upwards, ALL_BYTES};

/* Starts until the counter stands at a place where several bytes of it change. */
static void make_carry(void)
{
    make_serving();
    put_before_a_carry();
    forget_challenges();
}

TEST(a_cut_in_one_of_two_starts_repeats_no_challenge)
{
    uint16_t writes;

    make_serving();
    (void)draw();
    greatest_used = store.upper;
    CHECK(cut_everywhere(&start_sweep, &writes));
    CHECK_EQUAL(writes, 8);
    make_carry();
    CHECK(start_and_draw());
    greatest_used = store.upper;
    CHECK_EQUAL(greatest_used, 0x200);
    CHECK(cut_everywhere(&start_sweep, &writes));
    CHECK(writes > 8);
    CHECK(!chip.is_misused);
}

#ifndef CHECK_ON_TARGET
TEST(a_cut_in_a_start_and_one_in_the_next_repeat_no_challenge)
{
    uint16_t pairs;

    make_carry();
    CHECK(start_and_draw());
    greatest_used = store.upper;
    CHECK(cut_twice(&start_sweep, &pairs));
    CHECK(pairs > 10 * SOME_BYTES * SOME_BYTES);
    CHECK(!chip.is_misused);
}
#endif

TEST(a_weak_cell_in_the_counter_repeats_no_challenge)
{
    save();
    for (uint16_t k = 1; k <= 8; k++) {
        uint32_t seed = k;

        make_serving();
        (void)draw();
        cut_power_at(k, noise(&seed));
        two_starts();
        for (uint8_t i = 0; i < 6; i++) {
            if (chip.is_torn)
                chip.cells[chip.torn_at] = noise(&seed);
            CHECK(start_and_draw());
        }
    }
    CHECK(!chip.is_misused);
}

/* -- provisioning --------------------------------------------------------------- */

/* A target takes minutes for it. */
#ifndef CHECK_ON_TARGET
static csign_store_state state_before;

static void provision_2(void)
{
    (void)provision(2);
}

/* As before, begun, or the new one; and it can be provisioned then. */
static bool is_before_begun_or_new(void)
{
    csign_store_state state = reopen();

    if (state == CSIGN_STORE_READY) {
        if (!start() || !draw() || !draw())
            return false;
        if (!holds(2, 0x3) && !(state_before == CSIGN_STORE_READY && holds(1, 0x3)))
            return false;
    } else if (state != state_before && state != CSIGN_STORE_BEGUN) {
        return false;
    }
    return true;
}

static bool can_be_provisioned_too(void)
{
    if (!is_before_begun_or_new())
        return false;
    forget_challenges(); /* owner 2 brings the same secret again, which no tool does */
    (void)reopen();
    return provision(2) && start_and_draw() && holds(2, 0x3);
}

static bool provision_cut_everywhere(uint16_t *writes)
{
    const sweep s = {provision_2, can_be_provisioned_too, SOME_BYTES};

    state_before = reopen();
    forget_challenges();
    return cut_everywhere(&s, writes);
}

TEST(a_cut_in_the_first_provisioning_leaves_it_undone_or_done)
{
    uint16_t writes;

    fill(0xff);
    CHECK(provision_cut_everywhere(&writes));
    CHECK_EQUAL(state_before, CSIGN_STORE_ERASED);
    CHECK(writes > 200);
    fill(0x00);
    CHECK(provision_cut_everywhere(&writes));
    CHECK_EQUAL(state_before, CSIGN_STORE_ERASED);
    CHECK(!chip.is_misused);
}

TEST(a_cut_while_foreign_data_is_provisioned_over_leaves_it_undone_or_done)
{
    uint32_t seed = 7;
    uint16_t writes;

    fill(0);
    for (uint16_t i = 0; i < CELLS; i++)
        chip.cells[i] = noise(&seed);
    CHECK(provision_cut_everywhere(&writes));
    CHECK_EQUAL(state_before, CSIGN_STORE_FOREIGN);
    CHECK(!chip.is_misused);
}

TEST(a_cut_in_a_new_provisioning_leaves_the_old_owner_none_or_the_new_one)
{
    sweep s = {provision_2, is_before_begun_or_new, SOME_BYTES};
    uint16_t writes;

    make_serving();
    (void)draw();
    state_before = CSIGN_STORE_READY;
    CHECK(cut_everywhere(&s, &writes));
    CHECK(writes > 300);
    make_serving();
    CHECK(provision_cut_everywhere(&writes));
    CHECK(!chip.is_misused);
}

TEST(a_store_that_served_after_a_cut_begin_goes_on_serving)
{
    make_drawn(0x3);
    save();
    for (uint16_t k = 1; k <= 2; k++) {
        for (int torn = 0; torn < 256; torn++) {
            go_back();
            cut_power_at(k, torn);
            (void)provision(2);
            if (reopen() == CSIGN_STORE_READY) {
                CHECK(start());
                CHECK(stays_with_a_weak_cell());
            }
        }
    }
    CHECK(!chip.is_misused);
}

TEST(a_cut_in_a_provisioning_and_one_in_the_next)
{
    make_serving();
    state_before = CSIGN_STORE_READY;
    save();
    for (uint16_t k = 1, i = 0;; k = (uint16_t)(k + 3), i = (uint16_t)((i + 1) % 10)) {
        sweep s = {provision_2, is_before_begun_or_new, SOME_BYTES};

        if (!is_cut(&s, k, i))
            break;
        between = chip;
        for (uint16_t l = 1;; l = (uint16_t)(l + 1 + l / 4)) {
            chip = between;
            forget_challenges();
            (void)reopen();
            cut_power_at(l, byte_after_cut((uint16_t)(l % 10), SOME_BYTES, l));
            provision_2();
            if (!chip.is_off)
                break;
            CHECK(is_before_begun_or_new());
        }
    }
    CHECK(!chip.is_misused);
}

#define RUN_ON_HOST(name) RUN(name),
#else
#define RUN_ON_HOST(name)
#endif

TESTS(RUN_ON_HOST(a_cut_in_a_key_change_and_one_in_the_start_after_it)
      RUN_ON_HOST(a_cut_in_a_start_and_one_in_the_next_repeat_no_challenge)
      RUN_ON_HOST(a_cut_in_the_first_provisioning_leaves_it_undone_or_done)
      RUN_ON_HOST(a_cut_while_foreign_data_is_provisioned_over_leaves_it_undone_or_done)
      RUN_ON_HOST(a_cut_in_a_new_provisioning_leaves_the_old_owner_none_or_the_new_one)
      RUN_ON_HOST(a_cut_in_a_provisioning_and_one_in_the_next)
      RUN_ON_HOST(a_store_that_served_after_a_cut_begin_goes_on_serving)
      RUN(a_cut_while_a_key_is_set_leaves_it_set_or_not),
      RUN(a_cut_while_a_key_is_dropped_leaves_it_dropped_or_not), RUN(the_marks_decide),
      RUN(what_a_cut_leaves_of_a_key_is_wiped_at_the_next_start),
      RUN(a_key_is_set_where_one_was_half_set),
      RUN(a_weak_cell_does_not_make_a_key_come_and_go),
      RUN(a_cut_in_one_of_two_starts_repeats_no_challenge),
      RUN(a_weak_cell_in_the_counter_repeats_no_challenge))
