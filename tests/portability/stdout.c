/* SPDX-License-Identifier: MIT */
/* stdout.c: where check_target.h's report goes on a machine with an operating system. */
#include <stdint.h>
#include <stdio.h>

void check_put(uint8_t byte);

void check_put(uint8_t byte)
{
    (void)putchar(byte);
}
