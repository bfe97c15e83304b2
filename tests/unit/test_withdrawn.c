/* SPDX-License-Identifier: MIT */
/* Keys that the application itself takes away while somebody uses them, and what is
 * called at a moment when nothing waits for it. */
#include "fixture.h"

static struct lamp lamp;
static struct remote remote;
static const uint8_t change[CSIGN_SET_KEY_LEN] = {CSIGN_CODE_SET_KEY, 2, 0, 0, 0, 1, 'n'};

static void connect(bool is_sealed)
{
    make_owned_lamp(&lamp, is_sealed ? &csign_sealed_server : &csign_classic_server);
    make_remote(&remote, is_sealed ? &csign_sealed_client : &csign_classic_client,
                owner_key, sizeof owner_key);
    lamp.device.key_change = is_sealed ? csign_key_change : NULL;
    connect_both(&remote, &lamp, NOW);
}

static void start_change(void)
{
    connect(true);
    ask(&remote, &lamp, change, sizeof change, NOW);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_STORE);
}

static void withdraw_key(void)
{
    CHECK_EQUAL(csign_device_drop_key(&lamp.device, 0), CSIGN_OK);
}

TEST(a_command_whose_key_goes_while_it_runs_is_not_answered)
{
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        size_t len;
        static const uint8_t answer = 0xa0;

        connect(is_sealed);
        ask_code(&remote, &lamp, ON);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
        withdraw_key();
        if (is_sealed)
            CHECK_EQUAL(csign_server_reply(&lamp.server, CSIGN_STATUS_DONE, NULL, 0, NOW),
                        CSIGN_OK);
        else
            CHECK_EQUAL(csign_server_answer(&lamp.server, &answer, NOW), CSIGN_OK);
        (void)csign_server_out(&lamp.server, &len);
        CHECK_EQUAL(len, 0);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_DROPPED);
    }
}

TEST(a_key_that_was_stored_is_held_though_the_key_that_brought_it_went)
{
    size_t len;

    start_change();
    withdraw_key();
    csign_server_tick(&lamp.server, NOW);
    CHECK(lamp.device.changing == &lamp.server);
    csign_server_stored(&lamp.server, true, NOW);
    (void)csign_server_out(&lamp.server, &len);
    CHECK_EQUAL(len, 0);
    CHECK_EQUAL(lamp.slots[2].is_held, 1);
    CHECK(lamp.device.changing == NULL);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_DROPPED);
}

TEST(a_store_goes_on_for_a_link_whose_key_went)
{
    start_change();
    lamp.settings.is_link = 1;
    withdraw_key();
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_STORE);
    csign_server_stored(&lamp.server, true, NOW);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_BYTES);
}

TEST(a_connection_lost_while_a_key_is_dropped_leaves_it_held)
{
    static const uint8_t drop[] = {CSIGN_CODE_DROP_KEY, 1};

    connect(true);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 1, CSIGN_RIGHTS_ALL, guest_key,
                                     sizeof guest_key),
                CSIGN_OK);
    ask(&remote, &lamp, drop, sizeof drop, NOW);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_STORE);
    CHECK_EQUAL(csign_server_change(&lamp.server).slot, 1);
    CHECK_EQUAL(csign_server_change(&lamp.server).is_set, 0);
    csign_server_close(&lamp.server, CSIGN_E_STOPPED);
    CHECK(lamp.device.changing == NULL);
    CHECK_EQUAL(lamp.slots[1].is_held, 1);
}

TEST(no_change_is_told_but_while_one_is_to_be_stored)
{
    connect(true);
    CHECK_EQUAL(csign_server_change(&lamp.server).slot, 0);
    CHECK_EQUAL(csign_server_change(&lamp.server).is_set, 0);
    CHECK(csign_server_change(&lamp.server).key == NULL);
    start_change();
    CHECK_EQUAL(csign_server_change(&lamp.server).slot, 2);
    CHECK_EQUAL(csign_server_change(&lamp.server).rights, 1);
    CHECK_BYTES(csign_server_change(&lamp.server).key, change + 6, CSIGN_NEW_KEY_LEN);
}

static void expect_nothing_told(void)
{
    size_t len = 1;

    CHECK_EQUAL(csign_client_reply_status(&remote.client), CSIGN_STATUS_NOTHING);
    CHECK(csign_client_reply_data(&remote.client, &len) == NULL);
    CHECK_EQUAL(len, 0);
}

TEST(a_client_tells_of_no_reply_that_did_not_come)
{
    connect(true);
    expect_nothing_told();
    ask_code(&remote, &lamp, ON);
    expect_nothing_told();
    csign_client_end(&remote.client);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    expect_nothing_told();
    connect(false);
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
    expect_nothing_told();
}

TEST(a_client_tells_a_tag_only_of_a_sealed_request)
{
    connect(true);
    CHECK(csign_client_request_tag(&remote.client) == NULL);
    ask_code(&remote, &lamp, ON);
    CHECK(csign_client_request_tag(&remote.client) != NULL);
    connect(false);
    ask_code(&remote, &lamp, ON);
    CHECK(csign_client_request_tag(&remote.client) == NULL);
}

TEST(a_client_tells_a_challenge_only_while_it_may_use_it)
{
    connect(true);
    CHECK_BYTES(csign_client_device_challenge(&remote.client), lamp.memory + 16, 16);
    ask_code(&remote, &lamp, ON);
    CHECK(csign_client_device_challenge(&remote.client) == NULL);
    run_and_answer(&lamp, NOW);
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_REQUEST);
    CHECK(csign_client_device_challenge(&remote.client) == NULL);
}

TESTS(RUN(a_command_whose_key_goes_while_it_runs_is_not_answered),
      RUN(a_key_that_was_stored_is_held_though_the_key_that_brought_it_went),
      RUN(a_store_goes_on_for_a_link_whose_key_went),
      RUN(a_connection_lost_while_a_key_is_dropped_leaves_it_held),
      RUN(no_change_is_told_but_while_one_is_to_be_stored),
      RUN(a_client_tells_of_no_reply_that_did_not_come),
      RUN(a_client_tells_a_tag_only_of_a_sealed_request),
      RUN(a_client_tells_a_challenge_only_while_it_may_use_it))
