/* SPDX-License-Identifier: MIT */
/* Deadlines, the clock's wrap, and links without connections. */
#include "fixture.h"

static struct lamp lamp;
static struct remote remote;

/* Clocks that wrap in the middle of what a test does, and one that does not. */
static const uint32_t clocks[] = {0, 1000, UINT32_MAX, UINT32_MAX - 1, UINT32_MAX - 3000,
                                  UINT32_MAX - 5000, UINT32_MAX - 29999, 0x7fffffff};

#define EACH_CLOCK(now)                                                     \
    const uint32_t *clock_at = clocks, *end = clocks + sizeof clocks / sizeof *clocks; \
    clock_at < end && ((now) = *clock_at, 1);                               \
    clock_at++

enum { D = CSIGN_DEADLINE_MS };

static void open_lamp(uint32_t now)
{
    make_owned_lamp(&lamp, &csign_sealed_server);
    csign_server_open(&lamp.server, &lamp.device, lamp.memory, now);
}

static void connect_at(uint32_t now)
{
    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, now);
}

/* The lamp holds out until just before the limit and gives up at it; due says the same. */
#define CHECK_LIMIT(start, limit, expected)                                          \
    do {                                                                             \
        csign_wants before = csign_server_wants(&lamp.server);                       \
        CHECK_EQUAL(csign_server_due(&lamp.server, (start)), (limit));               \
        csign_server_tick(&lamp.server, (start) + (limit)-1);                        \
        CHECK_EQUAL(csign_server_wants(&lamp.server), before);                       \
        CHECK_EQUAL(csign_server_due(&lamp.server, (start) + (limit)-1), 1);         \
        csign_server_tick(&lamp.server, (start) + (limit));                          \
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);            \
        CHECK_EQUAL(csign_server_reason(&lamp.server), (expected));                  \
        CHECK_EQUAL(csign_server_due(&lamp.server, (start) + (limit)), UINT32_MAX);  \
    } while (0)

TEST(the_wake_has_d_from_the_accept)
{
    uint32_t now;

    for (EACH_CLOCK(now)) {
        open_lamp(now);
        CHECK_EQUAL(csign_server_take(&lamp.server, owner_key, 15, now + 100), 15);
        csign_server_tick(&lamp.server, now + D - 1);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_BYTES);
        csign_server_tick(&lamp.server, now + D);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_LATE);
        open_lamp(now);
        CHECK_LIMIT(now, D, CSIGN_P_LATE);
    }
}

TEST(a_byte_that_comes_late_is_not_taken)
{
    open_lamp(NOW);
    CHECK_EQUAL(csign_server_take(&lamp.server, owner_key, 16, NOW + D), 0);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
}

TEST(sending_the_challenge_has_d)
{
    uint32_t now;

    for (EACH_CLOCK(now)) {
        open_lamp(now);
        csign_server_take(&lamp.server, owner_key, 16, now + 100);
        draw_challenge(&lamp, now + 200);
        csign_server_sent(&lamp.server, 15, now + 300);
        CHECK_LIMIT(now + 200, D, CSIGN_P_STUCK);
    }
}

TEST(the_first_request_has_d_from_the_challenges_last_byte)
{
    uint32_t now;

    for (EACH_CLOCK(now)) {
        connect_at(now);
        csign_server_take(&lamp.server, (const uint8_t *)"\x01", 1, now + 4000);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_BYTES);
        CHECK_LIMIT(now, D, CSIGN_P_LATE);
    }
}

TEST(a_handlers_run_counts_in_no_limit)
{
    connect_at(NOW);
    ask_code(&remote, &lamp, ON);
    CHECK_EQUAL(csign_server_due(&lamp.server, NOW), UINT32_MAX);
    csign_server_tick(&lamp.server, NOW + 100000);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
    run_and_answer(&lamp, NOW + 100000);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_SEND);
}

TEST(sending_the_reply_has_d)
{
    uint32_t now;

    for (EACH_CLOCK(now)) {
        connect_at(now);
        ask(&remote, &lamp, "\x01", 1, now);
        run_and_answer(&lamp, now + 500);
        csign_server_sent(&lamp.server, 3, now + 1000);
        CHECK_LIMIT(now + 500, D, CSIGN_P_STUCK);
    }
}

TEST(a_further_request_may_begin_within_30_s_of_the_reply)
{
    uint32_t now;

    for (EACH_CLOCK(now)) {
        connect_at(now);
        ask(&remote, &lamp, "\x01", 1, now);
        run_and_answer(&lamp, now);
        lamp_to_remote(&lamp, &remote, now + 10);
        CHECK_LIMIT(now + 10, CSIGN_IDLE_MS, CSIGN_P_IDLE);
    }
}

