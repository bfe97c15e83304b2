/* SPDX-License-Identifier: MIT */
/* What a store gives and to whom, and what it does when it is used wrongly or when cells
 * die. */
#include "fixture.h"
#include "store_fixture.h"

/* -- use and misuse ------------------------------------------------------------- */

/* Every call that gives or takes something, in a state where none may. */
static bool gives_nothing(void)
{
    csign_sha256_keyed keyed;
    csign_store_identity identity;
    uint8_t bytes[64];
    uint32_t rights;
    csign_change change = {2, 1, 1, bytes};
    struct lamp lamp;

    make_lamp(&lamp, &csign_sealed_server);
    return csign_store_start(&store) == CSIGN_E_ORDER &&
           csign_store_load(&store, &lamp.device) == CSIGN_E_ORDER &&
           csign_store_identify(&store, &identity) == CSIGN_E_ORDER &&
           csign_store_secret(&store, &source_hasher, &keyed) == CSIGN_E_ORDER &&
           csign_store_challenge(&store, &source_hasher, &keyed, NULL, 0, bytes, 16) ==
               CSIGN_E_ORDER &&
           csign_store_key(&store, 0, &rights, bytes) == CSIGN_E_ORDER &&
           csign_store_change(&store, &change) == CSIGN_E_ORDER &&
           csign_store_put_secret(&store, bytes) == CSIGN_E_ORDER &&
           csign_store_put_key(&store, 2, 1, bytes) == CSIGN_E_ORDER &&
           csign_store_commit(&store) == CSIGN_E_ORDER;
}

TEST(once_provisioning_begins_nobody_is_served)
{
    make_serving();
    CHECK_EQUAL(csign_store_begin(&store), CSIGN_OK);
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_BEGUN);
    CHECK(gives_nothing());
    CHECK_EQUAL(run(), CSIGN_STEP_DONE);
    CHECK(!draw());
}

TEST(every_state_but_ready_gives_nothing)
{
    fill(0xff);
    CHECK_EQUAL(reopen(), CSIGN_STORE_ERASED);
    CHECK(gives_nothing());
    chip.cells[100] = 1;
    CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    CHECK(gives_nothing());
    CHECK(done(csign_store_begin(&store)));
    CHECK_EQUAL(reopen(), CSIGN_STORE_BEGUN);
    CHECK(gives_nothing());
    make_ready();
    chip.cells[AT_SECRET + 9] ^= 1;
    CHECK_EQUAL(reopen(), CSIGN_STORE_DAMAGED);
    CHECK(gives_nothing());
}

TEST(keys_come_only_after_a_start)
{
    uint8_t key[32];
    uint32_t rights;
    csign_change change = {2, 1, 1, key};

    make_ready();
    CHECK_EQUAL(csign_store_key(&store, 0, &rights, key), CSIGN_E_ORDER);
    CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_E_ORDER);
    CHECK_EQUAL(csign_store_put_key(&store, 2, 1, key), CSIGN_E_ORDER);
}

TEST(one_job_at_a_time)
{
    uint8_t key[32];
    uint32_t rights;
    csign_change change = {2, 1, 5, key}, other = {0, 0, 0, NULL};

    make_serving();
    make_key(1, 2, key);
    change.rights = rights_of(1, 2);
    CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_OK);
    CHECK_EQUAL(step_once(), CSIGN_STEP_MORE);
    CHECK_EQUAL(csign_store_change(&store, &other), CSIGN_E_BUSY);
    CHECK_EQUAL(csign_store_start(&store), CSIGN_E_BUSY);
    CHECK_EQUAL(csign_store_begin(&store), CSIGN_E_BUSY);
    CHECK_EQUAL(csign_store_key(&store, 0, &rights, key), CSIGN_E_BUSY);
    CHECK(draw()); /* other connections go on */
    CHECK_EQUAL(run(), CSIGN_STEP_DONE);
    CHECK(holds(1, 0x7));
    CHECK(!chip.is_misused);
}

TEST(a_slow_memory_is_never_waited_for_or_touched)
{
    make_serving();
    chip.takes = 5;
    CHECK(set_key(1, 3));
    CHECK(drop_key(0));
    CHECK(start());
    CHECK(holds(1, 0xa));
    CHECK(done(csign_store_begin(&store)));
    CHECK(provision(2));
    CHECK(!chip.is_misused);
}

TEST(a_memory_that_is_never_busy_need_not_say_so)
{
    csign_store_memory at_once = memory;

    make_ready();
    at_once.is_busy = NULL;
    CHECK_EQUAL(csign_store_open(&store, &at_once), CSIGN_STORE_READY);
    CHECK(start());
    CHECK(set_key(1, 2));
    CHECK(drop_key(2));
    CHECK(!chip.is_misused);
}

