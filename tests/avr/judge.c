/* SPDX-License-Identifier: MIT */
/* judge.c: runs a firmware of unit tests (unit/check_target.h) on the virtual board and
 * judges its report.
 *
 *     judge FIRMWARE.elf
 *
 * Bad are: a test that failed or is missing, a processor that crashed or began anew, a
 * report that does not end, and a stack that ran into static memory.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

/* Simulated time: far above the slowest test here. */
#define PATIENCE "600s"

static struct bench board;
static char line[2048];

static int condemn(const char *what, const char *detail)
{
    printf("# %s: %s\n", what, detail);
    (void)bench_stop(&board);
    return 1;
}

/* Lets the firmware say one more line, into line; false when it does not. */
static bool next_line(void)
{
    size_t len;

    if (strncmp(bench_ask(&board, "run-until within " PATIENCE " uart \\n"), "ok", 2) !=
        0)
        return false;
    snprintf(line, sizeof line, "%s", bench_do(&board, "uart take"));
    len = strlen(line);
    if (len < 2 || strcmp(line + len - 2, "\\n") != 0)
        return false;
    line[len - 2] = '\0';
    puts(line);
    fflush(stdout);
    return true;
}

/* The number behind the text that the line must begin with, or -1. */
static long number_after(const char *text)
{
    size_t len = strlen(text);

    return strncmp(line, text, len) == 0 ? strtol(line + len, NULL, 10) : -1;
}

/* Reads the report to its end, and says whether it is whole, and no test failed. */
static bool read_report(void)
{
    long count = 0, failed = 0;

    if (!next_line() || strcmp(line, "TAP version 13") != 0)
        return false;
    while (next_line() && number_after("1..") < 0) {
        if (line[0] == '#')
            continue;
        count++;
        failed += number_after("ok ") < 0;
        if (number_after("ok ") != count && number_after("not ok ") != count)
            return false;
    }
    return count > 0 && failed == 0 && number_after("1..") == count && next_line() &&
           strcmp(line, "# done") == 0;
}

static int judge_stack(void)
{
    const char *answer = bench_do(&board, "stack");
    const char *left = strstr(answer, "free=");

    printf("# stack %s\n", answer);
    return left != NULL && strtol(left + 5, NULL, 10) >= 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: judge FIRMWARE.elf\n", stderr);
        return 2;
    }
    bench_start(&board, argv[1], NULL);
    if (!read_report())
        return condemn("not every test is reported well", bench_ask(&board, "state"));
    printf("# %s\n", bench_do(&board, "state"));
    if (judge_stack() != 0)
        return condemn("out of memory", "the stack ran into static memory");
    return bench_stop(&board) ? 0 : 1;
}
