/* SPDX-License-Identifier: MIT */
/* What a store is told from, what it gives and to whom, and what it does when it is used
 * wrongly. */
#include "fixture.h"
#include "store_fixture.h"

/* -- which state ------------------------------------------------------------------------ */

TEST(an_erased_memory_is_erased)
{
    fill(0xff);
    CHECK_EQUAL(reopen(), CSIGN_STORE_ERASED);
    fill(0x00);
    CHECK_EQUAL(reopen(), CSIGN_STORE_ERASED);
    CHECK(!chip.is_misused);
}

TEST(somebody_elses_data_is_foreign)
{
    for (uint32_t seed = 0; seed < 200; seed++) {
        uint32_t state = seed;

        fill(0);
        for (uint16_t i = 0; i < CELLS; i++)
            chip.cells[i] = noise(&state);
        CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    }
    CHECK(!chip.is_misused);
}

TEST(a_little_data_in_an_erased_memory_is_foreign)
{
    for (uint16_t cell = 0; cell < CELLS - 1; cell++) {
        fill(0xff);
        chip.cells[cell] = 0x12;
        chip.cells[cell + 1] = 0x34;
        CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    }
    CHECK(!chip.is_misused);
}

TEST(a_store_at_another_base_is_foreign)
{
    make_ready();
    memmove(chip.cells + 1, chip.cells, CELLS - 1);
    CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    make_ready();
    memmove(chip.cells, chip.cells + 1, CELLS - 1);
    CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
}

TEST(a_store_with_other_numbers_of_slots_is_foreign)
{
    csign_store_memory other = memory;

    make_ready();
    other.key_slots--;
    CHECK_EQUAL(csign_store_open(&store, &other), CSIGN_STORE_FOREIGN);
    chip.cells[7] = COUNTERS + 1;
    CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    CHECK(!chip.is_misused);
}

TEST(a_provisioned_store_is_ready_and_holds_what_was_put)
{
    make_ready();
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_READY);
    CHECK(start());
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_SERVING);
    CHECK(holds(1, 0x3));
    CHECK(draw());
    CHECK(!chip.is_misused);
}

TEST(a_provisioning_that_was_not_ended_is_begun)
{
    csign_store_identity identity = identity_of(1);
    uint8_t secret[32];

    make_secret(1, secret);
    fill(0x00);
    (void)reopen();
    for (uint8_t last = 0; last < 5; last++) {
        CHECK(done(csign_store_begin(&store)));
        CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_OPEN);
        CHECK(last < 1 || done(csign_store_put_identity(&store, &identity)));
        CHECK(last < 2 || done(csign_store_put_secret(&store, secret)));
        CHECK(last < 3 || put_key(1, 0));
        CHECK(last < 4 || put_key(1, 3));
        CHECK_EQUAL(reopen(), CSIGN_STORE_BEGUN);
        CHECK_EQUAL(csign_store_start(&store), CSIGN_E_ORDER);
        CHECK_EQUAL(csign_store_put_secret(&store, secret), CSIGN_E_ORDER);
        CHECK_EQUAL(csign_store_commit(&store), CSIGN_E_ORDER);
    }
    CHECK(!chip.is_misused);
}

/* Either it serves with everything as it was, or it does not serve. */
static bool is_closed_or_same(uint16_t cell, uint8_t value)
{
    uint8_t kept = chip.cells[cell];
    uint8_t marks[KEY_CELLS];
    bool is_good;

    (void)marks;
    chip.cells[cell] = value;
    if (reopen() != CSIGN_STORE_READY) {
        is_good = csign_store_now(&store) != CSIGN_STORE_SERVING &&
                  csign_store_start(&store) == CSIGN_E_ORDER;
        chip.cells[cell] = kept;
        return is_good;
    }
    return start() && holds(1, 0x3) && draw();
}

