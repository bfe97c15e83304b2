/* SPDX-License-Identifier: MIT */
/* What a client believes, and what it calls done, failed, sent, not sent and unknown. */
#include "fixture.h"

static struct lamp lamp;
static struct remote remote;

static void connect_sealed(void)
{
    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
}

static void connect_classic(void)
{
    make_owned_lamp(&lamp, &csign_classic_server);
    make_remote(&remote, &csign_classic_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
}

/* The lamp has answered, and its reply is in `reply` instead of on its way. */
static size_t intercept_reply(uint8_t *reply)
{
    size_t len;
    const uint8_t *out;

    ask_code(&remote, &lamp, ON);
    run_and_answer(&lamp, NOW);
    out = csign_server_out(&lamp.server, &len);
    memcpy(reply, out, len);
    return len;
}

TEST(every_bit_of_a_sealed_reply_is_covered_by_its_tag)
{
    for (size_t bit = 0; bit < 18 * 8; bit++) {
        uint8_t reply[MEMORY];
        size_t len;

        connect_sealed();
        len = intercept_reply(reply);
        CHECK_EQUAL(len, 18);
        reply[bit / 8] ^= (uint8_t)(1 << bit % 8);
        csign_client_take(&remote.client, reply, len, NOW);
        csign_client_end(&remote.client);
        CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_CLOSE);
        CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    }
}

TEST(every_bit_of_a_classic_reply_counts)
{
    for (size_t bit = 0; bit < 32 * 8; bit++) {
        uint8_t reply[MEMORY];
        size_t len;

        connect_classic();
        len = intercept_reply(reply);
        CHECK_EQUAL(len, 32);
        reply[bit / 8] ^= (uint8_t)(1 << bit % 8);
        csign_client_take(&remote.client, reply, len, NOW);
        CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
        CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_TAG);
    }
}

TEST(a_reply_cut_anywhere_leaves_the_outcome_unknown)
{
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        for (size_t cut = 0; cut < 18; cut++) {
            uint8_t reply[MEMORY];

            if (is_sealed)
                connect_sealed();
            else
                connect_classic();
            intercept_reply(reply);
            csign_client_take(&remote.client, reply, cut, NOW);
            csign_client_end(&remote.client);
            CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
            CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_CUT);
        }
    }
}

TEST(a_reply_of_no_bytes_is_unknown_at_once)
{
    static const uint8_t zero;

    connect_sealed();
    ask_code(&remote, &lamp, ON);
    csign_client_take(&remote.client, &zero, 1, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_EMPTY);
}

TEST(a_reply_over_the_limit_is_unknown_at_once)
{
    static const uint8_t m = PAYLOAD + 1;

    connect_sealed();
    ask_code(&remote, &lamp, ON);
    csign_client_take(&remote.client, &m, 1, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_TOO_LONG);
}

TEST(an_unknown_status_counts_as_failed_and_is_told)
{
    connect_sealed();
    ask_code(&remote, &lamp, ON);
    CHECK_EQUAL(csign_server_reply(&lamp.server, 0x33, NULL, 0, NOW), CSIGN_OK);
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_client_reply_status(&remote.client), 0x33);
}

TEST(the_own_request_is_refused_as_an_answer)
{
    static const uint8_t overlapping[] CSIGN_FLASH = {ON, OFF};
    static const uint8_t on = ON;
    size_t len;
    const uint8_t *out;
    uint8_t request[32];

    connect_classic();
    remote.config.answers.codes = overlapping;
    CHECK_EQUAL(csign_client_request(&remote.client, &on, 1, NOW), CSIGN_OK);
    out = csign_client_out(&remote.client, &len);
    memcpy(request, out, len);
    csign_client_sent(&remote.client, len, NOW);
    csign_client_take(&remote.client, request, len, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_REFLECTED);
}

TEST(another_commands_reflection_is_not_an_answer_when_tables_are_apart)
{
    static const uint8_t off = OFF;
    uint8_t tag[CSIGN_DIGEST_MAX];

    connect_classic();
    ask_code(&remote, &lamp, ON);
    csign_classic_tag(&remote.settings, &remote.keyed, remote.memory, &off, 1, tag);
    csign_client_take(&remote.client, tag, 32, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_TAG);
}

TEST(a_classic_answer_is_told_by_its_row)
{
    static const uint8_t failed = 0xa1;

    connect_classic();
    ask_code(&remote, &lamp, ON);
    CHECK_EQUAL(csign_server_answer(&lamp.server, &failed, NOW), CSIGN_OK);
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_client_answer(&remote.client), 1);
}

TEST(a_caller_may_refuse_a_repeated_challenge_before_anything_is_sent)
{
    connect_classic();
    CHECK(csign_client_device_challenge(&remote.client) != NULL);
    csign_client_close(&remote.client, CSIGN_P_REPEATED);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_NOT_SENT);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_REPEATED);
}

TEST(nothing_is_sent_when_the_device_closes_before_the_request)
{
    connect_sealed();
    csign_client_end(&remote.client);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_NOT_SENT);
    CHECK_EQUAL(csign_client_request_tag(&remote.client) == NULL, 1);
}