TEST(an_identity_is_not_read_from_a_busy_memory)
{
    csign_store_identity identity;

    make_serving();
    chip.busy = 1;
    CHECK_EQUAL(csign_store_identify(&store, &identity), CSIGN_E_BUSY);
    CHECK_EQUAL(csign_store_identify(&store, &identity), CSIGN_OK);
}

TEST(a_key_that_is_damaged_after_the_store_was_opened_stops_the_start)
{
    make_ready();
    chip.cells[AT_KEYS + KEY_CELLS + 20] ^= 0x04;
    CHECK(!start());
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_DAMAGED);
    CHECK(gives_nothing());
}

TEST(a_step_writes_one_byte_at_most_and_reads_few)
{
    make_serving();
    chip.most_reads = 0;
    CHECK(set_key(1, 2));
    CHECK(drop_key(1));
    CHECK(chip.most_reads <= KEY_CELLS);
    CHECK(start());
    CHECK(chip.most_reads <= 2 * 8 * COUNTERS + 79);
    CHECK(provision(2));
    CHECK(chip.most_reads <= CELLS + 2 * 8 * COUNTERS + 8);
    CHECK(!chip.is_misused);
}

TEST(the_end_of_a_job_can_be_asked_for_again)
{
    csign_change change = {3, 0, 0, NULL};

    make_serving();
    CHECK(set_key(1, 2));
    CHECK_EQUAL(step_once(), CSIGN_STEP_DONE);
    CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_E_SLOT_EMPTY);
    change.slot = KEYS;
    CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_E_SLOT);
    CHECK_EQUAL(step_once(), CSIGN_STEP_DONE);
}

TEST(a_dropped_key_is_wiped)
{
    uint8_t key[32];

    make_serving();
    make_key(1, 1, key);
    CHECK(lies_in_chip(key, sizeof key));
    CHECK(drop_key(1));
    CHECK(!lies_in_chip(key, 3));
    CHECK(holds(1, 0x1));
    CHECK(start_and_draw());
    CHECK(holds(1, 0x1));
}

/* Does so many steps of a job, fewer when it is over before. */
static bool is_over_after(uint16_t steps)
{
    while (steps-- > 0) {
        if (step_once() != CSIGN_STEP_MORE)
            return true;
    }
    return false;
}

TEST(a_key_whose_memory_goes_away_is_not_stored)
{
    for (uint16_t steps = 0; steps < 2 * KEY_CELLS; steps++) {
        uint8_t key[32];
        csign_change change = {2, 1, rights_of(1, 2), key};
        bool is_held;

        make_serving();
        make_key(1, 2, key);
        CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_OK);
        (void)is_over_after(steps);
        memset(key, 0, sizeof key); /* as csign_server_close() does, uncancelled */
        is_held = run() == CSIGN_STEP_DONE;
        CHECK(holds(1, is_held ? 0x7 : 0x3));
        CHECK(start_and_draw());
        CHECK(holds(1, is_held ? 0x7 : 0x3));
    }
    CHECK(!chip.is_misused);
}

TEST(a_cancelled_set_leaves_the_slot_empty)
{
    uint8_t key[32];
    csign_change set = {2, 1, 1, key};

    make_serving();
    make_key(1, 2, key);
    for (uint16_t steps = 0;; steps++) {
        CHECK_EQUAL(csign_store_change(&store, &set), CSIGN_OK);
        if (is_over_after(steps))
            break;
        csign_store_cancel(&store);
        CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
        CHECK(holds(1, 0x3));
        CHECK(!lies_in_chip(key, 4));
    }
    csign_store_cancel(&store);
    CHECK_EQUAL(step_once(), CSIGN_STEP_DONE);
    CHECK(!chip.is_misused);
}

TEST(a_cancelled_drop_goes_on)
{
    csign_change drop = {1, 0, 0, NULL};

    for (uint16_t steps = 0; steps < KEY_CELLS; steps++) {
        make_serving();
        CHECK_EQUAL(csign_store_change(&store, &drop), CSIGN_OK);
        CHECK(!is_over_after(steps));
        csign_store_cancel(&store);
        CHECK_EQUAL(run(), CSIGN_STEP_DONE);
        CHECK(holds(1, 0x1));
    }
    CHECK(!chip.is_misused);
}

/* -- dead cells ----------------------------------------------------------------- */

static void kill_cell(uint16_t cell, uint8_t value)
{
    chip.stuck[chip.stuck_count] = cell;
    chip.stuck_as[chip.stuck_count++] = value;
    apply_stuck();
}