TEST(a_damaged_byte_closes_the_store_or_changes_nothing)
{
    static uint8_t whole[CELLS];

    make_serving();
    memcpy(whole, chip.cells, sizeof whole);
    for (uint16_t cell = 0; cell < CELLS; cell++) {
        uint32_t seed = cell;

        for (uint8_t i = 0; i < 16; i++) {
            uint8_t value = i < 8 ? (uint8_t)(whole[cell] ^ 1 << i) : noise(&seed);

            value = i == 8 ? 0x00 : i == 9 ? 0xff : i == 10 ? 0xc3 : i == 11 ? 0x3c : value;
            memcpy(chip.cells, whole, sizeof whole);
            forget_challenges();
            CHECK(is_closed_or_same(cell, value));
        }
    }
    CHECK(!chip.is_misused);
}

static csign_store_state state_with(uint16_t cell, uint8_t flip)
{
    make_ready();
    chip.cells[cell] ^= flip;
    return reopen();
}

TEST(damage_is_called_damage)
{
    CHECK_EQUAL(state_with(AT_IDENTITY + 20, 1), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(state_with(AT_SECRET + 2, 0x80), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(state_with(AT_SECRET + 37, 0x80), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(state_with(AT_KEYS + 2, 0x01), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(state_with(AT_KEYS + KEY_CELLS + 6, 0x40), CSIGN_STORE_DAMAGED);
    /* An empty slot holds nothing that could break, a mark has its twin. */
    CHECK_EQUAL(state_with(AT_KEYS + 2 * KEY_CELLS + 6, 0x40), CSIGN_STORE_READY);
    CHECK_EQUAL(state_with(AT_KEYS, 0xff), CSIGN_STORE_READY);
    CHECK_EQUAL(state_with(AT_MARKS, 0xff), CSIGN_STORE_READY);
    CHECK_EQUAL(state_with(AT_COUNTER, 0xff), CSIGN_STORE_READY);
}

/* -- provisioning ----------------------------------------------------------------------- */

TEST(provisioning_without_an_identity_or_a_secret_fails_and_forgets)
{
    csign_store_identity identity = identity_of(1);
    uint8_t secret[32];

    make_secret(1, secret);
    make_ready();
    CHECK(done(csign_store_begin(&store)));
    CHECK(done(csign_store_put_identity(&store, &identity)));
    CHECK(put_key(1, 0));
    CHECK_EQUAL(csign_store_commit(&store), CSIGN_OK);
    CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_BEGUN);
    CHECK(!lies_in_chip(identity.id, identity.id_len));
    CHECK(done(csign_store_begin(&store)));
    CHECK(done(csign_store_put_secret(&store, secret)));
    CHECK_EQUAL(csign_store_commit(&store), CSIGN_OK);
    CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
    CHECK_EQUAL(reopen(), CSIGN_STORE_BEGUN);
    CHECK(!chip.is_misused);
}

TEST(a_new_provisioning_leaves_nothing_of_the_one_before)
{
    uint8_t bytes[32];

    make_serving();
    CHECK(set_key(1, 2));
    CHECK(done(csign_store_begin(&store)));
    for (uint8_t slot = 0; slot < 3; slot++) {
        make_key(1, slot, bytes);
        CHECK(!lies_in_chip(bytes, 4));
    }
    make_secret(1, bytes);
    CHECK(!lies_in_chip(bytes, 4));
    CHECK(provision(2));
    CHECK(start_and_draw());
    CHECK(holds(2, 0x3));
    CHECK(!chip.is_misused);
}

TEST(a_part_may_be_put_again)
{
    csign_store_identity identity = identity_of(2);
    uint8_t secret[32];

    fill(0xff);
    (void)reopen();
    CHECK(done(csign_store_begin(&store)));
    make_secret(2, secret);
    CHECK(done(csign_store_put_identity(&store, &identity)));
    CHECK(done(csign_store_put_secret(&store, secret)));
    identity = identity_of(1);
    make_secret(1, secret);
    CHECK(done(csign_store_put_secret(&store, secret)));
    CHECK(done(csign_store_put_identity(&store, &identity)));
    CHECK(put_key(1, 0));
    CHECK_EQUAL(csign_store_put_key(&store, 0, 1, secret), CSIGN_E_SLOT_TAKEN);
    CHECK(done(csign_store_commit(&store)));
    CHECK(start_and_draw());
    CHECK(holds(1, 0x1));
    CHECK(!chip.is_misused);
}

TEST(a_key_can_be_read_back_while_provisioning)
{
    uint8_t key[32], expected[32];
    uint32_t rights;

    fill(0xff);
    (void)reopen();
    CHECK(done(csign_store_begin(&store)));
    CHECK(put_key(1, 3));
    make_key(1, 3, expected);
    CHECK_EQUAL(csign_store_key(&store, 3, &rights, key), CSIGN_OK);
    CHECK_EQUAL(rights, rights_of(1, 3));
    CHECK_BYTES(key, expected, sizeof key);
    CHECK_EQUAL(csign_store_key(&store, 0, &rights, key), CSIGN_E_SLOT_EMPTY);
    CHECK_EQUAL(csign_store_key(&store, KEYS, &rights, key), CSIGN_E_SLOT);
}

TEST(an_id_may_have_0_to_64_bytes)
{
    csign_store_identity identity = identity_of(1), read;
    uint8_t secret[32];

    make_secret(1, secret);
    fill(0xff);
    (void)reopen();
    CHECK(done(csign_store_begin(&store)));
    CHECK_EQUAL(csign_store_identify(&store, &read), CSIGN_E_ID);
    identity.id_len = 65;
    CHECK_EQUAL(csign_store_put_identity(&store, &identity), CSIGN_E_ID);
    for (uint8_t i = 0; i < 2; i++) {
        identity.id_len = i == 0 ? 0 : CSIGN_ID_MAX;
        memset(identity.id, 'x', CSIGN_ID_MAX);
        CHECK(done(csign_store_put_identity(&store, &identity)));
        CHECK_EQUAL(csign_store_identify(&store, &read), CSIGN_OK);
        CHECK_BYTES(&read, &identity, sizeof read);
    }
}

/* -- use and misuse --------------------------------------------------------------------- */

/* Every call that gives or takes something, in a state where none may. */
static bool gives_nothing(void)
{
    static csign_sha256_work work;
    csign_hasher hasher = {&csign_sha256, &work.head};
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
           csign_store_secret(&store, &hasher, &keyed) == CSIGN_E_ORDER &&
           csign_store_challenge(&store, &hasher, &keyed, NULL, 0, bytes, 16) ==
               CSIGN_E_ORDER &&
           csign_store_key(&store, 0, &rights, bytes) == CSIGN_E_ORDER &&
           csign_store_change(&store, &change) == CSIGN_E_ORDER &&
           csign_store_put_secret(&store, bytes) == CSIGN_E_ORDER &&
           csign_store_put_key(&store, 2, 1, bytes) == CSIGN_E_ORDER &&
           csign_store_commit(&store) == CSIGN_E_ORDER;
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
    CHECK_EQUAL(state_with(AT_SECRET + 9, 1), CSIGN_STORE_DAMAGED);
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
    CHECK_EQUAL(csign_store_step(&store), CSIGN_STEP_MORE);
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
    CHECK_EQUAL(csign_store_step(&store), CSIGN_STEP_DONE);
    CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_E_SLOT_EMPTY);
    change.slot = KEYS;
    CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_E_SLOT);
    CHECK_EQUAL(csign_store_step(&store), CSIGN_STEP_DONE);
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

TEST(a_key_whose_memory_goes_away_is_not_stored)
{
    for (uint16_t steps = 0; steps < 2 * KEY_CELLS; steps++) {
        uint8_t key[32];
        csign_change change = {2, 1, rights_of(1, 2), key};
        bool is_held;

        make_serving();
        make_key(1, 2, key);
        CHECK_EQUAL(csign_store_change(&store, &change), CSIGN_OK);
        for (uint16_t i = 0; i < steps; i++)
            (void)csign_store_step(&store);
        memset(key, 0, sizeof key); /* as csign_server_close() does, uncancelled */
        is_held = run() == CSIGN_STEP_DONE;
        CHECK(holds(1, is_held ? 0x7 : 0x3));
        CHECK(start_and_draw());
        CHECK(holds(1, is_held ? 0x7 : 0x3));
    }
    CHECK(!chip.is_misused);
}

TEST(a_cancelled_set_leaves_the_slot_empty_and_a_cancelled_drop_goes_on)
{
    for (uint16_t steps = 0; steps < 2 * KEY_CELLS; steps++) {
        uint8_t key[32];
        csign_change set = {2, 1, 1, key}, drop = {1, 0, 0, NULL};

        make_serving();
        make_key(1, 2, key);
        CHECK_EQUAL(csign_store_change(&store, &set), CSIGN_OK);
        for (uint16_t i = 0; i < steps; i++)
            (void)csign_store_step(&store);
        csign_store_cancel(&store);
        CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
        CHECK(holds(1, 0x3));
        CHECK(!lies_in_chip(key, 4));
        CHECK_EQUAL(csign_store_change(&store, &drop), CSIGN_OK);
        for (uint16_t i = 0; i < steps; i++)
            (void)csign_store_step(&store);
        csign_store_cancel(&store);
        CHECK_EQUAL(run(), CSIGN_STEP_DONE);
        CHECK(holds(1, 0x1));
    }
    CHECK(!chip.is_misused);
}

TEST(a_memory_that_cannot_hold_a_store_is_refused)
{
    csign_store_memory m = memory;

    CHECK_EQUAL(csign_store_check(&m), CSIGN_OK);
    CHECK_EQUAL(csign_store_bytes(&m), CELLS);
    m.is_busy = NULL;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_OK);
    m.base = (uint16_t)(65536L - CELLS);
    CHECK_EQUAL(csign_store_check(&m), CSIGN_OK);
    m.base++;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_MEMORY);
    m = memory;
    m.counters = 3;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_SLOT_COUNT);
    m.counters = 9;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_SLOT_COUNT);
    m = memory;
    m.key_slots = 0;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_SLOT_COUNT);
    m.key_slots = 251;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_SLOT_COUNT);
    m.read = NULL;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_MEMORY);
}

