/* SPDX-License-Identifier: MIT */
/* rotate.h: rotations by a constant n, for the library's own hashes.
 *
 * avr-gcc knows good code for a rotation by one bit or by whole bytes and makes any other
 * a loop. So on small targets a rotation goes to the nearest whole byte first, then at
 * most 4 single bits in the shorter direction; with n constant the choice costs nothing.
 */
#ifndef CSIGN_ROTATE_H
#define CSIGN_ROTATE_H

#include "port.h"

#if CSIGN_SMALL

static CSIGN_INLINE uint32_t rotate_bytes_right(uint32_t x, unsigned count)
{
    switch (count % 4) {
    case 1:
        return x >> 8 | x << 24;
    case 2:
        return x >> 16 | x << 16;
    case 3:
        return x >> 24 | x << 8;
    default:
        return x;
    }
}

static CSIGN_INLINE uint32_t rotate_bits_right(uint32_t x, unsigned count)
{
    x = count > 0 ? x >> 1 | x << 31 : x;
    x = count > 1 ? x >> 1 | x << 31 : x;
    return count > 2 ? x >> 1 | x << 31 : x;
}

static CSIGN_INLINE uint32_t rotate_bits_left(uint32_t x, unsigned count)
{
    x = count > 0 ? x << 1 | x >> 31 : x;
    x = count > 1 ? x << 1 | x >> 31 : x;
    x = count > 2 ? x << 1 | x >> 31 : x;
    return count > 3 ? x << 1 | x >> 31 : x;
}

/* n: 1 .. 31. Four bits go left, where an AVR needs 5 cycles a bit and not 6. */
static CSIGN_INLINE uint32_t rotr32(uint32_t x, unsigned n)
{
    if (n % 8 < 4)
        return rotate_bits_right(rotate_bytes_right(x, n / 8), n % 8);
    return rotate_bits_left(rotate_bytes_right(x, n / 8 + 1), 8 - n % 8);
}

#else

static CSIGN_INLINE uint32_t rotr32(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

#endif

/* libgcc's 64-bit rotation on an AVR goes by whole bytes already. */
static CSIGN_INLINE uint64_t rotr64(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

#endif
