/* SPDX-License-Identifier: MIT */
/* sha1.c: SHA-1 as FIPS 180-4, section 6.1.3 has it, the schedule in the block itself. */
#include "hash_impl.h"

CSIGN_ASSERT_WORK(csign_sha1_work, 20, 64);

static void start(void *state)
{
    static const uint32_t initial[5] CSIGN_FLASH = {
        0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0,
    };
    uint32_t *word = (uint32_t *)state;

    for (uint8_t i = 0; i < 5; i++)
        word[i] = csign_flash_u32(&initial[i]);
}

/* The function of round t, with the constant that goes with it. */
static CSIGN_INLINE uint32_t mix(uint8_t t, uint32_t b, uint32_t c, uint32_t d)
{
    if (t < 20)
        return (((c ^ d) & b) ^ d) + 0x5a827999;
    if (t < 40)
        return (b ^ c ^ d) + 0x6ed9eba1;
    if (t < 60)
        return ((b & c) | ((b | c) & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

static CSIGN_INLINE uint32_t schedule(uint32_t *w, uint8_t t)
{
    uint32_t *word = &w[t % 16];

    if (t >= 16)
        *word = rotr32(w[(t + 13) % 16] ^ w[(t + 8) % 16] ^ w[(t + 2) % 16] ^ *word, 31);
    return *word;
}

static void compress(csign_work *head)
{
    csign_sha1_work *work = (csign_sha1_work *)(void *)head;
    uint32_t *w = work->block.words, *state = work->state;
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (uint8_t i = 0; i < 16; i++)
        w[i] = load32_be(work->block.bytes + 4 * i);
    for (uint8_t t = 0; t < 80; t++) {
        e += rotr32(a, 27) + mix(t, b, c, d) + schedule(w, t);
        uint32_t next = e;
        e = d;
        d = c;
        c = rotr32(b, 2);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

const csign_hash csign_sha1 = {
    .id = 0,
    .digest_size = 20,
    .state_size = 20,
    .block_size = 64,
    .start = start,
    .compress = compress,
    .finish = csign_md_finish,
};
