/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "bench.h"

static struct bench b;

static void start(void)
{
    bench_start(&b, FIRMWARE "parts.elf", NULL);
    bench_do(&b, "run-until within 1s uart ready");
    bench_do(&b, "run 1ms");
}

TEST(each_reset_tells_its_cause)
{
    bench_start(&b, FIRMWARE "parts.elf", NULL);
    bench_do(&b, "run-until within 1s uart ready 01"); /* power on */
    bench_do(&b, "reset");
    bench_do(&b, "run-until within 1s uart ready 02"); /* reset pin */
    bench_do(&b, "brown-out");
    bench_do(&b, "run-until within 1s uart ready 04");
    bench_do(&b, "run 1ms");
    bench_do(&b, "uart send d");
    bench_do(&b, "run-until within 1s uart ready 08"); /* watchdog */
    CHECK_EQUAL(bench_number(bench_do(&b, "state"), "watchdog-resets"), 1);
    CHECK(bench_stop(&b));
}

TEST(sram_survives_a_reset_and_not_a_power_cut)
{
    char first[16], second[16];

    start();
    bench_letter(&b, 'r');
    bench_do(&b, "reset");
    bench_do(&b, "run 1ms");
    CHECK_EQUAL(strcmp(bench_do(&b, "peek survivor"), "d0d1d2d3"), 0);
    bench_do(&b, "power off");
    bench_do(&b, "power on");
    bench_do(&b, "run 1ms");
    snprintf(first, sizeof first, "%s", bench_do(&b, "peek survivor"));
    CHECK(strcmp(first, "d0d1d2d3") != 0);
    CHECK(strcmp(first, "00000000") != 0);
    bench_do(&b, "power off");
    bench_do(&b, "power on");
    bench_do(&b, "run 1ms");
    snprintf(second, sizeof second, "%s", bench_do(&b, "peek survivor"));
    CHECK_EQUAL(strcmp(first, second), 0); /* garbage, but the same each time */
    CHECK(bench_stop(&b));
}

TEST(a_cut_happens_at_its_cycle_and_time_stands_still_until_power_returns)
{
    uint64_t at;

    start();
    bench_do(&b, "cut cycle 1000000");
    at = bench_number(bench_do(&b, "run-until within 1s cut"), "cycle");
    CHECK(at >= 1000000);
    CHECK(at < 1000008);
    CHECK_EQUAL(bench_number(bench_do(&b, "state"), "cycle"), at);
    CHECK(strstr(bench_do(&b, "pins"), "D5=float") != NULL);
    bench_do(&b, "power on");
    bench_do(&b, "run 1ms");
    CHECK(bench_number(bench_do(&b, "state"), "cycle") > at);
    CHECK(bench_stop(&b));
}

TEST(a_run_that_is_cut_reports_it)
{
    start();
    bench_do(&b, "cut in 1ms");
    CHECK(strncmp(bench_ask(&b, "run 5ms"), "error reason=cut", 16) == 0);
    CHECK(bench_stop(&b));
}

TEST(what_the_board_cannot_do_stops_the_firmware_with_a_sentence)
{
    start();
    bench_do(&b, "uart send V"); /* SPI mode 1 */
    CHECK(strncmp(bench_ask(&b, "run 5ms"), "error reason=fault", 18) == 0);
    CHECK(strstr(b.answer, "SPI mode 1") != NULL);
    CHECK(strncmp(bench_ask(&b, "run 5ms"), "error reason=fault", 18) == 0);
    bench_do(&b, "reset");
    bench_do(&b, "run-until within 1s uart ready");
    CHECK(bench_stop(&b));
}

TEST(a_firmware_that_jumps_into_nowhere_is_stopped)
{
    start();
    bench_do(&b, "uart send j");
    CHECK(strncmp(bench_ask(&b, "run 5ms"), "error reason=fault", 18) == 0);
    CHECK(strstr(b.answer, "wild jump") != NULL);
    CHECK(bench_stop(&b));
}

TEST(without_a_control_line_a_fault_ends_the_program)
{
    char command[512];

    snprintf(command, sizeof command,
             "printf V | %s --pace fast --for 1s --uart stdio %sparts.elf "
             ">/dev/null 2>&1",
             BOARD_PROGRAM, FIRMWARE);
    CHECK_EQUAL(WEXITSTATUS(system(command)), 3);
}

TEST(peak_stack_is_known)
{
    const char *answer;

    start();
    answer = bench_do(&b, "stack");
    CHECK(bench_number(answer, "peak") >= 4);
    CHECK(bench_number(answer, "peak") < 100);
    CHECK(bench_number(answer, "static") > 4);
    CHECK(bench_stop(&b));
}

TEST(commands_that_make_no_sense_are_errors)
{
    static const char *const wrong[] = {"",
                                        "nonsense",
                                        "run",
                                        "run -1ms",
                                        "run 5parsecs",
                                        "press",
                                        "press Q7",
                                        "pin D20",
                                        "cut",
                                        "cut write 0",
                                        "cut write 1 broken",
                                        "cut write 1 torn=300",
                                        "power",
                                        "eeprom read 1024",
                                        "eeprom write 1023 0102",
                                        "eeprom write 0 0",
                                        "eeprom rot 5 999",
                                        "run-until",
                                        "run-until symbol no_such_function",
                                        "run-until pin D5",
                                        "run-until pin D5=maybe",
                                        "measure no_such",
                                        "cycles no_such",
                                        "peek 0x900",
                                        "peek no_such",
                                        "peek no_such 4",
                                        "adc set A9 5",
                                        "adc set A0 1024",
                                        "peer 8 gone",
                                        "sendok 0",
                                        "trickle 0",
                                        "turns sometimes",
                                        "pace slow",
                                        "millis",
                                        "uart",
                                        "cable cut"};

    start();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (strncmp(bench_ask(&b, "%s", wrong[i]), "error ", 6) != 0)
            fail_msg("%s was answered: %s", wrong[i], b.answer);
    CHECK(bench_stop(&b));
}

TESTS(RUN(each_reset_tells_its_cause), RUN(sram_survives_a_reset_and_not_a_power_cut),
      RUN(a_cut_happens_at_its_cycle_and_time_stands_still_until_power_returns),
      RUN(a_run_that_is_cut_reports_it),
      RUN(what_the_board_cannot_do_stops_the_firmware_with_a_sentence),
      RUN(a_firmware_that_jumps_into_nowhere_is_stopped),
      RUN(without_a_control_line_a_fault_ends_the_program), RUN(peak_stack_is_known),
      RUN(commands_that_make_no_sense_are_errors))
