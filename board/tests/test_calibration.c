/* SPDX-License-Identifier: MIT */
/* The simulator's times against the ATmega328P's data sheet. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

static struct bench b;

static uint64_t cycles(const char *from, const char *to)
{
    return bench_number(bench_do(&b, "cycles %s %s", from, to), "last");
}

/* Ten times each instruction, or group, and what the instruction set summary
 * says about it. */
static const struct {
    const char *name;
    unsigned cycles;
} table[] = {
    {"nop", 1},    {"add", 1},   {"adiw", 2}, {"movw", 1},  {"mul", 2},     {"ror", 1},
    {"swap", 1},   {"cpi", 1},   {"ldi", 1},  {"in", 1},    {"out", 1},     {"sbi", 2},
    {"cbi", 2},    {"lds", 2},   {"sts", 2},  {"ld", 2},    {"ldinc", 2},   {"lddec", 2},
    {"st", 2},     {"stinc", 2}, {"ldd", 2},  {"std", 2},   {"lpm", 3},     {"lpminc", 3},
    {"push", 4},   {"rjmp", 2},  {"jmp", 3},  {"taken", 3}, {"untaken", 2}, {"skip1", 2},
    {"noskip", 2}, {"skip2", 3}, {"cpse", 2}, {"call", 9},  {"rcall", 8},   {"icall", 8}};

static void measure(const char *from, const char *to)
{
    bench_do(&b, "measure %s %s", from, to);
}

static void run_it(void)
{
    char from[32], to[32];

    bench_start(&b, FIRMWARE "calibrate.elf", NULL);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        snprintf(from, sizeof from, "t_%s", table[i].name);
        snprintf(to, sizeof to, "t_%s_end", table[i].name);
        measure(from, to);
    }
    measure("t_spi_byte", "t_spi_byte_end");
    measure("t_uart", "t_uart_end");
    measure("t_adc", "t_adc_end");
    measure("t_ee_start", "t_ee_started");
    measure("t_ee_started", "t_ee_done");
    measure("t_ee_done", "t_ee_read");
    measure("t_sei", "t_vector");
    measure("t_vector", "t_after");
    measure("__vector_11", "__vector_11");
    bench_do(&b, "measure callee");
    bench_do(&b, "run-until within 1s symbol all_done");
}

TEST(every_kind_of_instruction_takes_its_cycles)
{
    char from[32], to[32];

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        snprintf(from, sizeof from, "t_%s", table[i].name);
        snprintf(to, sizeof to, "t_%s_end", table[i].name);
        if (cycles(from, to) != 10 * table[i].cycles)
            fail_msg("%s: %s", from, b.answer);
    }
    CHECK(true);
}

TEST(an_spi_byte_at_half_the_clock_takes_17_cycles)
{
    /* OUT, then IN and SBRS and RJMP in rounds of 4, then IN: the flag stands
     * 17 cycles after OUT and is seen within a round */
    uint64_t took = cycles("t_spi_byte", "t_spi_byte_end");

    CHECK(took >= 1 + 17 + 3);
    CHECK(took <= 1 + 17 + 3 + 3);
    /* 17 cycles between two OUTs do not collide, 13 do */
    CHECK_EQUAL(strtoul(bench_do(&b, "peek cell_17"), NULL, 16) & 0x40, 0);
    CHECK_EQUAL(strtoul(bench_do(&b, "peek cell_13"), NULL, 16) & 0x40, 0x40);
}

TEST(an_eeprom_write_takes_3_4_milliseconds_and_halts_the_processor_for_2_cycles)
{
    uint64_t took = cycles("t_ee_started", "t_ee_done");

    CHECK_EQUAL(cycles("t_ee_start", "t_ee_started"), 2 + 2);
    CHECK(took >= 54400);
    CHECK(took <= 54400 + 4);
}

TEST(an_eeprom_read_halts_the_processor_for_4_cycles)
{
    CHECK_EQUAL(cycles("t_ee_done", "t_ee_read"), 2 + 4);
}

TEST(a_byte_on_the_uart_takes_ten_bits_of_sixteen_clocks)
{
    uint64_t took = cycles("t_uart", "t_uart_end");

    CHECK(took >= 1440);
    CHECK(took <= 1440 + 10);
}

TEST(a_conversion_takes_13_adc_clocks)
{
    uint64_t took = cycles("t_adc", "t_adc_end");

    CHECK(took >= 13 * 128);
    CHECK(took <= 14 * 128);
}

TEST(an_interrupt_enters_one_instruction_after_sei_and_in_4_cycles)
{
    CHECK_EQUAL(cycles("t_sei", "t_vector"), 1 + 1 + 4 + 3);
    CHECK_EQUAL(cycles("t_vector", "t_after"), 4 + 1 + 1 + 1); /* RETI, NOP, NOP, CLI */
}

TEST(time_in_interrupts_is_told_apart)
{
    const char *answer = bench_do(&b, "cycles t_sei t_vector");

    CHECK_EQUAL(bench_number(answer, "interrupts"), 4 + 3); /* entry, the vector's JMP */
    answer = bench_do(&b, "cycles t_vector t_after");
    CHECK_EQUAL(bench_number(answer, "interrupts"), 4); /* RETI */
    answer = bench_do(&b, "cycles callee");
    CHECK_EQUAL(bench_number(answer, "interrupts"), 0);
}

TEST(a_timer_of_1000_cycles_interrupts_every_1000_cycles_awake_and_asleep)
{
    const char *answer = bench_do(&b, "cycles __vector_11 __vector_11");

    CHECK_EQUAL(bench_number(answer, "count"), 39);
    CHECK(bench_number(answer, "min") >= 994);
    CHECK(bench_number(answer, "max") <= 1006);
    CHECK(bench_number(answer, "sum") >= 38990);
    CHECK(bench_number(answer, "sum") <= 39010);
}

TEST(a_function_is_timed_from_entry_to_return)
{
    const char *answer = bench_do(&b, "cycles callee");

    CHECK_EQUAL(bench_number(answer, "count"), 30);
    CHECK_EQUAL(bench_number(answer, "min"), 5); /* NOP, RET */
    CHECK_EQUAL(bench_number(answer, "max"), 5);
}

static int start(void **state)
{
    (void)state;
    run_it();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return bench_stop(&b) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(every_kind_of_instruction_takes_its_cycles),
        RUN(an_spi_byte_at_half_the_clock_takes_17_cycles),
        RUN(an_eeprom_write_takes_3_4_milliseconds_and_halts_the_processor_for_2_cycles),
        RUN(an_eeprom_read_halts_the_processor_for_4_cycles),
        RUN(a_byte_on_the_uart_takes_ten_bits_of_sixteen_clocks),
        RUN(a_conversion_takes_13_adc_clocks),
        RUN(an_interrupt_enters_one_instruction_after_sei_and_in_4_cycles),
        RUN(time_in_interrupts_is_told_apart),
        RUN(a_timer_of_1000_cycles_interrupts_every_1000_cycles_awake_and_asleep),
        RUN(a_function_is_timed_from_entry_to_return)};

    return cmocka_run_group_tests(tests, start, stop);
}
