/* SPDX-License-Identifier: MIT */
/* test_work.c: what a sealed device computes, and when: the stream's first block is made
 * before the request is there, and what the request leaves of it serves the reply. */
#include "fixture.h"

#ifdef CHECK_ON_TARGET
#define STRIDE 13
#else
#define STRIDE 1
#endif

static struct lamp lamp;
static struct remote remote;
static unsigned blocks;

static void counted_compress(csign_work *work)
{
    blocks++;
    csign_sha256.compress(work);
}

static void set_up(const uint8_t *key)
{
    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, key, 32);
    connect_both(&remote, &lamp, NOW);
}

/* The compressions from the request's last byte until the reply can leave. */
static unsigned blocks_for(uint8_t len)
{
    static uint8_t bytes[PAYLOAD] = {STATUS};
    const uint8_t *out;
    size_t count;

    CHECK_EQUAL(csign_client_request(&remote.client, bytes, len, NOW), CSIGN_OK);
    out = csign_client_out(&remote.client, &count);
    (void)csign_server_take(&lamp.server, out, count - 1, NOW);
    blocks = 0;
    (void)csign_server_take(&lamp.server, out + count - 1, 1, NOW);
    csign_client_sent(&remote.client, count, NOW);
    CHECK_EQUAL(csign_server_reply(&lamp.server, CSIGN_STATUS_DONE, NULL, 0, NOW),
                CSIGN_OK);
    count = blocks;
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
    return (unsigned)count;
}

TEST(a_short_exchange_takes_four_compressions_after_its_last_byte)
{
    csign_hash counted = csign_sha256;

    counted.compress = counted_compress;
    set_up(owner_key);
    lamp.settings.hasher.hash = &counted;
    connect_both(&remote, &lamp, NOW);
    CHECK_EQUAL(blocks_for(1), 4);
    CHECK_EQUAL(blocks_for(1), 4); /* a further one too */
    CHECK_EQUAL(blocks_for(21), 4);
    CHECK_EQUAL(blocks_for(22), 5); /* its tag is over a block more */
}

TEST(with_several_keys_every_one_costs_the_same)
{
    csign_hash counted = csign_sha256;
    unsigned by_owner;

    counted.compress = counted_compress;
    set_up(owner_key);
    (void)csign_device_set_key(&lamp.device, 2, CSIGN_RIGHTS_EVERY, guest_key, 32);
    lamp.settings.hasher.hash = &counted;
    connect_both(&remote, &lamp, NOW);
    by_owner = blocks_for(1);
    CHECK_EQUAL(by_owner, 8); /* two keys, the stream, the reply */
    make_remote(&remote, &csign_sealed_client, guest_key, 32);
    connect_both(&remote, &lamp, NOW);
    CHECK_EQUAL(blocks_for(1), by_owner);
    CHECK_EQUAL(blocks_for(1), 4); /* from then on there is one key only */
}

TEST(a_key_set_while_a_connection_waits_counts_on_it)
{
    set_up(guest_key);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 1, CSIGN_RIGHTS_EVERY, guest_key, 32),
                CSIGN_OK);
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
}

TEST(a_key_exchanged_while_a_connection_waits_counts_on_it)
{
    set_up(guest_key);
    CHECK_EQUAL(csign_device_drop_key(&lamp.device, 0), CSIGN_OK);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 0, CSIGN_RIGHTS_EVERY, guest_key, 32),
                CSIGN_OK);
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
}

TEST(a_key_dropped_while_a_connection_waits_opens_nothing)
{
    set_up(owner_key);
    CHECK_EQUAL(csign_device_drop_key(&lamp.device, 0), CSIGN_OK);
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_NONE);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
    CHECK_EQUAL(lamp.runs, 0);
}

TEST(a_key_that_went_and_came_back_counts)
{
    set_up(owner_key);
    CHECK_EQUAL(csign_device_drop_key(&lamp.device, 0), CSIGN_OK);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 3, CSIGN_RIGHTS_EVERY, owner_key, 32),
                CSIGN_OK);
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
}