TEST(a_further_request_has_d_from_its_first_byte)
{
    uint32_t now;

    for (EACH_CLOCK(now)) {
        connect_at(now);
        ask(&remote, &lamp, "\x01", 1, now);
        run_and_answer(&lamp, now);
        lamp_to_remote(&lamp, &remote, now);
        CHECK_EQUAL(csign_server_take(&lamp.server, (const uint8_t *)"\x01", 1, now + 20000), 1);
        CHECK_LIMIT(now + 20000, D, CSIGN_P_LATE);
    }
}

TEST(a_client_waits_for_challenge_and_reply_as_long_as_it_is_told)
{
    uint32_t now;

    for (EACH_CLOCK(now)) {
        connect_at(now);
        csign_client_open(&remote.client, &remote.config, remote.memory, now);
        CHECK_EQUAL(csign_client_due(&remote.client, now), CSIGN_REPLY_MS);
        csign_client_tick(&remote.client, now + CSIGN_REPLY_MS - 1);
        CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_CHALLENGE);
        csign_client_tick(&remote.client, now + CSIGN_REPLY_MS);
        CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_NOT_SENT);
        connect_at(now);
        ask(&remote, &lamp, "\x01", 1, now + 3000);
        CHECK_EQUAL(csign_client_due(&remote.client, now + 3000), CSIGN_REPLY_MS);
        csign_client_tick(&remote.client, now + 3000 + CSIGN_REPLY_MS);
        CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_UNKNOWN);
    }
}

/* Links without connections. */

static void open_link(const csign_server_profile *profile, uint32_t now)
{
    make_owned_lamp(&lamp, profile);
    make_remote(&remote, profile->is_sealed ? &csign_sealed_client : &csign_classic_client,
                owner_key, sizeof owner_key);
    lamp.settings.is_link = 1;
    remote.settings.is_link = 1;
    csign_server_open(&lamp.server, &lamp.device, lamp.memory, now);
}

/* One whole wake and challenge on the open link. Returns when. */
static uint32_t wake_on_link(uint32_t now)
{
    csign_client_open(&remote.client, &remote.config, remote.memory, now);
    now += CSIGN_QUIET_MS;
    csign_server_tick(&lamp.server, now);
    csign_client_tick(&remote.client, now);
    if (csign_client_wants(&remote.client) == CSIGN_WANTS_CHALLENGE)
        draw_nonce(&remote, now);
    remote_to_lamp(&remote, &lamp, now);
    draw_challenge(&lamp, now);
    lamp_to_remote(&lamp, &remote, now);
    return now;
}

TEST(a_link_waits_for_ever_for_the_first_byte_of_a_wake)
{
    open_link(&csign_sealed_server, NOW);
    CHECK_EQUAL(csign_server_due(&lamp.server, NOW), UINT32_MAX);
    csign_server_tick(&lamp.server, NOW + 1000000);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_BYTES);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_OK);
}

TEST(silence_inside_a_message_ends_the_exchange_on_a_link)
{
    uint32_t now;

    for (EACH_CLOCK(now)) {
        open_link(&csign_sealed_server, now);
        csign_server_take(&lamp.server, owner_key, 15, now + 10);
        csign_server_tick(&lamp.server, now + 10 + CSIGN_SILENCE_MS - 1);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_OK);
        csign_server_tick(&lamp.server, now + 10 + CSIGN_SILENCE_MS);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_SILENT);
        /* The next byte begins a wake: 16 of them are whole. */
        CHECK_EQUAL(csign_server_take(&lamp.server, owner_key, 16, now + 600), 16);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CHALLENGE);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_OK);
    }
}

TEST(a_link_is_due_when_it_will_have_been_silent_or_its_limit_is_over)
{
    open_link(&csign_sealed_server, NOW);
    csign_server_take(&lamp.server, owner_key, 1, NOW);
    CHECK_EQUAL(csign_server_due(&lamp.server, NOW + 100), CSIGN_SILENCE_MS - 100);
    for (uint32_t now = NOW + 400; now < NOW + D; now += 400)
        csign_server_take(&lamp.server, owner_key, 1, now);
    CHECK_EQUAL(csign_server_due(&lamp.server, NOW + D - 200), 200);
}

TEST(a_wake_on_a_link_has_d_from_its_first_byte)
{
    uint32_t now = NOW;

    open_link(&csign_sealed_server, now);
    for (int i = 0; i < 13; i++) {
        CHECK_EQUAL(csign_server_take(&lamp.server, owner_key, 1, now), 1);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_OK);
        now += 400;
    }
    csign_server_tick(&lamp.server, NOW + D);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_LATE);
}

TEST(a_link_serves_one_exchange_after_the_other)
{
    uint32_t now = NOW;

    for (int profile = 0; profile < 2; profile++) {
        open_link(profile ? &csign_classic_server : &csign_sealed_server, now);
        for (int i = 0; i < 3; i++) {
            now = wake_on_link(now);
            CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_REQUEST);
            ask(&remote, &lamp, "\x01", 1, now);
            run_and_answer(&lamp, now);
            lamp_to_remote(&lamp, &remote, now);
            CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
        }
        CHECK_EQUAL(lamp.runs, 3);
    }
}