TEST(a_request_that_did_not_begin_to_leave_is_not_sent)
{
    static const uint8_t on = ON;

    connect_sealed();
    CHECK_EQUAL(csign_client_request(&remote.client, &on, 1, NOW), CSIGN_OK);
    csign_client_close(&remote.client, CSIGN_E_SEND);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_NOT_SENT);
}

TEST(a_request_that_left_in_part_is_unknown)
{
    static const uint8_t on = ON;

    connect_sealed();
    CHECK_EQUAL(csign_client_request(&remote.client, &on, 1, NOW), CSIGN_OK);
    csign_client_sent(&remote.client, 1, NOW);
    csign_client_close(&remote.client, CSIGN_E_SEND);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
}

TEST(a_device_that_does_not_answer_leaves_sent_after_silence_or_close)
{
    for (int is_silence = 0; is_silence < 2; is_silence++) {
        connect_classic();
        remote.config.answers.count = 0;
        ask_code(&remote, &lamp, ON);
        if (is_silence)
            csign_client_tick(&remote.client, NOW + CSIGN_REPLY_MS);
        else
            csign_client_end(&remote.client);
        CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_CLOSE);
        CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_SENT);
    }
}

TEST(a_device_that_should_not_answer_and_does_is_unknown)
{
    connect_classic();
    remote.config.answers.count = 0;
    ask_code(&remote, &lamp, ON);
    csign_client_take(&remote.client, owner_key, 1, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_TALKS);
}

TEST(silence_after_a_request_is_unknown)
{
    connect_sealed();
    ask_code(&remote, &lamp, ON);
    csign_client_tick(&remote.client, NOW + CSIGN_REPLY_MS - 1);
    CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_BYTES);
    csign_client_tick(&remote.client, NOW + CSIGN_REPLY_MS);
    CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_CLOSE);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_LATE);
}

TEST(no_second_request_is_made_without_a_valid_reply)
{
    static const uint8_t on = ON;

    connect_sealed();
    ask_code(&remote, &lamp, ON);
    CHECK_EQUAL(csign_client_request(&remote.client, &on, 1, NOW), CSIGN_E_ORDER);
    csign_client_end(&remote.client);
    CHECK_EQUAL(csign_client_request(&remote.client, &on, 1, NOW), CSIGN_E_ORDER);
}

TEST(a_proven_outcome_survives_the_close_that_follows)
{
    connect_sealed();
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
    csign_client_end(&remote.client);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_CLOSED);
}

TEST(what_follows_the_last_reply_is_ignored)
{
    static const uint8_t noise[9] = "whatever";

    connect_classic();
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_client_take(&remote.client, noise, sizeof noise, NOW), 0);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
}

TEST(a_reply_to_another_request_of_the_connection_is_refused)
{
    uint8_t old[MEMORY];
    size_t len;

    connect_sealed();
    len = intercept_reply(old);
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
    ask_code(&remote, &lamp, ON);
    csign_client_take(&remote.client, old, len, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
}

TEST(a_request_later_than_the_device_waits_is_not_made)
{
    static const uint8_t on = ON;

    connect_sealed();
    CHECK_EQUAL(csign_client_request(&remote.client, &on, 1, NOW + CSIGN_DEADLINE_MS),
                CSIGN_E_SLOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_NOT_SENT);
    connect_sealed();
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_client_request(&remote.client, &on, 1, NOW + CSIGN_IDLE_MS),
                CSIGN_E_SLOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
}

TESTS(RUN(every_bit_of_a_sealed_reply_is_covered_by_its_tag),
      RUN(every_bit_of_a_classic_reply_counts),
      RUN(a_reply_cut_anywhere_leaves_the_outcome_unknown),
      RUN(a_reply_of_no_bytes_is_unknown_at_once),
      RUN(a_reply_over_the_limit_is_unknown_at_once),
      RUN(an_unknown_status_counts_as_failed_and_is_told),
      RUN(the_own_request_is_refused_as_an_answer),
      RUN(another_commands_reflection_is_not_an_answer_when_tables_are_apart),
      RUN(a_classic_answer_is_told_by_its_row),
      RUN(a_caller_may_refuse_a_repeated_challenge_before_anything_is_sent),
      RUN(nothing_is_sent_when_the_device_closes_before_the_request),
      RUN(a_request_that_did_not_begin_to_leave_is_not_sent),
      RUN(a_request_that_left_in_part_is_unknown),
      RUN(a_device_that_does_not_answer_leaves_sent_after_silence_or_close),
      RUN(a_device_that_should_not_answer_and_does_is_unknown),
      RUN(silence_after_a_request_is_unknown),
      RUN(no_second_request_is_made_without_a_valid_reply),
      RUN(a_proven_outcome_survives_the_close_that_follows),
      RUN(what_follows_the_last_reply_is_ignored),
      RUN(a_reply_to_another_request_of_the_connection_is_refused),
      RUN(a_request_later_than_the_device_waits_is_not_made))