/* -- with a device ---------------------------------------------------------------------- */

static struct lamp lamp;
static struct remote remote;

/* The lamp's keys after a restart of everything. */
static csign_status restart(void)
{
    make_lamp(&lamp, &csign_sealed_server);
    lamp.device.key_change = csign_key_change;
    if (reopen() != CSIGN_STORE_READY || !start())
        return CSIGN_E_ORDER;
    return csign_store_load(&store, &lamp.device);
}

/* Sends a command under a slot's key. */
static csign_outcome send_under(uint8_t slot, const uint8_t *command, size_t len)
{
    csign_change change;
    uint8_t key[32];

    make_key(1, slot, key);
    make_remote(&remote, &csign_sealed_client, key, sizeof key);
    connect_both(&remote, &lamp, NOW);
    ask(&remote, &lamp, command, len, NOW);
    if (csign_server_wants(&lamp.server) == CSIGN_WANTS_STORE) {
        change = csign_server_change(&lamp.server);
        csign_server_stored(&lamp.server, done(csign_store_change(&store, &change)), NOW);
    }
    run_and_answer(&lamp, NOW);
    lamp_to_remote(&lamp, &remote, NOW);
    csign_client_end(&remote.client);
    return csign_client_outcome(&remote.client);
}

static csign_outcome send_set_key(uint8_t slot)
{
    uint8_t command[CSIGN_SET_KEY_LEN] = {CSIGN_CODE_SET_KEY, slot, 0x00, 0x01, 0x02};

    command[5] = (uint8_t)rights_of(1, slot);
    make_key(1, slot, command + 6);
    return send_under(0, command, sizeof command);
}

