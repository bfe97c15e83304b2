/* SPDX-License-Identifier: MIT */
/* How a device treats requests, good and bad, in both profiles. */
#include "fixture.h"

static const csign_server_profile *const servers[] = {&csign_sealed_server,
                                                      &csign_classic_server};
static const csign_client_profile *const clients[] = {&csign_sealed_client,
                                                      &csign_classic_client};

/* All of a lamp that a forged request must not change. */
struct snapshot {
    fixture_keyed keyed[SLOTS];
    csign_slot slots[SLOTS];
};

static void take_snapshot(const struct lamp *lamp, struct snapshot *snapshot)
{
    memcpy(snapshot->keyed, lamp->keyed, sizeof snapshot->keyed);
    memcpy(snapshot->slots, lamp->slots, sizeof snapshot->slots);
}

static int is_as_in(const struct lamp *lamp, const struct snapshot *snapshot)
{
    return memcmp(snapshot->keyed, lamp->keyed, sizeof snapshot->keyed) == 0 &&
           memcmp(snapshot->slots, lamp->slots, sizeof snapshot->slots) == 0;
}

static int is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;

    while (len-- > 0)
        any |= *bytes++;
    return any == 0;
}

/* A request as it would go over the wire, made by an honest remote. */
static size_t make_request(struct remote *remote, uint8_t *request)
{
    static const uint8_t bytes[] = {STATUS, 'h', 'i'};
    size_t len;
    const uint8_t *out;

    (void)csign_client_request(&remote->client, bytes,
                               remote->config.profile->is_sealed ? sizeof bytes : 1, NOW);
    out = csign_client_out(&remote->client, &len);
    memcpy(request, out, len);
    return len;
}

TEST(a_proven_command_runs_once_and_is_answered)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote remote;

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&remote, clients[profile], owner_key, sizeof owner_key);
        connect_both(&remote, &lamp, NOW);
        ask_code(&remote, &lamp, OFF);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
        CHECK_EQUAL(csign_server_command(&lamp.server), 1);
        CHECK_EQUAL(csign_server_slot(&lamp.server), 0);
        run_and_answer(&lamp, NOW);
        CHECK_EQUAL(csign_server_command(&lamp.server), CSIGN_NO_ROW);
        lamp_to_remote(&lamp, &remote, NOW);
        CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
        CHECK_EQUAL(lamp.runs, 1);
    }
}

TEST(every_bit_of_a_request_is_covered_by_its_tag)
{
    for (int profile = 0; profile < 2; profile++) {
        for (size_t bit = 0; bit < 256; bit++) {
            struct lamp lamp;
            struct remote remote;
            struct snapshot before;
            uint8_t request[MEMORY];
            size_t len, out_len;

            make_owned_lamp(&lamp, servers[profile]);
            make_remote(&remote, clients[profile], owner_key, sizeof owner_key);
            connect_both(&remote, &lamp, NOW);
            len = make_request(&remote, request);
            if (bit >= 8 * len)
                break;
            take_snapshot(&lamp, &before);
            request[bit / 8] ^= (uint8_t)(1 << bit % 8);
            csign_server_take(&lamp.server, request, len, NOW);
            CHECK(csign_server_wants(&lamp.server) == CSIGN_WANTS_CLOSE ||
                  csign_server_wants(&lamp.server) == CSIGN_WANTS_BYTES);
            csign_server_end(&lamp.server);
            CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
            CHECK(csign_server_out(&lamp.server, &out_len) == NULL);
            CHECK(is_as_in(&lamp, &before));
        }
    }
}

TEST(a_request_cut_anywhere_is_never_run)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote remote;
        uint8_t request[MEMORY];
        size_t len = 1;

        for (size_t cut = 0; cut < len; cut++) {
            make_owned_lamp(&lamp, servers[profile]);
            make_remote(&remote, clients[profile], owner_key, sizeof owner_key);
            connect_both(&remote, &lamp, NOW);
            len = make_request(&remote, request);
            CHECK_EQUAL(csign_server_take(&lamp.server, request, cut, NOW), cut);
            CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_BYTES);
            csign_server_end(&lamp.server);
            CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
            CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_CUT);
            CHECK(is_zero(lamp.memory, sizeof lamp.memory));
        }
        CHECK_EQUAL(len, profile == 0 ? 20 : 32);
    }
}

