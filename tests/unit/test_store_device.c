/* SPDX-License-Identifier: MIT */
/* How a store works with a device: what it loads, and what of the wire outlives a restart. */
#include "fixture.h"
#include "store_fixture.h"

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
    uint32_t rights = rights_of(1, slot);
    uint8_t command[CSIGN_SET_KEY_LEN] = {CSIGN_CODE_SET_KEY, slot, 0x00, 0x01};

    command[4] = (uint8_t)(rights >> 8);
    command[5] = (uint8_t)rights;
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

static uint8_t questions;

static bool is_busy_from_the_third_question(void *context)
{
    (void)context;
    return ++questions >= 3;
}

TEST(a_memory_that_gets_busy_while_keys_are_loaded_leaves_none)
{
    csign_store_memory rude = memory;

    make_ready();
    CHECK_EQUAL(restart(), CSIGN_OK);
    make_lamp(&lamp, &csign_sealed_server);
    rude.is_busy = is_busy_from_the_third_question;
    store.memory = &rude;
    questions = 0;
    CHECK_EQUAL(csign_store_load(&store, &lamp.device), CSIGN_E_BUSY);
    for (uint8_t slot = 0; slot < KEYS; slot++)
        CHECK_EQUAL(lamp.slots[slot].is_held, 0);
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

TESTS(RUN(keys_set_and_dropped_over_the_wire_outlive_a_restart),
      RUN(a_store_that_does_not_take_a_key_is_answered_failed),
      RUN(a_memory_that_gets_busy_while_keys_are_loaded_leaves_none),
      RUN(a_device_with_other_slots_or_equal_keys_is_not_loaded))