TEST(a_chained_request_follows_its_reply_within_500_ms_on_a_link)
{
    static const uint8_t on = ON;
    uint32_t now;

    open_link(&csign_sealed_server, NOW);
    now = wake_on_link(NOW);
    ask(&remote, &lamp, &on, 1, now);
    run_and_answer(&lamp, now);
    lamp_to_remote(&lamp, &remote, now);
    ask(&remote, &lamp, &on, 1, now + CSIGN_SILENCE_MS - 1);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
    run_and_answer(&lamp, now + 10000);
    lamp_to_remote(&lamp, &remote, now + 10000);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_client_request(&remote.client, &on, 1, now + 10500), CSIGN_E_SLOW);
    csign_server_tick(&lamp.server, now + 10500);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_CLOSED);
}

TEST(a_device_that_refused_discards_until_the_link_is_silent)
{
    for (int profile = 0; profile < 2; profile++) {
        uint8_t noise[64] = {0};
        uint32_t now;

        open_link(profile ? &csign_classic_server : &csign_sealed_server, NOW);
        now = wake_on_link(NOW);
        memset(noise, 0x10, sizeof noise);
        csign_server_take(&lamp.server, noise, sizeof noise, now);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
        for (int i = 0; i < 20; i++) {
            now += CSIGN_SILENCE_MS - 1;
            CHECK_EQUAL(csign_server_take(&lamp.server, noise, sizeof noise, now),
                        sizeof noise);
            CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_BYTES);
        }
        now = wake_on_link(now);
        CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_REQUEST);
        ask(&remote, &lamp, "\x01", 1, now);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
    }
}

TEST(a_client_is_silent_and_discards_before_it_wakes_a_link)
{
    open_link(&csign_sealed_server, NOW);
    csign_client_open(&remote.client, &remote.config, remote.memory, NOW);
    CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_BYTES);
    CHECK_EQUAL(csign_client_take(&remote.client, owner_key, 32, NOW + 1), 32);
    CHECK_EQUAL(csign_client_due(&remote.client, NOW), CSIGN_QUIET_MS);
    csign_client_tick(&remote.client, NOW + CSIGN_QUIET_MS - 1);
    CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_BYTES);
    csign_client_tick(&remote.client, NOW + CSIGN_QUIET_MS);
    CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_CHALLENGE);
}

TEST(a_client_wakes_a_link_again_with_a_new_nonce)
{
    uint32_t now = NOW + CSIGN_QUIET_MS;
    uint8_t first[16];

    open_link(&csign_sealed_server, NOW);
    csign_client_open(&remote.client, &remote.config, remote.memory, NOW);
    csign_client_tick(&remote.client, now);
    draw_nonce(&remote, now);
    memcpy(first, remote.memory, sizeof first);
    csign_client_sent(&remote.client, 16, now);
    CHECK_EQUAL(csign_client_take(&remote.client, owner_key, 15, now), 15);
    csign_client_tick(&remote.client, now + CSIGN_REWAKE_MS);
    CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_BYTES);
    CHECK_EQUAL(csign_client_take(&remote.client, owner_key, 1, now + 1001), 1);
    csign_client_tick(&remote.client, now + CSIGN_REWAKE_MS + CSIGN_QUIET_MS);
    CHECK_EQUAL(csign_client_wants(&remote.client), CSIGN_WANTS_CHALLENGE);
    draw_nonce(&remote, now + 1750);
    CHECK(memcmp(first, remote.memory, sizeof first) != 0);
    /* All wakes share one limit. */
    csign_client_tick(&remote.client, NOW + CSIGN_REPLY_MS);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_NOT_SENT);
    CHECK_EQUAL(csign_client_reason(&remote.client), CSIGN_P_LATE);
}

TESTS(RUN(the_wake_has_d_from_the_accept), RUN(a_byte_that_comes_late_is_not_taken),
      RUN(sending_the_challenge_has_d),
      RUN(the_first_request_has_d_from_the_challenges_last_byte),
      RUN(a_handlers_run_counts_in_no_limit), RUN(sending_the_reply_has_d),
      RUN(a_further_request_may_begin_within_30_s_of_the_reply),
      RUN(a_further_request_has_d_from_its_first_byte),
      RUN(a_client_waits_for_challenge_and_reply_as_long_as_it_is_told),
      RUN(a_link_waits_for_ever_for_the_first_byte_of_a_wake),
      RUN(silence_inside_a_message_ends_the_exchange_on_a_link),
      RUN(a_link_is_due_when_it_will_have_been_silent_or_its_limit_is_over),
      RUN(a_wake_on_a_link_has_d_from_its_first_byte),
      RUN(a_link_serves_one_exchange_after_the_other),
      RUN(a_chained_request_follows_its_reply_within_500_ms_on_a_link),
      RUN(a_device_that_refused_discards_until_the_link_is_silent),
      RUN(a_client_is_silent_and_discards_before_it_wakes_a_link),
      RUN(a_client_wakes_a_link_again_with_a_new_nonce))
