/* SPDX-License-Identifier: MIT */
/* cpu.h: what this machine's processor can do, asked once the program runs, so that one
 * program serves old machines and new ones. */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>

/* Where a compiler can make code for it at all. */
#if defined(__x86_64__) && defined(__GNUC__)
#define CPU_MAY_HAVE_SHA 1
#else
#define CPU_MAY_HAVE_SHA 0
#endif

/* Whether it has the SHA extensions (SHA-NI) and the SSE instructions around them. */
bool cpu_has_sha(void);

#endif