/* A reply of len bytes, all at once or appended in pieces; the client must read them. */
static void reply_in_pieces(size_t request_len, size_t len, size_t piece)
{
    uint8_t request[PAYLOAD] = {STATUS}, data[PAYLOAD];
    size_t got;

    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(0x30 + i);
    ask(&remote, &lamp, request, request_len, NOW);
    for (size_t at = 0; at < len; at += piece)
        CHECK_EQUAL(csign_server_append(&lamp.server, data + at,
                                        at + piece < len ? piece : len - at),
                    CSIGN_OK);
    CHECK_EQUAL(csign_server_reply(&lamp.server, CSIGN_STATUS_OWN, NULL, 0, NOW),
                CSIGN_OK);
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_EQUAL(csign_client_reply_status(&remote.client), CSIGN_STATUS_OWN);
    CHECK_BYTES(csign_client_reply_data(&remote.client, &got), data, len);
    CHECK_EQUAL(got, len);
}

TEST(data_appended_in_any_pieces_make_the_reply)
{
    static const uint8_t requests[] = {1, 2, 16, 30, 31, 32, 33, PAYLOAD};

    set_up(owner_key);
    for (size_t i = 0; i < sizeof requests; i++)
        for (size_t len = 0; len < PAYLOAD; len += STRIDE)
            for (size_t piece = 1; piece <= len + 1; piece += len < 3 ? 1 : 11 * STRIDE)
                reply_in_pieces(requests[i], len, piece);
}

TEST(arguments_may_become_the_replys_data_wherever_they_begin)
{
    uint8_t request[PAYLOAD];
    size_t len;

    for (uint8_t i = 0; i < sizeof request; i++)
        request[i] = (uint8_t)(STATUS + i);
    set_up(owner_key);
    for (size_t skipped = 0; skipped < sizeof request - 1; skipped += STRIDE) {
        const uint8_t *arguments;

        ask(&remote, &lamp, request, sizeof request, NOW);
        arguments = csign_server_arguments(&lamp.server, &len);
        CHECK_EQUAL(csign_server_append(&lamp.server, arguments + skipped, len - skipped),
                    CSIGN_OK);
        CHECK_EQUAL(csign_server_reply(&lamp.server, CSIGN_STATUS_DONE, NULL, 0, NOW),
                    CSIGN_OK);
        lamp_to_remote(&lamp, &remote, NOW);
        CHECK_BYTES(csign_client_reply_data(&remote.client, &len), request + 1 + skipped,
                    sizeof request - 1 - skipped);
    }
}

TEST(data_over_the_limit_are_not_appended)
{
    static const uint8_t data[PAYLOAD] = {0xd0};
    size_t len;

    set_up(owner_key);
    CHECK_EQUAL(csign_server_append(&lamp.server, data, 1), CSIGN_E_ORDER);
    ask_code(&remote, &lamp, STATUS);
    CHECK_EQUAL(csign_server_append(&lamp.server, data, PAYLOAD), CSIGN_E_LENGTH);
    CHECK_EQUAL(csign_server_append(&lamp.server, data, 3), CSIGN_OK);
    CHECK_EQUAL(csign_server_append(&lamp.server, data, PAYLOAD - 3), CSIGN_E_LENGTH);
    CHECK_EQUAL(csign_server_append(&lamp.server, data, SIZE_MAX), CSIGN_E_LENGTH);
    CHECK_EQUAL(
        csign_server_reply(&lamp.server, CSIGN_STATUS_DONE, data, PAYLOAD - 3, NOW),
        CSIGN_E_LENGTH);
    CHECK_EQUAL(csign_server_reply(&lamp.server, CSIGN_STATUS_DONE, data, 2, NOW),
                CSIGN_OK);
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_BYTES(csign_client_reply_data(&remote.client, &len), "\xd0\0\0\xd0\0", 5);
    CHECK_EQUAL(len, 5);
}

TESTS(RUN(a_short_exchange_takes_four_compressions_after_its_last_byte),
      RUN(with_several_keys_every_one_costs_the_same),
      RUN(a_key_set_while_a_connection_waits_counts_on_it),
      RUN(a_key_exchanged_while_a_connection_waits_counts_on_it),
      RUN(a_key_dropped_while_a_connection_waits_opens_nothing),
      RUN(a_key_that_went_and_came_back_counts),
      RUN(data_appended_in_any_pieces_make_the_reply),
      RUN(arguments_may_become_the_replys_data_wherever_they_begin),
      RUN(data_over_the_limit_are_not_appended))
