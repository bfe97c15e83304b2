/* SPDX-License-Identifier: MIT */
/* leaks.c: what must be reported. A harness that overlooks one of these shows nothing. */
#include <string.h>

#include "parts.h"

static volatile uint8_t sink;
static volatile size_t size = 32; /* or a compiler compares without memcmp() */

/* Volatile, or a compiler knows what the secret is and decides the branch itself. */
static void draw(uint8_t bytes[32])
{
    volatile uint8_t *byte = bytes;

    for (uint8_t i = 0; i < 32; i++)
        byte[i] = i;
    hide(bytes, 32);
}

static void comparison_by_memcmp(void)
{
    uint8_t a[32], b[32];

    draw(a);
    draw(b);
    sink = memcmp(a, b, size) == 0;
}

static void comparison_that_stops_early(void)
{
    uint8_t a[32], b[32], i = 0;

    draw(a);
    draw(b);
    while (i < sizeof a && a[i] == b[i])
        i++;
    sink = i;
}

static void look_up_in_a_table(void)
{
    static const volatile uint8_t table[256] = {1, 2, 3};
    uint8_t a[32];

    draw(a);
    sink = table[a[5]];
}

static void branch_on_a_key_bit(void)
{
    uint8_t a[32];

    draw(a);
    if (a[31] & 0x80)
        sink = 1;
    sink = 2;
}

const struct part leaks[] = {{"comparison by memcmp", comparison_by_memcmp},
                             {"comparison that stops early", comparison_that_stops_early},
                             {"look-up in a table", look_up_in_a_table},
                             {"branch on a bit of the key", branch_on_a_key_bit},
                             {NULL, NULL}};
