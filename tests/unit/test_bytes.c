/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "csign/bytes.h"

#define LEN 40

static void fill(uint8_t *bytes, uint8_t first)
{
    for (uint8_t i = 0; i < LEN; i++)
        bytes[i] = (uint8_t)(first + i);
}

TEST(wiping_zeroes_every_byte_and_none_beside_them)
{
    for (uint8_t from = 1; from < 4; from++) {
        for (uint8_t len = 0; len < LEN - 4; len++) {
            uint8_t bytes[LEN];

            fill(bytes, 1);
            csign_wipe(bytes + from, len);
            for (uint8_t i = 0; i < LEN; i++)
                CHECK_EQUAL(bytes[i], i >= from && i < from + len ? 0 : i + 1);
        }
    }
}

TEST(equal_bytes_are_the_same_at_every_length)
{
    uint8_t a[LEN], b[LEN];

    fill(a, 200);
    fill(b, 200);
    for (uint8_t len = 0; len <= LEN; len++) {
        if (len < LEN)
            b[len] ^= 0xff; /* behind what is compared */
        CHECK_EQUAL(csign_same(a, b, len), 0xff);
        fill(b, 200);
    }
}

TEST(one_bit_anywhere_makes_a_difference)
{
    uint8_t a[LEN], b[LEN];

    fill(a, 7);
    fill(b, 7);
    for (uint8_t i = 0; i < LEN; i++) {
        for (uint8_t bit = 0; bit < 8; bit++) {
            b[i] = (uint8_t)(b[i] ^ 1u << bit);
            CHECK_EQUAL(csign_same(a, b, LEN), 0);
            CHECK_EQUAL(csign_same(b, a, LEN), 0);
            b[i] = (uint8_t)(b[i] ^ 1u << bit);
        }
    }
}

TEST(every_difference_of_a_byte_is_seen)
{
    uint8_t zero = 0;

    for (uint16_t other = 1; other < 256; other++) {
        uint8_t byte = (uint8_t)other;

        CHECK_EQUAL(csign_same(&zero, &byte, 1), 0);
    }
}

TEST(differences_that_cancel_out_are_still_differences)
{
    static const uint8_t a[2] = {0x0f, 0xf0}, b[2] = {0xf0, 0x0f};

    CHECK_EQUAL(csign_same(a, b, 2), 0);
}

TEST(selecting_copies_under_a_full_mask_and_leaves_all_under_an_empty_one)
{
    uint8_t to[LEN], from[LEN], before[LEN];

    for (uint8_t len = 0; len < LEN; len++) {
        fill(to, 3);
        fill(before, 3);
        fill(from, 150);
        csign_select(to, from, len, 0x00);
        CHECK_BYTES(to, before, LEN);
        csign_select(to, from, len, 0xff);
        CHECK_BYTES(to, from, len);
        CHECK_BYTES(to + len, before + len, (size_t)(LEN - len));
    }
}

TESTS(RUN(wiping_zeroes_every_byte_and_none_beside_them),
      RUN(equal_bytes_are_the_same_at_every_length),
      RUN(one_bit_anywhere_makes_a_difference), RUN(every_difference_of_a_byte_is_seen),
      RUN(differences_that_cancel_out_are_still_differences),
      RUN(selecting_copies_under_a_full_mask_and_leaves_all_under_an_empty_one))
