/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

static struct bench b;

static void start(void)
{
    bench_start(&b, FIRMWARE "parts.elf", NULL);
    bench_do(&b, "run-until within 1s uart parts ready");
    bench_do(&b, "run 1ms");
}

TEST(what_the_firmware_says_can_be_awaited_and_taken)
{
    bench_start(&b, FIRMWARE "parts.elf", NULL);
    bench_do(&b, "run-until within 1s uart ready");
    CHECK_EQUAL(strcmp(bench_do(&b, "uart take"), "parts ready"), 0);
    CHECK_EQUAL(strcmp(bench_do(&b, "uart take"), ""), 0);
    CHECK(bench_stop(&b));
}

TEST(a_text_that_never_comes_ends_the_wait_at_its_limit)
{
    bench_start(&b, FIRMWARE "parts.elf", NULL);
    CHECK(strncmp(bench_ask(&b, "run-until within 5ms uart nonsense"), "error", 5) == 0);
    CHECK(strstr(b.answer, "reason=time") != NULL);
    CHECK_EQUAL(bench_number(b.answer, "cycle") / 1000, 80);
    CHECK(bench_stop(&b));
}

TEST(bytes_reach_the_firmware_and_come_back)
{
    start();
    bench_do(&b, "uart take");
    bench_do(&b, "uart send 0123\\n");
    bench_do(&b, "run 2ms");
    CHECK_EQUAL(strcmp(bench_do(&b, "uart take"), "0123\\n"), 0);
    CHECK(bench_stop(&b));
}

TEST(a_byte_takes_its_ten_bits_on_the_wire)
{
    uint64_t begin, end;

    start();
    begin = bench_number(bench_do(&b, "state"), "cycle");
    bench_do(&b, "uart send z");
    end = bench_number(bench_do(&b, "run-until within 1s uart z"), "cycle");
    CHECK(end - begin >= 2 * 1440); /* there and back */
    CHECK(end - begin <= 2 * 1440 + 60);
    CHECK(bench_stop(&b));
}

TEST(a_firmware_that_does_not_read_loses_all_but_three_bytes)
{
    start();
    bench_do(&b, "uart take");
    bench_do(&b, "uart send h");
    bench_do(&b, "run-until within 1s uart holding\\n");
    bench_do(&b, "uart send abcdefg");
    bench_do(&b, "run-until within 1s uart overrun\\n");
    CHECK(strstr(bench_do(&b, "uart take"), "kept abg overrun") != NULL);
    CHECK_EQUAL(strtoul(bench_do(&b, "uart lost"), NULL, 10), 4);
    CHECK(bench_stop(&b));
}

TEST(three_bytes_wait_without_loss)
{
    start();
    bench_do(&b, "uart take");
    bench_do(&b, "uart send h");
    bench_do(&b, "run-until within 1s uart holding\\n");
    bench_do(&b, "uart send abc");
    bench_do(&b, "run-until within 1s uart whole\\n");
    CHECK(strstr(bench_do(&b, "uart take"), "kept abc whole") != NULL);
    CHECK(bench_stop(&b));
}

static ssize_t read_line(int fd, char *text, size_t size)
{
    size_t count = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (count + 1 < size && poll(&p, 1, 3000) > 0 && read(fd, text + count, 1) == 1)
        if (text[count++] == '\n')
            break;
    text[count] = '\0';
    return (ssize_t)count;
}

TEST(a_pseudo_terminal_carries_bytes_and_its_opening_resets_the_board)
{
    char link[64], line[64];
    int fd;

    snprintf(link, sizeof link, "/tmp/board-tty-%d", getpid());
    bench_start(&b, FIRMWARE "parts.elf", "--uart", "pty", "--uart-link", link, NULL);
    bench_do(&b, "pace fast");
    usleep(50000);
    fd = open(link, O_RDWR | O_NOCTTY);
    CHECK(fd >= 0);
    CHECK(read_line(fd, line, sizeof line) > 0);
    CHECK_EQUAL(strcmp(line, "parts ready 02\n"), 0); /* EXTRF: the reset pin */
    CHECK_EQUAL(write(fd, "v", 1), 1);
    CHECK(read_line(fd, line, sizeof line) > 0);
    CHECK_EQUAL(strcmp(line, "version 04\n"), 0);
    close(fd);
    CHECK(bench_stop(&b));
    unlink(link);
}

TESTS(RUN(what_the_firmware_says_can_be_awaited_and_taken),
      RUN(a_text_that_never_comes_ends_the_wait_at_its_limit),
      RUN(bytes_reach_the_firmware_and_come_back),
      RUN(a_byte_takes_its_ten_bits_on_the_wire),
      RUN(a_firmware_that_does_not_read_loses_all_but_three_bytes),
      RUN(three_bytes_wait_without_loss),
      RUN(a_pseudo_terminal_carries_bytes_and_its_opening_resets_the_board))