TEST(bytes_after_a_request_stay_with_the_caller)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote remote;
        uint8_t request[MEMORY];
        size_t len;

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&remote, clients[profile], owner_key, sizeof owner_key);
        connect_both(&remote, &lamp, NOW);
        len = make_request(&remote, request);
        memset(request + len, 0x55, 9);
        CHECK_EQUAL(csign_server_take(&lamp.server, request, len + 9, NOW), len);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
        CHECK_EQUAL(csign_server_take(&lamp.server, request + len, 9, NOW), 0);
    }
}

TEST(a_request_is_worthless_on_another_connection)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote remote;
        uint8_t request[MEMORY];
        uint8_t wake[16];
        size_t len;

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&remote, clients[profile], owner_key, sizeof owner_key);
        connect_both(&remote, &lamp, NOW);
        memcpy(wake, remote.memory, sizeof wake);
        len = make_request(&remote, request);
        csign_server_take(&lamp.server, request, len, NOW);
        run_and_answer(&lamp, NOW);

        /* The same wake, so that only the device's challenge is fresh. */
        csign_server_open(&lamp.server, &lamp.device, lamp.memory, NOW);
        csign_server_take(&lamp.server, wake, sizeof wake, NOW);
        draw_challenge(&lamp, NOW);
        csign_server_sent(&lamp.server, 16, NOW);
        CHECK_EQUAL(csign_server_take(&lamp.server, request, len, NOW), len);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
        CHECK_EQUAL(lamp.runs, 1);
    }
}

TEST(a_request_is_worthless_a_second_time_on_its_connection)
{
    struct lamp lamp;
    struct remote remote;
    uint8_t request[MEMORY];
    size_t len;

    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
    len = make_request(&remote, request);
    remote_to_lamp(&remote, &lamp, NOW);
    run_and_answer(&lamp, NOW);
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_EQUAL(csign_server_take(&lamp.server, request, len, NOW), len);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
    CHECK_EQUAL(lamp.runs, 1);
}

TEST(a_challenge_serves_one_request_only)
{
    struct lamp lamp;
    struct remote remote;
    uint8_t request[MEMORY];
    size_t len;

    make_owned_lamp(&lamp, &csign_classic_server);
    make_remote(&remote, &csign_classic_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
    len = make_request(&remote, request);
    request[0] ^= 1;
    csign_server_take(&lamp.server, request, len, NOW);
    request[0] ^= 1;
    CHECK_EQUAL(csign_server_take(&lamp.server, request, len, NOW), 0);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
}

TEST(a_wrong_key_is_met_with_silence)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote remote;
        size_t len;

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&remote, clients[profile], other_key, sizeof other_key);
        connect_both(&remote, &lamp, NOW);
        ask_code(&remote, &lamp, ON);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
        CHECK(csign_server_out(&lamp.server, &len) == NULL);
        CHECK(!csign_server_is_proven(&lamp.server));
        CHECK(is_zero(lamp.memory, sizeof lamp.memory));
    }
}

TEST(a_device_without_a_key_serves_nobody)
{
    for (int profile = 0; profile < 2; profile++) {
        static const uint8_t zeros[32];
        struct lamp lamp;
        struct remote remote;

        make_lamp(&lamp, servers[profile]);
        make_remote(&remote, clients[profile], zeros, sizeof zeros);
        connect_both(&remote, &lamp, NOW);
        ask_code(&remote, &lamp, ON);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
    }
}

