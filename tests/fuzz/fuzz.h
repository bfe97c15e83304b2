/* SPDX-License-Identifier: MIT */
/* fuzz.h: what all targets share: the input as a row of choices, memory that ends at a
 * page nobody may touch, and a log of what happened. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The input, what is left of it. Behind its end there are zeros. */
struct choices {
    const uint8_t *at;
    size_t left;
};

uint8_t choose(struct choices *from);
uint16_t choose16(struct choices *from);

/* At most len bytes, in place; *got says how many. */
const uint8_t *choose_bytes(struct choices *from, size_t len, size_t *got);

/* len bytes whose end lies against a page without rights: what is read or written behind
 * them stops the program, also inside a function that no sanitizer looks into. A guard
 * holds one such piece; the next one takes its place. Zeroed means empty. */
struct guard {
    uint8_t *end;
};

uint8_t *guard_room(struct guard *guard, size_t len);
const uint8_t *guard_copy(struct guard *guard, const void *bytes, size_t len);

/* What happened, as bytes. What does not fit is folded into the last ones. */
struct log {
    size_t len;
    uint8_t bytes[8192];
};

void log_byte(struct log *log, unsigned byte);
void log_bytes(struct log *log, uint8_t mark, const uint8_t *bytes, size_t len);

bool log_is_same(const struct log *a, const struct log *b);

bool is_zero(const uint8_t *bytes, size_t len);

/* Stops the program, which the fuzzer counts as a find. */
#define FUZZ_CHECK(holds) ((holds) ? (void)0 : fuzz_fail(#holds, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *what, const char *file, int line);

/* A target's own: one input, whose end lies against a guard page. */
void fuzz(struct choices *in);

#endif
