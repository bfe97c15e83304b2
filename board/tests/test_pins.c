/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

static struct bench b;

static void start(void)
{
    bench_start(&b, FIRMWARE "parts.elf", "--name", "D5=lamp", "--name", "D2=button",
                NULL);
    bench_do(&b, "run-until within 1s uart ready");
    bench_do(&b, "run 1ms");
}

TEST(a_button_lights_the_lamp_and_its_release_puts_it_out)
{
    start();
    CHECK(strstr(bench_do(&b, "pin lamp"), "D5 level=low direction=output") != NULL);
    CHECK(strstr(bench_do(&b, "pin button"), "D2 level=high direction=input") != NULL);
    bench_do(&b, "press button");
    bench_do(&b, "run-until within 1ms pin lamp=high");
    bench_do(&b, "release D2");
    bench_do(&b, "run-until within 1ms pin D5=low");
    CHECK(bench_stop(&b));
}

TEST(every_edge_is_counted_with_its_cycle)
{
    uint64_t edges, now;

    start();
    edges = bench_number(bench_do(&b, "pin lamp"), "edges");
    for (int i = 0; i < 3; i++) {
        bench_do(&b, "press button");
        bench_do(&b, "run 1ms");
        bench_do(&b, "release button");
        bench_do(&b, "run 1ms");
    }
    CHECK_EQUAL(bench_number(bench_do(&b, "pin lamp"), "edges"), edges + 6);
    now = bench_number(bench_do(&b, "state"), "cycle");
    CHECK(now - bench_number(bench_do(&b, "pin lamp"), "changed") > 15900);
    CHECK(now - bench_number(bench_do(&b, "pin lamp"), "changed") <= 16000);
    CHECK(bench_stop(&b));
}

TEST(an_external_interrupt_sees_each_press_once)
{
    start();
    for (int i = 0; i < 5; i++) {
        bench_do(&b, "press button");
        bench_do(&b, "run 1ms");
        bench_do(&b, "release button");
        bench_do(&b, "run 1ms");
    }
    CHECK_EQUAL(strcmp(bench_do(&b, "peek edges"), "05"), 0);
    CHECK(bench_stop(&b));
}

TEST(pins_float_until_the_firmware_drives_them)
{
    bench_start(&b, FIRMWARE "parts.elf", NULL);
    CHECK(strstr(bench_do(&b, "pin D5"), "level=float direction=input edges=0") != NULL);
    bench_do(&b, "run 5ms");
    CHECK(strstr(bench_do(&b, "pin D5"), "level=low direction=output") != NULL);
    CHECK(strstr(bench_do(&b, "pin D7"), "level=float") != NULL);
    CHECK(bench_stop(&b));
}

static unsigned long convert(void)
{
    const char *said = bench_letter(&b, 'a');

    return strtoul(said + 4, NULL, 10); /* "adc 512" */
}

TEST(an_analogue_input_reads_what_was_set)
{
    static const unsigned values[] = {0, 1, 2, 100, 511, 512, 777, 1022, 1023};

    start();
    bench_do(&b, "adc freeze");
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        bench_do(&b, "adc set A0 %u", values[i]);
        CHECK_EQUAL(convert(), values[i]);
    }
    CHECK(bench_stop(&b));
}

TEST(an_input_is_noisy_unless_frozen)
{
    unsigned long first, different = 0;

    start();
    first = convert();
    for (int i = 0; i < 20; i++)
        different += convert() != first;
    CHECK(different > 0);
    bench_do(&b, "adc freeze");
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(convert(), 512);
    CHECK(bench_stop(&b));
}

TEST(a_trace_shows_what_happened_in_words)
{
    char path[64], line[256];
    bool lamp = false, said = false, chip = false, cell = false;
    FILE *file;

    snprintf(path, sizeof path, "/tmp/board-trace-%d", getpid());
    bench_start(&b, FIRMWARE "parts.elf", "--trace", path, "--name", "D5=lamp", NULL);
    bench_do(&b, "run 2ms");
    bench_letter(&b, 'v');
    bench_letter(&b, 'w');
    bench_do(&b, "press D2");
    bench_do(&b, "run 1ms");
    CHECK(bench_stop(&b));
    file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        lamp |= strstr(line, "D5 lamp high") != NULL;
        said |= strstr(line, "UART says: parts ready 01") != NULL;
        chip |= strstr(line, "W5500 VERSIONR -> 04") != NULL;
        cell |= strstr(line, "EEPROM 0010: ff <- a0") != NULL;
    }
    fclose(file);
    unlink(path);
    CHECK(lamp && said && chip && cell);
}

TESTS(RUN(a_button_lights_the_lamp_and_its_release_puts_it_out),
      RUN(every_edge_is_counted_with_its_cycle),
      RUN(an_external_interrupt_sees_each_press_once),
      RUN(pins_float_until_the_firmware_drives_them),
      RUN(an_analogue_input_reads_what_was_set), RUN(an_input_is_noisy_unless_frozen),
      RUN(a_trace_shows_what_happened_in_words))