TEST(another_id_or_length_makes_another_key)
{
    for (int changed = 0; changed < 3; changed++) {
        struct lamp lamp;
        struct remote remote;

        make_owned_lamp(&lamp, &csign_sealed_server);
        make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
        if (changed == 0)
            remote.settings.id = "lamp-2";
        if (changed == 1)
            remote.settings.id_len = 5;
        if (changed == 2)
            remote.settings.tag = 17;
        csign_sealed_key(&remote.settings, &remote.keyed, owner_key, sizeof owner_key);
        remote.settings.tag = 16;
        connect_both(&remote, &lamp, NOW);
        ask_code(&remote, &lamp, ON);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
    }
}

TEST(a_length_of_zero_closes_at_once)
{
    static const uint8_t zero;
    struct lamp lamp;
    struct remote remote;

    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
    csign_server_take(&lamp.server, &zero, 1, NOW);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_EMPTY);
}

TEST(a_length_over_the_limit_closes_at_once)
{
    struct lamp lamp;
    struct remote remote;

    for (unsigned n = PAYLOAD + 1; n < 256; n++) {
        uint8_t len = (uint8_t)n;

        make_owned_lamp(&lamp, &csign_sealed_server);
        make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
        connect_both(&remote, &lamp, NOW);
        csign_server_take(&lamp.server, &len, 1, NOW);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TOO_LONG);
    }
}

TEST(the_longest_request_and_reply_fit_and_no_more)
{
    enum { LONGEST = MEMORY > 255 + 100 ? 255 : PAYLOAD };
    struct lamp lamp;
    struct remote remote;
    uint8_t bytes[LONGEST + 1];
    size_t len;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    bytes[0] = STATUS;
    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    lamp.settings.request_max = lamp.settings.reply_max = LONGEST;
    remote.settings.request_max = remote.settings.reply_max = LONGEST;
    connect_both(&remote, &lamp, NOW);
    CHECK_EQUAL(csign_client_request(&remote.client, bytes, LONGEST + 1, NOW),
                CSIGN_E_LENGTH);
    CHECK_EQUAL(csign_client_request(&remote.client, bytes, 0, NOW), CSIGN_E_LENGTH);
    ask(&remote, &lamp, bytes, LONGEST, NOW);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
    CHECK_EQUAL(csign_server_reply(&lamp.server, 0x80, bytes, LONGEST, NOW), CSIGN_E_LENGTH);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
    CHECK_EQUAL(csign_server_reply(&lamp.server, 0x80, bytes, LONGEST - 1, NOW), CSIGN_OK);
    lamp_to_remote(&lamp, &remote, NOW);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_client_reply_status(&remote.client), 0x80);
    CHECK_BYTES(csign_client_reply_data(&remote.client, &len), bytes, LONGEST - 1);
    CHECK_EQUAL(len, LONGEST - 1);
}

TEST(each_reply_is_the_challenge_for_the_next_request)
{
    struct lamp lamp;
    struct remote remote;
    uint8_t bytes[PAYLOAD] = {STATUS};
    size_t len;

    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
    for (size_t i = 1; i <= sizeof bytes; i++) {
        bytes[i - 1] = (uint8_t)(i == 1 ? STATUS : i);
        CHECK_EQUAL(command(&remote, &lamp, bytes, i), CSIGN_OUTCOME_DONE);
        CHECK_BYTES(csign_client_reply_data(&remote.client, &len), bytes + 1, i - 1);
        CHECK_EQUAL(len, i - 1);
    }
    CHECK_EQUAL(lamp.runs, sizeof bytes);
}