TEST(keys_set_and_dropped_over_the_wire_outlive_a_restart)
{
    const uint8_t on = ON, drop_1[] = {CSIGN_CODE_DROP_KEY, 1};

    make_ready();
    CHECK_EQUAL(restart(), CSIGN_OK);
    CHECK_EQUAL(send_set_key(2), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(send_under(2, &on, 1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(send_under(0, drop_1, sizeof drop_1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(restart(), CSIGN_OK);
    CHECK(holds(1, 0x5));
    CHECK_EQUAL(send_under(2, &on, 1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(send_under(0, &on, 1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(send_under(1, &on, 1), CSIGN_OUTCOME_UNKNOWN);
    CHECK(!chip.is_misused);
}

TEST(a_store_that_does_not_take_a_key_is_answered_failed)
{
    const uint8_t on = ON;

    make_ready();
    CHECK_EQUAL(restart(), CSIGN_OK);
    chip.stuck[0] = AT_KEYS + 2 * KEY_CELLS + 20;
    chip.stuck_as[0] = 0xff;
    chip.stuck_count = 1;
    CHECK_EQUAL(send_set_key(2), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_client_reply_status(&remote.client), CSIGN_STATUS_FAILED);
    CHECK_EQUAL(send_under(2, &on, 1), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(restart(), CSIGN_OK);
    CHECK(holds(1, 0x3));
}

TEST(a_device_with_other_slots_or_equal_keys_is_not_loaded)
{
    uint8_t key[32];

    make_ready();
    CHECK_EQUAL(restart(), CSIGN_OK);
    make_lamp(&lamp, &csign_sealed_server);
    lamp.device.slot_count = KEYS - 1;
    CHECK_EQUAL(csign_store_load(&store, &lamp.device), CSIGN_E_SLOT_COUNT);
    make_key(1, 0, key);
    CHECK(done(csign_store_change(&store, &(csign_change){3, 1, 1, key})));
    CHECK_EQUAL(restart(), CSIGN_E_KEY_KNOWN);
    for (uint8_t slot = 0; slot < KEYS; slot++)
        CHECK(!lamp.slots[slot].is_held);
}

TESTS(RUN(an_erased_memory_is_erased), RUN(somebody_elses_data_is_foreign),
      RUN(a_little_data_in_an_erased_memory_is_foreign),
      RUN(a_store_at_another_base_is_foreign),
      RUN(a_store_with_other_numbers_of_slots_is_foreign),
      RUN(a_provisioned_store_is_ready_and_holds_what_was_put),
      RUN(a_provisioning_that_was_not_ended_is_begun),
      RUN(a_damaged_byte_closes_the_store_or_changes_nothing), RUN(damage_is_called_damage),
      RUN(provisioning_without_an_identity_or_a_secret_fails_and_forgets),
      RUN(a_new_provisioning_leaves_nothing_of_the_one_before),
      RUN(a_part_may_be_put_again), RUN(a_key_can_be_read_back_while_provisioning),
      RUN(an_id_may_have_0_to_64_bytes), RUN(every_state_but_ready_gives_nothing),
      RUN(keys_come_only_after_a_start), RUN(one_job_at_a_time),
      RUN(a_slow_memory_is_never_waited_for_or_touched),
      RUN(a_step_writes_one_byte_at_most_and_reads_few),
      RUN(the_end_of_a_job_can_be_asked_for_again), RUN(a_dropped_key_is_wiped),
      RUN(a_key_whose_memory_goes_away_is_not_stored),
      RUN(a_cancelled_set_leaves_the_slot_empty_and_a_cancelled_drop_goes_on),
      RUN(a_memory_that_cannot_hold_a_store_is_refused),
      RUN(keys_set_and_dropped_over_the_wire_outlive_a_restart),
      RUN(a_store_that_does_not_take_a_key_is_answered_failed),
      RUN(a_device_with_other_slots_or_equal_keys_is_not_loaded))
