/* SPDX-License-Identifier: MIT */
/* The counter of the challenge source, start after start, and what all of it wears. */
#include "store_fixture.h"

#ifdef CHECK_ON_TARGET
enum { STARTS = SEEN_MAX / 2 };
#else
enum { STARTS = 1000 };
#endif

static void put_value(uint8_t slot, uint32_t value)
{
    uint8_t *cell = chip.cells + AT_COUNTER + slot * 8;

    for (uint8_t i = 0; i < 4; i++, value >>= 8) {
        cell[3 - i] = (uint8_t)value;
        cell[7 - i] = (uint8_t)~cell[3 - i];
    }
}

/* -- challenges ----------------------------------------------------------------- */

TEST(the_first_challenge_is_of_upper_1_and_lower_0)
{
    csign_sha256_keyed keyed;
    uint8_t secret[32], expected[SEEN_LEN];

    make_serving();
    make_secret(1, secret);
    csign_hmac_key(&source_hasher, &keyed, secret, sizeof secret);
    for (uint8_t i = 0; i < 3; i++) {
        csign_challenge_make(&source_hasher, &keyed, 1, i, NULL, 0, expected, SEEN_LEN);
        CHECK(draw());
        CHECK_BYTES(seen[i], expected, SEEN_LEN);
    }
    CHECK(!chip.is_misused);
}

TEST(start_after_start_no_challenge_is_repeated)
{
    make_ready();
    for (uint16_t i = 0; i < STARTS; i++) {
        CHECK(start_and_draw());
        CHECK_EQUAL(store.upper, i + 1);
    }
    CHECK(!chip.is_misused);
}

TEST(a_start_without_a_restart_takes_a_new_value_too)
{
    make_serving();
    for (uint8_t i = 0; i < 5; i++) {
        CHECK(draw());
        CHECK(start());
        CHECK_EQUAL(store.lower, 0);
    }
    CHECK_EQUAL(store.upper, 6);
    CHECK(draw());
    CHECK(!chip.is_misused);
}

TEST(when_the_lower_part_overflows_a_new_upper_one_is_taken_first)
{
    csign_sha256_keyed keyed;
    uint8_t out[SEEN_LEN];

    make_serving();
    CHECK(draw());
    store.lower = UINT32_MAX;
    CHECK(draw());
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_READY);
    CHECK_EQUAL(csign_store_secret(&store, &source_hasher, &keyed), CSIGN_OK);
    while (csign_store_challenge(&store, &source_hasher, &keyed, NULL, 0, out,
                                 SEEN_LEN) == CSIGN_E_BUSY)
        CHECK(step_once() != CSIGN_STEP_FAILED);
    CHECK_EQUAL(store.upper, 2);
    CHECK_EQUAL(store.lower, 1);
    CHECK(draw());
    CHECK(start_and_draw());
    CHECK_EQUAL(store.upper, 3);
    CHECK(!chip.is_misused);
}

TEST(an_overflow_waits_for_a_key_change_under_way)
{
    uint8_t key[32];
    csign_change change = {2, 1, 0, key};

    make_serving();
    make_key(1, 2, key);
    change.rights = rights_of(1, 2);
    store.lower = UINT32_MAX;
    CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_OK);
    CHECK(draw());
    CHECK(!draw());
    CHECK_EQUAL(run(), CSIGN_STEP_DONE);
    CHECK(!draw());
    CHECK_EQUAL(run(), CSIGN_STEP_DONE);
    CHECK(draw());
    CHECK(holds(1, 0x7));
    CHECK(!chip.is_misused);
}

TEST(a_key_change_leaves_the_counter_alone)
{
    uint8_t counter[8 * COUNTERS];

    make_serving();
    memcpy(counter, chip.cells + AT_COUNTER, sizeof counter);
    CHECK(set_key(1, 3));
    CHECK(drop_key(1));
    CHECK_BYTES(chip.cells + AT_COUNTER, counter, sizeof counter);
    CHECK(draw());
    CHECK_EQUAL(store.upper, 1);
}

/* -- lost and stuck slots ------------------------------------------------------- */