TEST(a_further_request_is_tried_under_the_first_ones_key_only)
{
    struct lamp lamp;
    struct remote owner, guest;

    make_owned_lamp(&lamp, &csign_sealed_server);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 1, CSIGN_RIGHTS_ALL, guest_key, 32),
                CSIGN_OK);
    make_remote(&owner, &csign_sealed_client, owner_key, sizeof owner_key);
    make_remote(&guest, &csign_sealed_client, guest_key, sizeof guest_key);
    connect_both(&owner, &lamp, NOW);
    CHECK_EQUAL(command_code(&owner, &lamp, ON), CSIGN_OUTCOME_DONE);
    /* The guest continues the owner's connection, knowing all but the owner's key. */
    memcpy(&guest.client, &owner.client, sizeof guest.client);
    memcpy(guest.memory, owner.memory, sizeof guest.memory);
    guest.client.config = &guest.config;
    guest.client.memory = guest.memory;
    ask_code(&guest, &lamp, ON);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
    CHECK_EQUAL(lamp.runs, 1);
}

TEST(two_connections_do_not_disturb_each_other)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote first, second;
        csign_server waiting, running;
        uint8_t first_memory[MEMORY];

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&first, clients[profile], owner_key, sizeof owner_key);
        make_remote(&second, clients[profile], owner_key, sizeof owner_key);
        connect_both(&first, &lamp, NOW);
        set_aside(&lamp, &waiting, first_memory);
        connect_both(&second, &lamp, NOW);
        ask_code(&second, &lamp, ON);
        /* The second waits for its handler while the first has its whole conversation. */
        running = lamp.server;
        lamp.server = waiting;
        ask_code(&first, &lamp, OFF);
        CHECK_EQUAL(csign_server_command(&lamp.server), 1);
        run_and_answer(&lamp, NOW);
        lamp_to_remote(&lamp, &first, NOW);
        CHECK_EQUAL(csign_client_outcome(&first.client), CSIGN_OUTCOME_DONE);

        lamp.server = running;
        CHECK_EQUAL(csign_server_command(&lamp.server), 0);
        run_and_answer(&lamp, NOW);
        lamp_to_remote(&lamp, &second, NOW);
        CHECK_EQUAL(csign_client_outcome(&second.client), CSIGN_OUTCOME_DONE);
    }
}

TEST(one_connections_request_does_not_fit_another)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote first, second;

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&first, clients[profile], owner_key, sizeof owner_key);
        make_remote(&second, clients[profile], owner_key, sizeof owner_key);
        connect_both(&first, &lamp, NOW);
        connect_both(&second, &lamp, NOW);
        ask_code(&first, &lamp, ON);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
        CHECK_EQUAL(lamp.runs, 0);
    }
}

TEST(an_end_of_input_does_not_stop_a_whole_request)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote remote;

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&remote, clients[profile], owner_key, sizeof owner_key);
        connect_both(&remote, &lamp, NOW);
        ask_code(&remote, &lamp, ON);
        csign_server_end(&lamp.server);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
        run_and_answer(&lamp, NOW);
        lamp_to_remote(&lamp, &remote, NOW);
        CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_CLOSED);
    }
}

TEST(a_conversation_leaves_no_byte_behind)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote remote;

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&remote, clients[profile], owner_key, sizeof owner_key);
        connect_both(&remote, &lamp, NOW);
        CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
        csign_server_end(&lamp.server);
        csign_client_wipe(&remote.client);
        CHECK(is_zero(lamp.memory, sizeof lamp.memory));
        CHECK(is_zero(remote.memory, sizeof remote.memory));
        CHECK(is_zero((const uint8_t *)WORK_OF(&lamp), sizeof(fixture_work)));
        CHECK(is_zero((const uint8_t *)WORK_OF(&remote), sizeof(fixture_work)));
    }
}

/* Else the right tag would stay, which was made to compare it. */
TEST(a_refused_request_leaves_no_byte_behind)
{
    for (int profile = 0; profile < 2; profile++) {
        struct lamp lamp;
        struct remote remote;

        make_owned_lamp(&lamp, servers[profile]);
        make_remote(&remote, clients[profile], other_key, sizeof other_key);
        connect_both(&remote, &lamp, NOW);
        ask_code(&remote, &lamp, ON);
        CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
        CHECK(is_zero(lamp.memory, sizeof lamp.memory));
        CHECK(is_zero((const uint8_t *)WORK_OF(&lamp), sizeof(fixture_work)));
    }
}

