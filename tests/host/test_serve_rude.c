/* SPDX-License-Identifier: MIT */
/* `countersign serve`: peers that are slow, early, late, gone or do not listen. */
#include "serve_fixture.h"

#include <netinet/tcp.h>

#define ON_AND_CAT "[commands]\non = 01\ncat = 02\n[run]\ncat = /bin/cat\n"

static struct client_kind owner, classic;

static int setup(void **state)
{
    (void)state;
    client_kind_init(&owner, true, OWNER_KEY);
    client_kind_init(&classic, false, OWNER_KEY);
    return 0;
}

TEST(slow_clients_delay_nobody)
{
    enum { SLOW = 50 };
    struct lamp lamp;
    struct client slow[SLOW], quick;

    lamp_begin(&lamp, SEALED_LAMP "deadline = 60000\n" ON_AND_CAT);
    for (int i = 0; i < SLOW; i++) {
        CHECK(client_connect(&slow[i], &owner, &lamp));
        CHECK_EQUAL(send(slow[i].fd, "half a wake", 8, MSG_NOSIGNAL), 8);
    }
    for (int i = 0; i < 20; i++) {
        CHECK_EQUAL(ask_once(&quick, &owner, &lamp, 2), CSIGN_OUTCOME_DONE);
        CHECK_EQUAL(send(slow[i % SLOW].fd, "x", 1, MSG_NOSIGNAL), 1);
    }
    for (int i = 0; i < SLOW; i++)
        client_close(&slow[i]);
    lamp_end(&lamp);
}

TEST(a_slow_client_is_served_byte_by_byte)
{
    static const int on = 1;
    struct lamp lamp;
    struct client c;

    lamp_begin(&lamp, SEALED_LAMP "deadline = 60000\n" ON_AND_CAT);
    CHECK(client_connect(&c, &owner, &lamp));
    CHECK_EQUAL(setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    CHECK(client_greet(&c));
    CHECK_EQUAL(
        csign_client_request(&c.machine, (const uint8_t *)"\x02slowly", 7, test_clock()),
        CSIGN_OK);
    while (csign_client_wants(&c.machine) == CSIGN_WANTS_SEND) {
        size_t len;
        const uint8_t *out = csign_client_out(&c.machine, &len);
        CHECK_EQUAL(send(c.fd, out, 1, MSG_NOSIGNAL), 1);
        csign_client_sent(&c.machine, 1, test_clock());
        poll(NULL, 0, 1);
    }
    CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)c.data, "slowly") == 0);
    client_close(&c);
    lamp_end(&lamp);
}

TEST(a_client_that_talks_and_never_reads_delays_nobody)
{
    struct lamp lamp;
    struct client rude, c;
    static char junk[65536];
    size_t sent = 0;
    ssize_t len;

    lamp_begin(&lamp, SEALED_LAMP "limit = 3000\n[commands]\nhang = 01\non = 02\n"
                                  "[run]\nhang = /bin/sleep 1000\n");
    CHECK(client_connect(&rude, &owner, &lamp) && client_greet(&rude));
    CHECK(client_request(&rude, 1, NULL, 0));
    while ((len = send(rude.fd, junk, sizeof junk, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
        sent += (size_t)len;
    CHECK(sent > sizeof junk);
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(ask_once(&c, &owner, &lamp, 2), CSIGN_OUTCOME_DONE);
    /* The handler is over; the junk is no request. */
    process_error_line_with(&lamp.process, "command=hang");
    process_error_line_with(&lamp.process, "refused");
    client_close(&rude);
    lamp_end(&lamp);
}

TEST(a_last_reply_survives_what_the_client_sent_too_much)
{
    struct lamp lamp;
    struct client c;
    static char junk[32768];

    lamp_begin(&lamp, CLASSIC_LAMP "[commands]\non = 01\n[answers]\ndone = a0\n");
    for (int i = 0; i < 50; i++) {
        CHECK(client_connect(&c, &classic, &lamp) && client_greet(&c));
        CHECK(client_request(&c, 1, NULL, 0));
        CHECK(send(c.fd, junk, sizeof junk, MSG_NOSIGNAL) == sizeof junk);
        CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
        client_close(&c);
    }
    lamp_end(&lamp);
}

TEST(a_request_before_the_end_of_input_is_answered)
{
    struct lamp lamp;
    struct client c;

    lamp_begin(&lamp, SEALED_LAMP ON_AND_CAT);
    CHECK(client_connect(&c, &owner, &lamp) && client_greet(&c));
    CHECK(client_request(&c, 2, "last words", 10));
    CHECK_EQUAL(shutdown(c.fd, SHUT_WR), 0);
    CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)c.data, "last words") == 0);
    CHECK(client_is_dropped(&c));
    client_close(&c);
    lamp_end(&lamp);
}

TEST(an_end_of_input_inside_a_message_ends_the_connection)
{
    struct lamp lamp;
    struct client c;

    lamp_begin(&lamp, SEALED_LAMP ON_AND_CAT);
    CHECK(client_connect(&c, &owner, &lamp) && client_greet(&c));
    CHECK_EQUAL(send(c.fd, "\x05xyz", 4, MSG_NOSIGNAL), 4);
    CHECK_EQUAL(shutdown(c.fd, SHUT_WR), 0);
    CHECK(client_is_dropped(&c));
    client_close(&c);
    process_error_line_with(&lamp.process, "refused peer=tcp://127.0.0.1:");
    lamp_end(&lamp);
}