static void lose_slot(uint8_t slot, uint8_t how)
{
    uint8_t *cell = chip.cells + AT_COUNTER + slot * 8;

    if (how < 2)
        memset(cell, how == 0 ? 0xff : 0x00, 8);
    else if (how == 2)
        make_bytes(cell, 8, slot);
    else
        cell[how] ^= 0x10;
}

TEST(the_loss_of_any_one_slot_repeats_no_challenge)
{
    for (uint8_t starts = 1; starts < 6; starts++) {
        for (uint8_t slot = 0; slot < COUNTERS; slot++) {
            for (uint8_t how = 0; how < 8; how++) {
                make_ready();
                for (uint8_t i = 0; i < starts; i++)
                    CHECK(start_and_draw());
                lose_slot(slot, how);
                CHECK(start_and_draw());
                CHECK_EQUAL(store.upper, starts + 1);
                CHECK(start_and_draw());
            }
        }
    }
    CHECK(!chip.is_misused);
}

static void stick(uint16_t cell, uint8_t value)
{
    chip.stuck[chip.stuck_count] = cell;
    chip.stuck_as[chip.stuck_count++] = value;
    apply_stuck();
}

TEST(any_one_dead_cell_repeats_no_challenge)
{
    for (uint8_t cell = 0; cell < 8 * COUNTERS; cell++) {
        make_ready();
        CHECK(start_and_draw());
        CHECK(start_and_draw());
        stick((uint16_t)(AT_COUNTER + cell), 0x77);
        for (uint8_t i = 0; i < 5; i++)
            CHECK(start_and_draw());
    }
    CHECK(!chip.is_misused);
}

static void stick_slot(uint8_t slot)
{
    stick((uint16_t)(AT_COUNTER + slot * 8 + 3), 0xee);
}

TEST(slots_that_do_not_read_back_are_passed_over)
{
    for (uint8_t a = 0; a < COUNTERS; a++) {
        for (uint8_t b = 0; b <= a; b++) {
            make_ready();
            stick_slot(a);
            if (b != a)
                stick_slot(b);
            for (uint8_t i = 0; i < 5; i++)
                CHECK(start_and_draw());
            CHECK_EQUAL(store.upper, 5);
        }
    }
    CHECK(!chip.is_misused);
}

TEST(with_one_good_slot_it_does_not_serve)
{
    for (uint8_t good = 0; good < COUNTERS; good++) {
        make_ready();
        CHECK(start_and_draw());
        for (uint8_t slot = 0; slot < COUNTERS; slot++) {
            if (slot != good)
                stick_slot(slot);
        }
        put_value(good, 9);
        CHECK_EQUAL(reopen(), CSIGN_STORE_READY);
        CHECK_EQUAL(csign_store_start(&store), CSIGN_OK);
        CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
        CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_DAMAGED);
        CHECK(!draw());
    }
    CHECK(!chip.is_misused);
}

TEST(without_a_valid_slot_it_is_damaged)
{
    make_serving();
    for (uint8_t slot = 0; slot < COUNTERS; slot++)
        chip.cells[AT_COUNTER + slot * 8 + 5] ^= 1;
    CHECK_EQUAL(reopen(), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(csign_store_start(&store), CSIGN_E_ORDER);
}

TEST(neither_zeros_nor_ones_nor_ffffffff_is_a_valid_slot)
{
    make_serving();
    memset(chip.cells + AT_COUNTER, 0x00, 8 * COUNTERS);
    CHECK_EQUAL(reopen(), CSIGN_STORE_DAMAGED);
    memset(chip.cells + AT_COUNTER, 0xff, 8 * COUNTERS);
    CHECK_EQUAL(reopen(), CSIGN_STORE_DAMAGED);
    for (uint8_t slot = 0; slot < COUNTERS; slot++)
        put_value(slot, UINT32_MAX);
    CHECK_EQUAL(reopen(), CSIGN_STORE_DAMAGED);
    put_value(2, 5);
    CHECK(start_and_draw());
    CHECK_EQUAL(store.upper, 6);
}

TEST(the_counter_ends_at_fffffffe)
{
    make_ready();
    put_value(0, UINT32_MAX - 3);
    CHECK(start_and_draw());
    CHECK_EQUAL(store.upper, UINT32_MAX - 2);
    CHECK(start_and_draw());
    CHECK_EQUAL(store.upper, UINT32_MAX - 1);
    CHECK_EQUAL(csign_store_start(&store), CSIGN_OK);
    CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_DAMAGED);
    CHECK(!draw());
    CHECK_EQUAL(reopen(), CSIGN_STORE_DAMAGED);
    CHECK(!chip.is_misused);
}

