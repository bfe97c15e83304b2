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

static void comparison_by_memcmp(const csign_hash *hash)
{
    uint8_t a[32], b[32];

    (void)hash;
    draw(a);
    draw(b);
    sink = memcmp(a, b, size) == 0;
}

static void comparison_that_stops_early(const csign_hash *hash)
{
    uint8_t a[32], b[32], i = 0;

    (void)hash;
    draw(a);
    draw(b);
    while (i < sizeof a && a[i] == b[i])
        i++;
    sink = i;
}

static void look_up_in_a_table(const csign_hash *hash)
{
    static const volatile uint8_t table[256] = {1, 2, 3};
    uint8_t a[32];

    (void)hash;
    draw(a);
    sink = table[a[5]];
}

static void branch_on_a_key_bit(const csign_hash *hash)
{
    uint8_t a[32];

    (void)hash;
    draw(a);
    if (a[31] & 0x80)
        sink = 1;
    sink = 2;
}

const struct part leaks[] = {
    {"comparison by memcmp", comparison_by_memcmp, NULL},
    {"comparison that stops early", comparison_that_stops_early, NULL},
    {"look-up in a table", look_up_in_a_table, NULL},
    {"branch on a bit of the key", branch_on_a_key_bit, NULL},
    {NULL, NULL, NULL}};
