/* SPDX-License-Identifier: MIT */
/* EthernetLamp among strangers, on bad lines, and when its clock wraps. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "board_talk.h"

/* Strangers are sent away long before their deadline of five seconds is over. */
enum { HZ = 16000000, SOON_MS = 1000, GIVE_UP_S = 50, CROWD = 4 };

static struct device lamp;
static struct talk owner;

static void start(void)
{
    device_start(&lamp, "EthernetLamp");
    talk_begin(&owner, &lamp, "owner.key");
}

static void stop(void)
{
    talk_end(&owner);
    device_stop(&lamp);
}

static uint64_t cycle(void)
{
    return bench_number(bench_do(&lamp.board, "state"), "cycle");
}

/* As a person would: again and again until it works. Simulated time it took, in ms. */
static unsigned get_in(const char *command)
{
    uint64_t began = cycle();

    while (talk_once(&owner, command) != CSIGN_OUTCOME_DONE) {
        CHECK(cycle() - began < (uint64_t)GIVE_UP_S * HZ);
        bench_do(&lamp.board, "run 20ms");
    }
    return (unsigned)((cycle() - began) / (HZ / 1000));
}

static void crowd_in(int *fd, const void *bytes, size_t len)
{
    for (int i = 0; i < CROWD; i++) {
        fd[i] = device_connect(&lamp);
        if (fd[i] >= 0)
            CHECK(len == 0 || send(fd[i], bytes, len, MSG_NOSIGNAL) > 0);
        bench_do(&lamp.board, "run 30ms");
    }
}

static void crowd_out(const int *fd)
{
    for (int i = 0; i < CROWD; i++)
        if (fd[i] >= 0)
            close(fd[i]);
}

TEST(four_silent_strangers_do_not_keep_the_owner_out)
{
    int fd[CROWD];
    unsigned ms;

    start();
    crowd_in(fd, NULL, 0);
    ms = get_in("on");
    CHECK_NOTE("the owner got in after %u ms\n", ms);
    CHECK(ms < SOON_MS);
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    crowd_out(fd);
    stop();
}

TEST(four_strangers_who_have_a_challenge_do_not_keep_the_owner_out)
{
    static const uint8_t wake[16] = "give me a number";
    int fd[CROWD];
    unsigned ms;

    start();
    crowd_in(fd, wake, sizeof wake);
    ms = get_in("on");
    CHECK_NOTE("the owner got in after %u ms\n", ms);
    CHECK(ms < SOON_MS);
    crowd_out(fd);
    stop();
}

TEST(four_strangers_who_fell_silent_without_a_word_do_not_keep_the_owner_out)
{
    int fd[CROWD];

    start();
    crowd_in(fd, NULL, 0);
    for (int i = 0; i < 4; i++)
        bench_ask(&lamp.board, "peer %d gone", i);
    CHECK(get_in("on") < SOON_MS);
    crowd_out(fd);
    stop();
}

TEST(a_client_of_one_byte_a_second_delays_nobody)
{
    static const uint8_t bytes[20] = "slow, slow, slow ...";
    unsigned alone, beside, most = 0;
    int fd;

    start();
    alone = get_in("on");
    fd = device_connect(&lamp);
    CHECK(fd >= 0);
    bench_do(&lamp.board, "run 30ms");
    for (int i = 0; i < 4; i++) {
        CHECK(send(fd, bytes + i, 1, MSG_NOSIGNAL) == 1);
        beside = get_in(i % 2 == 0 ? "off" : "on");
        most = beside > most ? beside : most;
        bench_do(&lamp.board, "run %ums", 1000 - (beside < 1000 ? beside : 999));
    }
    CHECK_NOTE("an exchange: alone %u ms, beside it %u ms at most\n", alone, most);
    CHECK(most <= alone + 10);
    close(fd);
    stop();
}

TEST(an_owner_on_a_line_of_one_byte_at_a_time_is_served)
{
    start();
    bench_do(&lamp.board, "trickle all 20ms");
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    stop();
}

TEST(a_lost_reply_is_settled_by_last)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM, "send", "--timeout", "3000", lamp.file,
                          "on",                NULL};
    char state[320];
    const char *environment[] = {state, NULL};
    const struct process_options options = {.environment = environment};
    struct process program;

    start();
    snprintf(state, sizeof state, "XDG_STATE_HOME=%s/state", lamp.directory);
    process_start(&program, argv, &options);
    while (strncmp(bench_ask(&lamp.board, "run-until within 5ms pin D5=high"), "ok", 2) !=
           0)
        usleep(1000);
    bench_do(&lamp.board, "cable pull"); /* it has run, and its reply never arrives */
    bench_do(&lamp.board, "run 1s");
    CHECK_EQUAL(process_wait(&program), 4);
    process_end(&program);
    bench_do(&lamp.board, "cable plug");
    bench_do(&lamp.board, "run 6s");
    CHECK_EQUAL(device_send(&lamp, "last"), 0);
    CHECK(device_said(&lamp, "ran"));
    stop();
}

