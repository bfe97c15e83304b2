/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

static struct bench b;

static void start(void)
{
    bench_start(&b, FIRMWARE "parts.elf", NULL);
    bench_do(&b, "run-until within 1s uart ready");
    bench_do(&b, "run 1ms");
}

static bool cells_are(const char *expected, unsigned address, unsigned count)
{
    return strcmp(bench_do(&b, "eeprom read %u %u", address, count), expected) == 0;
}

TEST(a_new_eeprom_is_erased_and_keeps_what_is_written)
{
    start();
    CHECK(cells_are("ffffffffff", 0x10, 5));
    bench_letter(&b, 'w');
    CHECK(cells_are("a0a1a2a3ff", 0x10, 5));
    CHECK_EQUAL(bench_number(bench_do(&b, "eeprom wear"), "writes"), 4);
    CHECK_EQUAL(bench_number(b.answer, "worst"), 1);
    CHECK(bench_stop(&b));
}

TEST(a_write_under_way_refuses_another_and_reads)
{
    start();
    CHECK_EQUAL(strcmp(bench_letter(&b, 'm'), "busy eear=20 eedr=55 cells=55ff\\n"), 0);
    CHECK_EQUAL(bench_number(bench_do(&b, "eeprom wear"), "writes"), 1);
    CHECK(bench_stop(&b));
}

TEST(a_write_enable_lasts_four_cycles)
{
    start();
    CHECK_EQUAL(strcmp(bench_letter(&b, 'l'), "late cell=ff\\n"), 0);
    CHECK(bench_stop(&b));
}

TEST(the_ready_interrupt_comes_after_each_write)
{
    start();
    bench_letter(&b, 'i');
    CHECK(cells_are("c0c1c2ff", 0x30, 4));
    CHECK(bench_stop(&b));
}

TEST(erase_only_and_write_only_do_half_the_work)
{
    start();
    CHECK_EQUAL(strcmp(bench_letter(&b, 'b'), "ff05\\n"),
                0); /* 0f and f5: bits only fall */
    CHECK(bench_stop(&b));
}

/* Runs the four writes with a cut at the k-th, over old cells of 3c. */
static void cut_at(unsigned k, const char *tear)
{
    start();
    bench_do(&b, "eeprom write 0x10 3c3c3c3c");
    bench_do(&b, "uart send w");
    bench_do(&b, "cut write %u %s", k, tear);
    bench_do(&b, "run-until within 1s cut");
}

TEST(a_cut_at_the_kth_write_leaves_the_old_byte)
{
    cut_at(2, "old");
    CHECK(cells_are("a03c3c3c", 0x10, 4));
    CHECK(strstr(bench_do(&b, "state"), "power=off") != NULL);
    CHECK(strncmp(bench_ask(&b, "run 1ms"), "error", 5) == 0);
    bench_do(&b, "power on");
    bench_do(&b, "run-until within 1s uart ready 01"); /* PORF */
    CHECK(bench_stop(&b));
}

TEST(a_cut_at_the_kth_write_leaves_the_new_byte)
{
    cut_at(3, "new");
    CHECK(cells_are("a0a1a23c", 0x10, 4));
    CHECK(bench_stop(&b));
}

TEST(a_cut_at_the_kth_write_leaves_a_torn_byte)
{
    unsigned long torn;

    cut_at(1, "torn=0x77");
    CHECK(cells_are("773c3c3c", 0x10, 4));
    CHECK(bench_stop(&b));
    cut_at(4, "torn");
    torn = strtoul(bench_do(&b, "eeprom read 0x13 1"), NULL, 16);
    /* bits of the old byte only rise, bits of the new one only are late to fall */
    CHECK((torn & 0x3c) == 0x3c || (torn & 0xa3) == 0xa3);
    CHECK(cells_are("a0a1a2", 0x10, 3));
    CHECK(bench_stop(&b));
}

TEST(a_cut_in_the_middle_of_a_write_tears_it)
{
    unsigned long torn;

    start();
    bench_do(&b, "eeprom write 0x10 00");
    bench_do(&b, "uart send w");
    bench_do(&b, "cut in 1200us"); /* 87 µs on the wire, then 3.4 ms of writing */
    bench_do(&b, "run-until within 1s cut");
    torn = strtoul(bench_do(&b, "eeprom read 0x10 1"), NULL, 16);
    CHECK(torn != 0xa0);
    CHECK(bench_stop(&b));
}

TEST(a_reset_lets_a_write_come_to_its_end)
{
    start();
    bench_do(&b, "uart send w");
    bench_do(&b, "run 1200us");
    bench_do(&b, "reset");
    CHECK(cells_are("a0ff", 0x10, 2));
    CHECK(bench_stop(&b));
}

TEST(a_rotten_cell_keeps_its_stuck_bits)
{
    start();
    bench_do(&b, "eeprom rot 0x11 0x81 0x80");
    bench_letter(&b, 'w');
    CHECK(cells_are("a0a0a2a3", 0x10, 4)); /* a1 with bit 0 stuck at 0 */
    bench_do(&b, "eeprom heal");
    CHECK(cells_are("a0a1", 0x10, 2));
    CHECK(bench_stop(&b));
}

TEST(contents_can_be_saved_erased_and_restored)
{
    char path[64];

    snprintf(path, sizeof path, "/tmp/board-ee-%d", getpid());
    start();
    bench_letter(&b, 'w');
    bench_do(&b, "eeprom save %s", path);
    bench_do(&b, "eeprom erase");
    CHECK(cells_are("ffffffff", 0x10, 4));
    bench_do(&b, "eeprom restore %s", path);
    CHECK(cells_are("a0a1a2a3", 0x10, 4));
    CHECK(bench_stop(&b));
    unlink(path);
}

TEST(a_file_keeps_the_eeprom_between_two_boards)
{
    char path[64];

    snprintf(path, sizeof path, "/tmp/board-ee-%d", getpid());
    unlink(path);
    bench_start(&b, FIRMWARE "parts.elf", "--eeprom", path, NULL);
    bench_do(&b, "run-until within 1s uart ready");
    bench_do(&b, "run 1ms");
    bench_letter(&b, 'w');
    CHECK(bench_stop(&b));
    bench_start(&b, FIRMWARE "parts.elf", "--eeprom", path, NULL);
    CHECK(cells_are("a0a1a2a3", 0x10, 4));
    CHECK(bench_stop(&b));
    unlink(path);
}

TESTS(RUN(a_new_eeprom_is_erased_and_keeps_what_is_written),
      RUN(a_write_under_way_refuses_another_and_reads),
      RUN(a_write_enable_lasts_four_cycles),
      RUN(the_ready_interrupt_comes_after_each_write),
      RUN(erase_only_and_write_only_do_half_the_work),
      RUN(a_cut_at_the_kth_write_leaves_the_old_byte),
      RUN(a_cut_at_the_kth_write_leaves_the_new_byte),
      RUN(a_cut_at_the_kth_write_leaves_a_torn_byte),
      RUN(a_cut_in_the_middle_of_a_write_tears_it),
      RUN(a_reset_lets_a_write_come_to_its_end), RUN(a_rotten_cell_keeps_its_stuck_bits),
      RUN(contents_can_be_saved_erased_and_restored),
      RUN(a_file_keeps_the_eeprom_between_two_boards))
