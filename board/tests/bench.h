/* SPDX-License-Identifier: MIT */
/* bench.h: the program under test, in lock-step, spoken to over its control
 * line as a person or another test would. */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "check.h"

struct bench {
    pid_t pid;
    int control;
    char dir[32];
    char answer[16384]; /* without its newline */
};

/* Starts the board with the firmware in a file and further options up to a
 * NULL, and waits until it listens. */
void bench_start(struct bench *bench, const char *firmware, ...);

/* Ends the program; true when it ended by itself and well. */
bool bench_stop(struct bench *bench);

/* Sends a command and returns the answer. */
const char *bench_ask(struct bench *bench, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, and fails the test unless the answer begins with "ok". Returns
 * what follows "ok ". */
const char *bench_do(struct bench *bench, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sends a command without waiting; bench_answer() takes the answer. */
void bench_begin(struct bench *bench, const char *command);
const char *bench_answer(struct bench *bench);

/* A second control line to the same board. */
int bench_second_line(struct bench *bench);

/* The number behind "key=" in an answer. */
uint64_t bench_number(const char *answer, const char *key);

/* This machine's port for a port of the board; a blocking connection to it
 * with a second's patience, or -1. */
uint16_t bench_port(struct bench *bench, unsigned port);
int bench_connect(struct bench *bench, unsigned port);

/* What a serial letter makes the parts firmware say, up to the line's end. */
const char *bench_letter(struct bench *bench, char letter);

#endif
