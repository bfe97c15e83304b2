/* SPDX-License-Identifier: MIT */
#include "utf8.h"

/* How many bytes a character with this first byte has; 0: no character starts so. */
static size_t sequence_len(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    if (first >= 0xf0 && first <= 0xf4)
        return 4;
    return 0;
}

/* The second byte alone decides about overlong forms, surrogates and the upper end. */
static bool second_fits(uint8_t first, uint8_t second)
{
    uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

    return second >= lowest && second <= highest;
}

bool utf8_valid(const uint8_t *bytes, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t sequence = sequence_len(bytes[at]);

        if (sequence == 0 || sequence > len - at)
            return false;
        if (sequence > 1 && !second_fits(bytes[at], bytes[at + 1]))
            return false;
        for (size_t i = 2; i < sequence; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80)
                return false;
        }
        at += sequence;
    }
    return true;
}
