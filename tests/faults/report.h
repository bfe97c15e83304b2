/* SPDX-License-Identifier: MIT */
/* report.h: rows of the table that `make faults` prints; report.mjs prints the same. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdio.h>

static bool all_as_expected = true;

/* What a document names as a limit: told, and no failure. */
static inline void report_limit(const char *fault, unsigned long count,
                                unsigned long seen)
{
    printf("row|%s|%lu|may happen: docs/store.md|%lu times\n", fault, count, seen);
}

/* What was seen is how often it went wrong, and how at first. */
static inline void report(const char *fault, unsigned long count, const char *expected,
                          unsigned long wrong, const char *first)
{
    if (wrong == 0 && count > 0)
        printf("row|%s|%lu|%s|%s\n", fault, count, expected, "so each time");
    else
        printf("row|%s|%lu|%s|WRONG %lu times: %s\n", fault, count, expected, wrong,
               count == 0 ? "nothing was tried" : first);
    all_as_expected = all_as_expected && wrong == 0 && count > 0;
    fflush(stdout);
}

#endif
