/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static struct bench b;

static uint64_t now(void)
{
    return bench_number(bench_do(&b, "state"), "cycle");
}

static void start(void)
{
    bench_start(&b, FIRMWARE "echo.elf", "--map", "80=127.0.0.1:0", NULL);
    bench_do(&b, "run-until within 1s uart ready");
    bench_do(&b, "run 1ms");
}

TEST(time_moves_by_command_only)
{
    uint64_t before;

    start();
    before = now();
    usleep(100000);
    CHECK_EQUAL(now(), before);
    bench_do(&b, "run 1ms");
    CHECK(now() - before >= 16000);
    CHECK(now() - before < 16010);
    CHECK(bench_stop(&b));
}

/* One whole session, told by its cycles. */
static void session(char *story, size_t size, unsigned pause)
{
    char text[64] = "";
    int peer;

    start();
    peer = bench_connect(&b, 80);
    usleep(pause);
    (void)!send(peer, "ping", 4, 0);
    usleep(pause);
    bench_do(&b, "run-until within 1s uart hello");
    snprintf(story, size, "%.200s", b.answer);
    bench_do(&b, "run 20ms");
    (void)!recv(peer, text, sizeof text - 1, 0);
    close(peer);
    bench_do(&b, "run-until within 1s uart bye");
    snprintf(story + strlen(story), size - strlen(story), " %.200s %s", b.answer, text);
    bench_stop(&b);
}

TEST(the_same_session_takes_the_same_cycles_however_slow_the_peer)
{
    char quick[512], slow[512];

    session(quick, sizeof quick, 0);
    session(slow, sizeof slow, 150000);
    CHECK_EQUAL(strcmp(quick, slow), 0);
    CHECK(strstr(quick, "ping") != NULL);
}

TEST(turns_let_time_pass_after_each_event_of_a_peer_and_no_longer)
{
    char text[16] = "";
    uint64_t before;
    int peer;

    start();
    bench_do(&b, "turns 100ms");
    before = now();
    usleep(50000);
    CHECK(now() == before); /* nobody did anything */
    peer = bench_connect(&b, 80);
    CHECK(send(peer, "ping", 4, 0) == 4);
    CHECK(recv(peer, text, sizeof text, 0) == 4);
    usleep(300000);
    CHECK(now() - before >= 1600000);
    CHECK(now() - before < 2 * 1600000 + 16000); /* two events at most */
    before = now();
    usleep(100000);
    CHECK(now() == before);
    close(peer);
    CHECK(bench_stop(&b));
}

TEST(real_time_keeps_to_this_machines_clock)
{
    uint64_t before, after;

    start();
    before = now();
    bench_do(&b, "pace real");
    usleep(300000);
    bench_do(&b, "pace lockstep");
    after = now();
    /* never ahead of the clock; how far behind is this machine's affair */
    CHECK(after > before);
    CHECK(after - before < 16000ull * 2000);
    CHECK(bench_stop(&b));
}

TEST(milliseconds_can_be_set_near_their_wrap)
{
    start();
    bench_do(&b, "millis set 4294967290");
    CHECK(strtoul(bench_do(&b, "millis"), NULL, 10) == 4294967290ul);
    bench_do(&b, "run 10ms");
    CHECK(strtoul(bench_do(&b, "millis"), NULL, 10) < 10);
    CHECK(bench_stop(&b));
}

TEST(a_thousand_milliseconds_are_a_second)
{
    unsigned long before, after;

    start();
    before = strtoul(bench_do(&b, "millis"), NULL, 10);
    bench_do(&b, "run 1s");
    after = strtoul(bench_do(&b, "millis"), NULL, 10);
    CHECK(after - before >= 999 && after - before <= 1001);
    CHECK(bench_stop(&b));
}

TEST(a_second_run_waits_its_turn_and_stop_ends_the_first)
{
    struct bench other;

    start();
    other = b;
    bench_begin(&b, "run-until within 3600s pin D7=high");
    bench_begin(&b, "state"); /* answered after the run, in order */
    usleep(50000);
    other.control = bench_second_line(&b);
    CHECK(strncmp(bench_ask(&other, "run 1ms"), "error", 5) == 0);
    bench_do(&other, "stop");
    CHECK(strncmp(bench_answer(&b), "error reason=stopped", 20) == 0);
    CHECK(strncmp(bench_answer(&b), "ok cycle=", 9) == 0);
    close(other.control);
    CHECK(bench_stop(&b));
}

TESTS(RUN(time_moves_by_command_only),
      RUN(the_same_session_takes_the_same_cycles_however_slow_the_peer),
      RUN(turns_let_time_pass_after_each_event_of_a_peer_and_no_longer),
      RUN(real_time_keeps_to_this_machines_clock),
      RUN(milliseconds_can_be_set_near_their_wrap),
      RUN(a_thousand_milliseconds_are_a_second),
      RUN(a_second_run_waits_its_turn_and_stop_ends_the_first))