TEST(a_lost_request_is_settled_by_last)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM, "send", "--timeout", "3000", lamp.file,
                          "on",                NULL};
    char state[320];
    const char *environment[] = {state, NULL};
    const struct process_options options = {.environment = environment};
    struct process program;

    start();
    CHECK_EQUAL(talk_once(&owner, "off"), CSIGN_OUTCOME_DONE);
    snprintf(state, sizeof state, "XDG_STATE_HOME=%s/state", lamp.directory);
    process_start(&program, argv, &options);
    while (strncmp(bench_ask(&lamp.board,
                             "run-until within 5ms symbol csign_server_sent"),
                   "ok", 2) != 0)
        usleep(1000);
    bench_do(&lamp.board, "cable pull"); /* the challenge has left; nothing else passes */
    bench_do(&lamp.board, "run 6s"); /* the deadline of the device */
    CHECK_EQUAL(process_wait(&program), 4);
    process_end(&program);
    bench_do(&lamp.board, "cable plug");
    bench_do(&lamp.board, "run 100ms");
    CHECK_EQUAL(device_send(&lamp, "last"), 1);
    CHECK(device_said(&lamp, "not the last one run"));
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    stop();
}

TEST(the_wrap_of_milliseconds_goes_unnoticed)
{
    uint8_t back[TALK_BYTES], wake[16] = {0};
    bool is_over;
    int fd;

    start();
    bench_do(&lamp.board, "millis set 4294966796"); /* 500 ms before it */
    fd = device_connect(&lamp);
    CHECK(fd >= 0);
    CHECK_EQUAL(talk_raw(&lamp, fd, wake, sizeof wake, "100ms", back, &is_over),
                TALK_CHALLENGE);
    CHECK(talk_open(&owner));
    bench_do(&lamp.board, "run 600ms");
    CHECK(strtoul(bench_do(&lamp.board, "millis"), NULL, 10) < 1000);
    CHECK_EQUAL(talk_command(&owner, "on"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(talk_command(&owner, "off"), CSIGN_OUTCOME_DONE);
    talk_close(&owner);
    /* The stranger's deadline neither struck at once nor never will. */
    CHECK_EQUAL(talk_raw(&lamp, fd, wake, 0, "3s", back, &is_over), 0);
    CHECK(!is_over);
    CHECK_EQUAL(talk_raw(&lamp, fd, wake, 0, "2s", back, &is_over), 0);
    CHECK(is_over);
    close(fd);
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_DONE);
    stop();
}

TEST(a_pulled_cable_is_no_reason_to_stay_away_once_it_is_plugged)
{
    start();
    CHECK(talk_open(&owner));
    bench_do(&lamp.board, "cable pull");
    bench_do(&lamp.board, "run 10s");
    talk_close(&owner);
    bench_do(&lamp.board, "cable plug");
    CHECK(get_in("on") < SOON_MS);
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    stop();
}

TEST(a_peer_that_acknowledges_nothing_does_not_keep_the_owner_out)
{
    static const uint8_t wake[16] = "and then nothing";
    unsigned ms;
    int fd;

    start();
    bench_do(&lamp.board, "sendok 0 hold");
    fd = device_connect(&lamp);
    CHECK(fd >= 0);
    CHECK(send(fd, wake, sizeof wake, MSG_NOSIGNAL) == (ssize_t)sizeof wake);
    bench_do(&lamp.board, "run 30ms");
    ms = get_in("on");
    CHECK_NOTE("the owner got in after %u ms\n", ms);
    CHECK(ms < SOON_MS);
    bench_do(&lamp.board, "sendok 0 release");
    close(fd);
    CHECK(get_in("off") < SOON_MS);
    stop();
}

TESTS(RUN(four_silent_strangers_do_not_keep_the_owner_out),
      RUN(four_strangers_who_have_a_challenge_do_not_keep_the_owner_out),
      RUN(four_strangers_who_fell_silent_without_a_word_do_not_keep_the_owner_out),
      RUN(a_client_of_one_byte_a_second_delays_nobody),
      RUN(an_owner_on_a_line_of_one_byte_at_a_time_is_served),
      RUN(a_lost_reply_is_settled_by_last), RUN(a_lost_request_is_settled_by_last),
      RUN(the_wrap_of_milliseconds_goes_unnoticed),
      RUN(a_pulled_cable_is_no_reason_to_stay_away_once_it_is_plugged),
      RUN(a_peer_that_acknowledges_nothing_does_not_keep_the_owner_out))
