/* SPDX-License-Identifier: MIT */
/* moment.h: what time it is, for waits that no change of the clock may shorten. */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define MOMENT_BOOT_ID 16 /* bytes */

struct moment {
    uint64_t boot_ms; /* since the machine started, sleep included */
    uint64_t real_ms; /* since 1970, as the clock was set; for people only */
    uint8_t boot_id[MOMENT_BOOT_ID]; /* which start of which machine; zeros: not known */
};

/* Milliseconds since the machine started; nobody can set this clock. */
uint64_t moment_ms(void);

/* The same as the library wants it: a clock that wraps. */
uint32_t moment_wrapping_ms(void);

struct moment moment_now(void);

/* How many of the limit_ms that began at start are still to be waited out at now: never
 * fewer than there truly are. After a restart, or on another machine with the same home
 * directory, nothing tells how long ago start was, so that all of them are. 1/64 is added
 * for a device whose clock is slow. */
uint64_t moment_left(const struct moment *start, uint32_t limit_ms,
                     const struct moment *now);

#endif