/* -- wear ----------------------------------------------------------------------- */

static chip_count wear[ROOM];

static chip_count worst(uint16_t from, uint16_t count)
{
    chip_count most = 0;

    for (uint16_t cell = from; cell < from + count; cell++) {
        if (wear[cell] > most)
            most = wear[cell];
    }
    return most;
}

static void count_wear(void)
{
    memset(wear, 0, sizeof wear);
    chip.wear = wear;
}

static bool start_often(uint8_t counters)
{
    memory.counters = counters;
    make_ready();
    count_wear();
    for (uint16_t i = 0; i < STARTS; i++) {
        forget_challenges();
        if (!start_and_draw())
            return false;
    }
    return true;
}

/* docs/store.md: a start writes two slots of n, so a cell of one every n / 2 starts; an
 * odd slot does not help. */
TEST(a_start_writes_a_cell_of_the_counter_the_less_often_the_more_slots_there_are)
{
    for (uint8_t counters = 4; counters <= 8; counters++) {
        bool is_good = start_often(counters);
        chip_count most = worst(AT_COUNTER, (uint16_t)(8 * counters));

        memory.counters = COUNTERS;
        CHECK(is_good);
        CHECK(most >= STARTS / (counters / 2));
        CHECK(most - STARTS / (counters / 2) <= 1);
        CHECK_EQUAL(worst(0, AT_COUNTER), 0);
    }
    CHECK(!chip.is_misused);
}

/* docs/store.md: each cell of a slot twice for a key that is set and dropped again. */
TEST(a_key_change_writes_each_cell_of_its_slot_once)
{
    enum { CHANGES = STARTS / 5 };

    make_serving();
    count_wear();
    for (uint16_t i = 0; i < CHANGES; i++) {
        CHECK(set_key((uint8_t)i, 2));
        CHECK(drop_key(2));
    }
    CHECK_EQUAL(worst(AT_KEYS + 2 * KEY_CELLS, KEY_CELLS), 2 * CHANGES);
    CHECK_EQUAL(worst(0, AT_KEYS + 2 * KEY_CELLS), 0);
    CHECK_EQUAL(worst(AT_KEYS + 3 * KEY_CELLS, KEY_CELLS + 8 * COUNTERS), 0);
    CHECK(!chip.is_misused);
}

TEST(a_provisioning_writes_no_cell_more_than_twice)
{
    fill(0xff);
    count_wear();
    (void)reopen();
    CHECK(provision(1));
    CHECK_EQUAL(worst(0, CELLS), 2);
    count_wear();
    CHECK(provision(2));
    CHECK_EQUAL(worst(0, CELLS), 2);
    CHECK(!chip.is_misused);
}

TESTS(RUN(the_first_challenge_is_of_upper_1_and_lower_0),
      RUN(start_after_start_no_challenge_is_repeated),
      RUN(a_start_without_a_restart_takes_a_new_value_too),
      RUN(when_the_lower_part_overflows_a_new_upper_one_is_taken_first),
      RUN(an_overflow_waits_for_a_key_change_under_way),
      RUN(a_key_change_leaves_the_counter_alone),
      RUN(the_loss_of_any_one_slot_repeats_no_challenge),
      RUN(any_one_dead_cell_repeats_no_challenge),
      RUN(slots_that_do_not_read_back_are_passed_over),
      RUN(with_one_good_slot_it_does_not_serve), RUN(without_a_valid_slot_it_is_damaged),
      RUN(neither_zeros_nor_ones_nor_ffffffff_is_a_valid_slot),
      RUN(the_counter_ends_at_fffffffe),
      RUN(a_start_writes_a_cell_of_the_counter_the_less_often_the_more_slots_there_are),
      RUN(a_key_change_writes_each_cell_of_its_slot_once),
      RUN(a_provisioning_writes_no_cell_more_than_twice))
