/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/* An Arduino sketch with the Ethernet library, talking to this machine. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static struct bench b;
static char text[4096];

static void start(void)
{
    bench_start(&b, FIRMWARE "echo.elf", "--map", "80=127.0.0.1:0", NULL);
    bench_do(&b, "run-until within 1s uart ready at 192.0.2.7");
    bench_do(&b, "run 1ms");
}

static int take(int peer)
{
    ssize_t got = recv(peer, text, sizeof text - 1, 0);

    text[got > 0 ? got : 0] = '\0';
    return (int)got;
}

TEST(a_sketch_echoes_over_tcp)
{
    int peer;

    start();
    peer = bench_connect(&b, 80);
    CHECK_EQUAL(send(peer, "hello world", 11, 0), 11);
    bench_do(&b, "run 20ms");
    CHECK_EQUAL(take(peer), 11);
    CHECK_EQUAL(strcmp(text, "hello world"), 0);
    close(peer);
    bench_do(&b, "run-until within 1s uart bye");
    CHECK(bench_stop(&b));
}

TEST(three_connections_are_served_at_once)
{
    int peer[3];

    start();
    for (int i = 0; i < 3; i++) {
        peer[i] = bench_connect(&b, 80);
        bench_do(&b, "run 5ms"); /* the sketch listens again */
    }
    for (int i = 0; i < 3; i++) {
        char byte = (char)('a' + i);

        CHECK_EQUAL(send(peer[i], &byte, 1, 0), 1);
    }
    bench_do(&b, "run 20ms");
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(take(peer[i]), 1);
        CHECK_EQUAL(text[0], 'a' + i);
        close(peer[i]);
    }
    CHECK(bench_stop(&b));
}

TEST(many_bytes_pass_whole_and_in_order_across_the_pointers_wrap)
{
    static char much[20000], back[20000];
    size_t sent = 0, got = 0;
    int peer;

    for (size_t i = 0; i < sizeof much; i++)
        much[i] = (char)(i * 7 + i / 251);
    bench_start(&b, FIRMWARE "echo.elf", "--map", "80=127.0.0.1:0", NULL);
    bench_do(&b, "pointers 0xff00");
    bench_do(&b, "run-until within 1s uart ready at 192.0.2.7");
    bench_do(&b, "run 1ms");
    peer = bench_connect(&b, 80);
    while (got < sizeof much) {
        size_t count = sizeof much - sent < 1000 ? sizeof much - sent : 1000;
        ssize_t n;

        if (count > 0)
            CHECK_EQUAL(send(peer, much + sent, count, 0), (ssize_t)count);
        sent += count;
        bench_do(&b, "run 50ms");
        while ((n = recv(peer, back + got, sizeof back - got, MSG_DONTWAIT)) > 0)
            got += (size_t)n;
    }
    CHECK_BYTES(back, much, sizeof much);
    close(peer);
    CHECK(bench_stop(&b));
}

TEST(one_byte_a_second_arrives_one_byte_a_second)
{
    int peer;

    start();
    peer = bench_connect(&b, 80);
    bench_do(&b, "run 5ms");
    bench_do(&b, "trickle 0 1s");
    CHECK_EQUAL(send(peer, "slow", 4, 0), 4);
    bench_do(&b, "run 20ms");
    CHECK_EQUAL(take(peer), 1);
    bench_do(&b, "run 1s");
    CHECK_EQUAL(take(peer), 1);
    bench_do(&b, "trickle all off");
    bench_do(&b, "run 20ms");
    CHECK_EQUAL(take(peer), 2);
    close(peer);
    CHECK(bench_stop(&b));
}

TEST(a_pulled_cable_holds_everything_back_until_it_is_plugged)
{
    int peer;

    start();
    peer = bench_connect(&b, 80);
    bench_do(&b, "run 5ms");
    bench_do(&b, "cable pull");
    CHECK(strstr(bench_do(&b, "state"), "cable=out") != NULL);
    CHECK_EQUAL(send(peer, "x", 1, 0), 1);
    bench_do(&b, "run 2s");
    CHECK_EQUAL(recv(peer, text, 1, MSG_DONTWAIT), -1);
    bench_do(&b, "cable plug");
    bench_do(&b, "run 20ms");
    CHECK_EQUAL(take(peer), 1);
    close(peer);
    CHECK(bench_stop(&b));
}

