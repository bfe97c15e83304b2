/* SPDX-License-Identifier: MIT */
/* `countersign serve`: what classic programs answer, and who may run what. */
#include "serve_fixture.h"

static struct client_kind owner, guest, classic, stranger;

static int setup(void **state)
{
    (void)state;
    client_kind_init(&owner, true, OWNER_KEY);
    client_kind_init(&guest, true, GUEST_KEY);
    client_kind_init(&stranger, true, "a key that the device never saw.");
    client_kind_init(&classic, false, OWNER_KEY);
    return 0;
}

static const struct classic_case {
    const char *program;
    size_t answer; /* 0: done, 1: failed, 2: jammed */
} classic_cases[] = {
    {"/bin/true", 0},
    {"/bin/false", 1},
    {"/nowhere/at/all", 1},
    {"/bin/sh -c \"exit 2\"", 1},
    {"/bin/sh -c \"exit 200\"", 1},
    {"/bin/sh -c \"kill -9 $$\"", 1},
    {"/bin/echo jammed", 2},
    {"/bin/echo -n jammed", 2},
    {"/bin/echo failed", 1},
    {"/bin/echo done", 0},
    {"/bin/echo something else", 0},
    {"/bin/echo \"jammed \"", 0},
    {"/bin/sh -c \"echo jammed; exit 1\"", 1},
    {"/bin/sh -c \"echo jammed; sleep 1000\"", 1},
};

TEST(a_classic_program_answers_by_its_exit_status_or_by_what_it_prints)
{
    struct lamp lamp;
    struct client c;

    for (size_t i = 0; i < sizeof classic_cases / sizeof *classic_cases; i++) {
        lamp_begin_with_program(&lamp,
                                CLASSIC_LAMP
                                "limit = 400\n"
                                "[answers]\ndone = a0\nfailed = a1\njammed = a2\n",
                                classic_cases[i].program);
        CHECK_EQUAL(ask_once(&c, &classic, &lamp, 1), CSIGN_OUTCOME_DONE);
        CHECK_EQUAL(c.answer, classic_cases[i].answer);
        lamp_end(&lamp);
    }
}

TEST(a_classic_device_without_answers_runs_and_hangs_up)
{
    struct lamp lamp;
    struct client c;
    struct client_kind mute;

    client_kind_init(&mute, false, OWNER_KEY);
    mute.config.answers.count = 0;
    lamp_begin_with_program(&lamp, CLASSIC_LAMP, "/bin/true");
    CHECK_EQUAL(ask_once(&c, &mute, &lamp, 1), CSIGN_OUTCOME_SENT);
    CHECK_EQUAL(c.came, 16);
    process_error_line_with(&lamp.process, "command=it ms=");
    lamp_end(&lamp);
}

#define TWO_KEYS                                                                         \
    "[keys]\nowner = text:" OWNER_KEY " : all\nguest = text:" GUEST_KEY " : on\n"        \
    "[commands]\non = 01\noff = 02\n"

TEST(each_key_runs_what_its_rights_allow)
{
    struct lamp lamp;
    struct client c;

    lamp_begin(&lamp, LAMP TWO_KEYS);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 2), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ask_once(&c, &guest, &lamp, 1), CSIGN_OUTCOME_DONE);
    process_error_line_with(&lamp.process, "key=guest command=on");
    ask_once(&c, &guest, &lamp, 2);
    CHECK_EQUAL(c.status, CSIGN_STATUS_NOT_ALLOWED);
    ask_once(&c, &guest, &lamp, 3);
    CHECK_EQUAL(c.status, CSIGN_STATUS_NO_COMMAND);
    ask_once(&c, &owner, &lamp, CSIGN_CODE_SET_KEY);
    CHECK_EQUAL(c.status, CSIGN_STATUS_NO_COMMAND);
    lamp_end(&lamp);
}

TEST(in_classic_a_command_beyond_the_rights_gets_no_byte)
{
    struct lamp lamp;
    struct client c;
    struct client_kind classic_guest;

    client_kind_init(&classic_guest, false, GUEST_KEY);
    lamp_begin(&lamp, LAMP "profile = classic\n" TWO_KEYS "[answers]\ndone = a0\n");
    CHECK_EQUAL(ask_once(&c, &classic_guest, &lamp, 1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ask_once(&c, &classic_guest, &lamp, 2), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(c.came, 16);
    process_error_line_with(&lamp.process, "refused");
    lamp_end(&lamp);
}

TEST(last_tells_what_ran)
{
    struct lamp lamp;
    struct client c;
    uint8_t tag[CSIGN_LAST_LEN];

    lamp_begin(&lamp, SEALED_LAMP "[commands]\non = 01\n");
    ask_once(&c, &owner, &lamp, CSIGN_CODE_LAST);
    CHECK_EQUAL(c.status, CSIGN_STATUS_NOTHING);
    CHECK(client_connect(&c, &owner, &lamp) && client_greet(&c));
    CHECK(client_request(&c, 1, NULL, 0));
    memcpy(tag, csign_client_request_tag(&c.machine), sizeof tag);
    CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
    client_close(&c);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, CSIGN_CODE_LAST), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(c.data_len, sizeof tag);
    CHECK_BYTES(c.data, tag, sizeof tag);
    lamp_end(&lamp);
}

/* Sends a request with one bit turned over. */
static void send_forged(struct client *c, size_t bit)
{
    uint8_t bytes[512];
    size_t len;
    const uint8_t *out;

    assert_int_equal(
        csign_client_request(&c->machine, (const uint8_t *)"\x01", 1, test_clock()),
        CSIGN_OK);
    out = csign_client_out(&c->machine, &len);
    memcpy(bytes, out, len);
    bit %= len * 8;
    bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    assert_int_equal(send(c->fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
    /* A length that was made greater would make it wait for more. */
    shutdown(c->fd, SHUT_WR);
}

TEST(forged_requests_run_nothing_and_get_no_byte)
{
    struct lamp lamp;
    struct client c;
    char program[512];
    const char *path = test_path("ran");

    snprintf(program, sizeof program, "/bin/sh -c \"echo ran > %s\"", path);
    lamp_begin_with_program(&lamp, SEALED_LAMP, program);
    for (size_t bit = 0; bit < 18 * 8; bit++) {
        CHECK(client_connect(&c, &owner, &lamp) && client_greet(&c));
        send_forged(&c, bit);
        CHECK(client_is_dropped(&c));
        CHECK_EQUAL(c.came, 16);
        client_close(&c);
    }
    CHECK_EQUAL(ask_once(&c, &stranger, &lamp, 1), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(c.came, 16);
    lamp_end(&lamp);
    CHECK(access(path, F_OK) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_classic_program_answers_by_its_exit_status_or_by_what_it_prints),
        RUN(a_classic_device_without_answers_runs_and_hangs_up),
        RUN(each_key_runs_what_its_rights_allow),
        RUN(in_classic_a_command_beyond_the_rights_gets_no_byte),
        RUN(last_tells_what_ran),
        RUN(forged_requests_run_nothing_and_get_no_byte),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