/* The same now and after a restart. */
static bool stays(uint8_t held)
{
    return holds(1, held) && start_and_draw() && holds(1, held);
}

static const uint8_t dead_values[] = {0x00, 0xff, 0x3c, 0xc3, 0x55};

TEST(a_key_is_set_past_a_dead_cell_or_not_at_all)
{
    for (uint16_t cell = 0; cell < KEY_CELLS; cell++) {
        for (uint8_t i = 0; i < sizeof dead_values; i++) {
            make_serving();
            kill_cell((uint16_t)(AT_KEYS + 2 * KEY_CELLS + cell), dead_values[i]);
            CHECK(stays(set_key(1, 2) ? 0x7 : 0x3));
        }
    }
    CHECK(!chip.is_misused);
}

TEST(a_key_is_dropped_past_any_one_dead_cell)
{
    uint8_t value;

    for (uint16_t cell = 0; cell < KEY_CELLS; cell++) {
        make_serving();
        value = chip.cells[AT_KEYS + KEY_CELLS + cell];
        kill_cell((uint16_t)(AT_KEYS + KEY_CELLS + cell), value);
        CHECK(drop_key(1));
        CHECK(stays(0x1));
    }
    CHECK(!chip.is_misused);
}

TEST(a_key_whose_marks_are_both_dead_is_not_dropped)
{
    make_serving();
    kill_cell(AT_KEYS + KEY_CELLS, 0x3c);
    kill_cell(AT_KEYS + KEY_CELLS + 1, 0x3c);
    CHECK(!drop_key(1));
    CHECK_EQUAL(step_once(), CSIGN_STEP_FAILED);
    CHECK(stays(0x3));
}

TEST(a_record_whose_marks_are_both_dead_is_not_put)
{
    make_serving();
    kill_cell(AT_KEYS + 2 * KEY_CELLS, 0xc3);
    kill_cell(AT_KEYS + 2 * KEY_CELLS + 1, 0xc3);
    CHECK(!set_key(1, 2));
    CHECK(stays(0x3));
    CHECK(done(csign_store_begin(&store)));
    kill_cell(AT_MARKS, 0xc3);
    chip.stuck[0] = AT_MARKS + 1;
    CHECK(!put_all(1));
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_BEGUN);
    CHECK_EQUAL(reopen(), CSIGN_STORE_BEGUN);
}

TEST(a_memory_with_a_dead_cell_is_not_provisioned)
{
    for (uint16_t cell = 0; cell < CELLS; cell++) {
        fill(0xff);
        kill_cell(cell, 0x77);
        (void)reopen();
        CHECK_EQUAL(csign_store_begin(&store), CSIGN_OK);
        CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
        CHECK(csign_store_now(&store) != CSIGN_STORE_OPEN);
        CHECK(reopen() < CSIGN_STORE_READY);
    }
    CHECK(!chip.is_misused);
}

TEST(a_cell_that_dies_while_provisioning_is_noticed)
{
    bool is_ended;

    for (uint16_t cell = 0; cell < CELLS; cell++) {
        fill(0xff);
        (void)reopen();
        CHECK(done(csign_store_begin(&store)));
        kill_cell(cell, chip.cells[cell]);
        is_ended = put_all(1);
        CHECK_EQUAL(reopen() == CSIGN_STORE_READY, is_ended);
        CHECK(!is_ended || (start() && holds(1, 0x3)));
    }
    CHECK(!chip.is_misused);
}

TESTS(RUN(once_provisioning_begins_nobody_is_served),
      RUN(every_state_but_ready_gives_nothing), RUN(keys_come_only_after_a_start),
      RUN(one_job_at_a_time), RUN(a_slow_memory_is_never_waited_for_or_touched),
      RUN(a_memory_that_is_never_busy_need_not_say_so),
      RUN(an_identity_is_not_read_from_a_busy_memory),
      RUN(a_key_that_is_damaged_after_the_store_was_opened_stops_the_start),
      RUN(a_step_writes_one_byte_at_most_and_reads_few),
      RUN(the_end_of_a_job_can_be_asked_for_again), RUN(a_dropped_key_is_wiped),
      RUN(a_key_whose_memory_goes_away_is_not_stored),
      RUN(a_cancelled_set_leaves_the_slot_empty), RUN(a_cancelled_drop_goes_on),
      RUN(a_key_is_set_past_a_dead_cell_or_not_at_all),
      RUN(a_key_is_dropped_past_any_one_dead_cell),
      RUN(a_key_whose_marks_are_both_dead_is_not_dropped),
      RUN(a_record_whose_marks_are_both_dead_is_not_put),
      RUN(a_memory_with_a_dead_cell_is_not_provisioned),
      RUN(a_cell_that_dies_while_provisioning_is_noticed))