TEST(a_withheld_sendok_does_not_stop_the_sketch)
{
    int first, second;

    start();
    first = bench_connect(&b, 80);
    bench_do(&b, "run 5ms");
    second = bench_connect(&b, 80);
    bench_do(&b, "run 5ms");
    bench_do(&b, "sendok 0 hold");
    CHECK_EQUAL(send(first, "x", 1, 0), 1);
    CHECK_EQUAL(send(second, "y", 1, 0), 1);
    bench_do(&b, "run 20ms");
    CHECK_EQUAL(send(first, "x", 1, 0), 1);
    CHECK_EQUAL(send(second, "z", 1, 0), 1);
    bench_do(&b, "run 20ms");
    CHECK_EQUAL(take(second), 2);
    bench_do(&b, "sendok 0 release");
    bench_do(&b, "run 20ms");
    CHECK_EQUAL(take(first), 2);
    close(first);
    close(second);
    CHECK(bench_stop(&b));
}

TEST(a_peer_gone_without_a_word_leaves_its_socket_open)
{
    int peer;

    start();
    peer = bench_connect(&b, 80);
    bench_do(&b, "run 5ms");
    bench_do(&b, "peer 0 gone");
    close(peer);
    bench_do(&b, "run 5s");
    CHECK(strstr(bench_do(&b, "sockets"), "0=ESTABLISHED") != NULL);
    CHECK(bench_stop(&b));
}

TEST(a_reset_drops_connections_and_the_sketch_serves_again)
{
    int peer;

    start();
    peer = bench_connect(&b, 80);
    bench_do(&b, "run 5ms");
    bench_do(&b, "reset");
    CHECK_EQUAL(take(peer), 0);
    close(peer);
    CHECK_EQUAL(bench_connect(&b, 80), -1); /* nobody listens yet */
    bench_do(&b, "run-until within 1s uart ready");
    peer = bench_connect(&b, 80);
    CHECK(peer >= 0);
    CHECK_EQUAL(send(peer, "again", 5, 0), 5);
    bench_do(&b, "run 20ms");
    CHECK_EQUAL(take(peer), 5);
    close(peer);
    CHECK(bench_stop(&b));
}

/* A peer that takes one connection on a port of its own. */
static int listening(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&a, &size);
    *port = ntohs(a.sin_port);
    return fd;
}

TEST(a_sketch_calls_a_peer_and_hears_its_answer)
{
    char route[64];
    uint16_t port;
    int listener = listening(&port);
    int peer;

    snprintf(route, sizeof route, "192.0.2.9:7777=127.0.0.1:%u", port);
    bench_start(&b, FIRMWARE "caller.elf", "--route", route, NULL);
    bench_do(&b, "run-until within 1s uart ready");
    bench_do(&b, "run 1ms");
    bench_do(&b, "uart send c");
    bench_do(&b, "run-until within 1s uart called");
    peer = accept(listener, NULL, NULL);
    CHECK_EQUAL(take(peer), 5);
    CHECK_EQUAL(strcmp(text, "knock"), 0);
    CHECK_EQUAL(send(peer, "come in", 7, 0), 7);
    close(peer);
    bench_do(&b, "run-until within 1s uart heard come in");
    bench_do(&b, "run-until within 1s uart ended");
    close(listener);
    CHECK(bench_stop(&b));
}

TEST(a_sketch_that_calls_nobody_gives_up_after_its_own_timeout)
{
    uint64_t begin, end;

    bench_start(&b, FIRMWARE "caller.elf", NULL);
    bench_do(&b, "run-until within 1s uart ready");
    bench_do(&b, "run 1ms");
    begin = bench_number(bench_do(&b, "state"), "cycle");
    bench_do(&b, "uart send c");
    end = bench_number(bench_do(&b, "run-until within 2s uart nobody"), "cycle");
    CHECK(end - begin > 16000ull * 250);
    CHECK(end - begin < 16000ull * 270);
    CHECK(bench_stop(&b));
}

TEST(an_intel_hex_file_runs_as_well)
{
    char command[512];
    FILE *program;

    snprintf(command, sizeof command,
             "%s --pace fast --for 20ms --uart stdio %sparts.hex </dev/null",
             BOARD_PROGRAM, FIRMWARE);
    program = popen(command, "r");
    CHECK(fgets(text, sizeof text, program) != NULL);
    CHECK_EQUAL(strcmp(text, "parts ready 01\n"), 0);
    CHECK_EQUAL(pclose(program), 0);
}

TESTS(RUN(a_sketch_echoes_over_tcp), RUN(three_connections_are_served_at_once),
      RUN(many_bytes_pass_whole_and_in_order_across_the_pointers_wrap),
      RUN(one_byte_a_second_arrives_one_byte_a_second),
      RUN(a_pulled_cable_holds_everything_back_until_it_is_plugged),
      RUN(a_withheld_sendok_does_not_stop_the_sketch),
      RUN(a_peer_gone_without_a_word_leaves_its_socket_open),
      RUN(a_reset_drops_connections_and_the_sketch_serves_again),
      RUN(a_sketch_calls_a_peer_and_hears_its_answer),
      RUN(a_sketch_that_calls_nobody_gives_up_after_its_own_timeout),
      RUN(an_intel_hex_file_runs_as_well))