TEST(a_short_reply_leaves_nothing_of_long_arguments)
{
    static const char secret[] = "\x03" "a pin that nobody else may see";
    struct lamp lamp;
    struct remote remote;

    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
    ask(&remote, &lamp, secret, sizeof secret - 1, NOW);
    CHECK_EQUAL(csign_server_reply(&lamp.server, CSIGN_STATUS_DONE, NULL, 0, NOW), CSIGN_OK);
    for (size_t from = 1; from + 4 < sizeof secret; from++) {
        for (size_t i = 0; i + 4 <= sizeof lamp.memory; i++)
            CHECK(memcmp(lamp.memory + i, secret + from, 4) != 0);
    }
}

TEST(a_classic_command_may_have_no_answer)
{
    struct lamp lamp;
    struct remote remote;
    size_t len;

    make_owned_lamp(&lamp, &csign_classic_server);
    make_remote(&remote, &csign_classic_client, owner_key, sizeof owner_key);
    remote.config.answers.count = 0;
    connect_both(&remote, &lamp, NOW);
    ask_code(&remote, &lamp, ON);
    CHECK_EQUAL(csign_server_answer(&lamp.server, NULL, NOW), CSIGN_OK);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
    CHECK(csign_server_out(&lamp.server, &len) == NULL);
    csign_client_end(&remote.client);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_SENT);
}

TEST(a_classic_device_closes_after_its_answer)
{
    struct lamp lamp;
    struct remote remote;

    make_owned_lamp(&lamp, &csign_classic_server);
    make_remote(&remote, &csign_classic_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
    CHECK_EQUAL(command_code(&remote, &lamp, ON), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_CLOSED);
}

TEST(a_classic_wake_may_say_anything_or_nothing)
{
    for (unsigned wake = 0; wake < 256; wake += 51) {
        uint8_t noise[255];
        struct lamp lamp;
        struct remote remote;

        memset(noise, (int)wake, sizeof noise);
        make_owned_lamp(&lamp, &csign_classic_server);
        make_remote(&remote, &csign_classic_client, owner_key, sizeof owner_key);
        lamp.settings.wake = (uint8_t)wake;
        csign_server_open(&lamp.server, &lamp.device, lamp.memory, NOW);
        CHECK_EQUAL(csign_server_take(&lamp.server, noise, sizeof noise, NOW), wake);
        CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CHALLENGE);
    }
}

TESTS(RUN(a_proven_command_runs_once_and_is_answered),
      RUN(every_bit_of_a_request_is_covered_by_its_tag),
      RUN(a_request_cut_anywhere_is_never_run),
      RUN(bytes_after_a_request_stay_with_the_caller),
      RUN(a_request_is_worthless_on_another_connection),
      RUN(a_request_is_worthless_a_second_time_on_its_connection),
      RUN(a_challenge_serves_one_request_only), RUN(a_wrong_key_is_met_with_silence),
      RUN(a_device_without_a_key_serves_nobody),
      RUN(another_id_or_length_makes_another_key), RUN(a_length_of_zero_closes_at_once),
      RUN(a_length_over_the_limit_closes_at_once),
      RUN(the_longest_request_and_reply_fit_and_no_more),
      RUN(each_reply_is_the_challenge_for_the_next_request),
      RUN(a_further_request_is_tried_under_the_first_ones_key_only),
      RUN(two_connections_do_not_disturb_each_other),
      RUN(one_connections_request_does_not_fit_another),
      RUN(an_end_of_input_does_not_stop_a_whole_request),
      RUN(a_conversation_leaves_no_byte_behind),
      RUN(a_refused_request_leaves_no_byte_behind),
      RUN(a_short_reply_leaves_nothing_of_long_arguments),
      RUN(a_classic_command_may_have_no_answer),
      RUN(a_classic_device_closes_after_its_answer),
      RUN(a_classic_wake_may_say_anything_or_nothing))