TEST(a_command_ends_and_is_logged_though_its_peer_is_gone)
{
    static const struct linger abort_it = {.l_onoff = 1, .l_linger = 0};
    struct lamp lamp;
    struct client c;
    char text[1024];
    const char *path = test_path("gate");
    int gate;

    CHECK_EQUAL(mkfifo(path, 0600), 0);
    snprintf(text, sizeof text,
             SEALED_LAMP
             "limit = 60000\n[commands]\nwait = 01\n[run]\nwait = /bin/cat %s\n",
             path);
    lamp_begin(&lamp, text);
    CHECK(client_connect(&c, &owner, &lamp) && client_greet(&c));
    CHECK(client_request(&c, 1, NULL, 0));
    gate = open(path, O_WRONLY | O_CLOEXEC); /* the handler runs now */
    CHECK_EQUAL(setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it), 0);
    client_close(&c);
    CHECK_EQUAL(write(gate, "open", 4), 4);
    close(gate);
    process_error_line_with(&lamp.process, "command=wait answer=done status=0 bytes=4");
    lamp_end(&lamp);
    unlink(path);
}

TEST(bytes_that_come_too_early_wait_their_turn)
{
    struct lamp lamp;
    struct client c;
    uint8_t both[512];
    size_t len, wake_len;
    const uint8_t *out;

    /* In classic a wake may have any content, and so all of it can come at once. */
    lamp_begin(&lamp, CLASSIC_LAMP "[commands]\non = 01\n[answers]\ndone = a0\n");
    CHECK(client_connect(&c, &classic, &lamp));
    csign_client_tick(&c.machine, test_clock());
    while (csign_client_wants(&c.machine) == CSIGN_WANTS_CHALLENGE)
        csign_client_challenge(&c.machine, both, test_clock());
    out = csign_client_out(&c.machine, &wake_len);
    memcpy(both, out, wake_len);
    memset(both + wake_len, 0x55,
           32); /* a request that is wrong: it can't be known yet */
    CHECK_EQUAL(send(c.fd, both, wake_len + 32, MSG_NOSIGNAL), (ssize_t)(wake_len + 32));
    csign_client_sent(&c.machine, wake_len, test_clock());
    for (len = 0; client_fill(&c); c.from = c.to)
        len += c.to - c.from;
    CHECK_EQUAL(len, 16);
    process_error_line_with(&lamp.process, "reason=wrong-tag number=70");
    client_close(&c);
    lamp_end(&lamp);
}

TEST(deadlines_end_those_who_miss_them)
{
    struct lamp lamp;
    struct client silent, late, idle;

    lamp_begin(&lamp, SEALED_LAMP "deadline = 1000\n" ON_AND_CAT);
    CHECK(client_connect(&idle, &owner, &lamp));
    CHECK_EQUAL(client_ask(&idle, 1), CSIGN_OUTCOME_DONE);
    CHECK(client_connect(&silent, &owner, &lamp));
    CHECK(client_connect(&late, &owner, &lamp) && client_greet(&late));
    CHECK(client_is_dropped(&silent));
    CHECK(client_is_dropped(&late));
    process_error_line_with(&lamp.process, "reason=late number=66");
    process_error_line_with(&lamp.process, "reason=late number=66");
    /* Between two messages there is more time. */
    CHECK(client_ask(&idle, 1) == CSIGN_OUTCOME_DONE);
    client_close(&silent);
    client_close(&late);
    client_close(&idle);
    lamp_end(&lamp);
}

TEST(a_unix_socket_is_served_and_removed_at_the_end)
{
    struct lamp lamp;
    struct client c;
    char text[1024];

    snprintf(text, sizeof text,
             "[device]\nid = lamp-1\naddress = unix:lamp.sock\n" ONE_KEY
             "[commands]\npeer = 01\n[run]\n"
             "peer = /bin/sh -c \"echo $COUNTERSIGN_PEER\"\n");
    lamp_begin(&lamp, text);
    CHECK(strncmp(lamp.address, "unix:/", 6) == 0);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    snprintf(text, sizeof text, "unix:pid=%d,uid=%d\n", (int)getpid(), (int)getuid());
    CHECK(strcmp((char *)c.data, text) == 0);
    lamp_end(&lamp);
    CHECK(access(lamp.address + 5, F_OK) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(slow_clients_delay_nobody),
        RUN(a_slow_client_is_served_byte_by_byte),
        RUN(a_client_that_talks_and_never_reads_delays_nobody),
        RUN(a_last_reply_survives_what_the_client_sent_too_much),
        RUN(a_request_before_the_end_of_input_is_answered),
        RUN(an_end_of_input_inside_a_message_ends_the_connection),
        RUN(a_command_ends_and_is_logged_though_its_peer_is_gone),
        RUN(bytes_that_come_too_early_wait_their_turn),
        RUN(deadlines_end_those_who_miss_them),
        RUN(a_unix_socket_is_served_and_removed_at_the_end),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
