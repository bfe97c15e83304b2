/* SPDX-License-Identifier: MIT */
/* blake2s.c: BLAKE2s-256 without a key, as RFC 7693 has it. */
#include "hash_impl.h"

CSIGN_ASSERT_WORK(csign_blake2s_work, 32, 64);

static const uint32_t initial[8] CSIGN_FLASH = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static void start(void *state)
{
    uint32_t *word = (uint32_t *)state;

    for (uint8_t i = 0; i < 8; i++)
        word[i] = csign_flash_u32(&initial[i]);
    word[0] ^= 0x01010020; /* digest of 32 bytes, no key, fanout 1, depth 1 */
}

static void finish(const csign_hash *hash, csign_work *head, uint8_t *out)
{
    csign_blake2s_work *work = (csign_blake2s_work *)(void *)head;

    memset(work->block.bytes + head->fill, 0, (size_t)(64 - head->fill));
    head->last = 1;
    csign_hash_block(hash, head);
    for (uint8_t i = 0; i < 8; i++)
        store32_le(out + 4 * i, work->state[i]);
}

const csign_hash csign_blake2s = {
    .id = 3,
    .digest_size = 32,
    .state_size = 32,
    .block_size = 64,
    .start = start,
    .compress = csign_blake2s_compress,
    .finish = finish,
};

/* Where CSIGN_BLAKE2S_ASM is defined, assembly supplies csign_blake2s_compress(). */
#ifndef CSIGN_BLAKE2S_ASM

/* The message words of each mix, two in a byte, the first in the high half; a line is a
 * round, four columns and four diagonals. */
/* clang-format off */
static const uint8_t schedule[80] CSIGN_FLASH = {
    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
    0xea, 0x48, 0x9f, 0xd6, 0x1c, 0x02, 0xb7, 0x53,
    0xb8, 0xc0, 0x52, 0xfd, 0xae, 0x36, 0x71, 0x94,
    0x79, 0x31, 0xdc, 0xbe, 0x26, 0x5a, 0x40, 0xf8,
    0x90, 0x57, 0x24, 0xaf, 0xe1, 0xbc, 0x68, 0x3d,
    0x2c, 0x6a, 0x0b, 0x83, 0x4d, 0x75, 0xfe, 0x19,
    0xc5, 0x1f, 0xed, 0x4a, 0x07, 0x63, 0x92, 0x8b,
    0xdb, 0x7e, 0xc1, 0x39, 0x50, 0xf4, 0x86, 0x2a,
    0x6f, 0xe9, 0xb3, 0x08, 0xc2, 0xd7, 0x14, 0xa5,
    0xa2, 0x84, 0x76, 0x15, 0xfb, 0x9e, 0x3c, 0xd0,
};
/* clang-format on */

/* The message words that a byte of the schedule names. */
static CSIGN_INLINE uint32_t high_word(const uint8_t *block, uint8_t pair)
{
    return load32_le(block + (pair >> 2 & 0x3c));
}

static CSIGN_INLINE uint32_t low_word(const uint8_t *block, uint8_t pair)
{
    return load32_le(block + (uint8_t)(pair << 2 & 0x3c));
}

/* RFC 7693's G, the nth of 80, on the words that the pointers name. Locals, because the
 * compiler must think that the pointers may overlap. */
static CSIGN_INLINE void mix(uint32_t *pa, uint32_t *pb, uint32_t *pc, uint32_t *pd,
                             const uint8_t *block, uint8_t n)
{
    uint8_t pair = csign_flash_u8(&schedule[n]);
    uint32_t a = *pa, b = *pb, c = *pc, d = *pd;

    a += b;
    a += high_word(block, pair);
    d = rotr32(d ^ a, 16);
    c += d;
    b = rotr32(b ^ c, 12);
    a += b;
    a += low_word(block, pair);
    d = rotr32(d ^ a, 8);
    c += d;
    b = rotr32(b ^ c, 7);
    *pa = a;
    *pb = b;
    *pc = c;
    *pd = d;
}

#if CSIGN_SMALL

/* The four rows of the working vector with spare words beside three of them, to which the
 * words are copied that a diagonal finds beyond its row's end. So the four columns lie at
 * equal distances and so do the four diagonals, and a loop with one piece of code does
 * each; the rows' order keeps all distances within the 64 bytes of an AVR's
 * displacements. */
enum { B = 0, A = 5, D = 10, C = 14, WORDS = 20 };

static CSIGN_INLINE void fill_spares(uint32_t *v)
{
    v[B + 4] = v[B];
    v[C + 4] = v[C];
    v[C + 5] = v[C + 1];
    v[D - 1] = v[D + 3];
}

static CSIGN_INLINE void fetch_spares(uint32_t *v)
{
    v[B] = v[B + 4];
    v[C] = v[C + 4];
    v[C + 1] = v[C + 5];
    v[D + 3] = v[D - 1];
}

static CSIGN_APART void rounds(uint32_t *v, const uint8_t *block)
{
    uint8_t n = 0; /* mixes done, 8 a round */

    while (n < 80) {
        uint32_t *p = v;

        do {
            mix(p + A, p + B, p + C, p + D, block, n);
            p++;
        } while (++n % 4 != 0);
        fill_spares(v);
        p = v + 1;
        do {
            mix(p + A - 1, p + B, p + C + 1, p + D - 2, block, n);
            p++;
        } while (++n % 4 != 0);
        fetch_spares(v);
    }
}

void csign_blake2s_compress(csign_work *head)
{
    csign_blake2s_work *work = (csign_blake2s_work *)(void *)head;
    uint32_t v[WORDS], *state = work->state;

    memcpy(v + A, state, 16);
    memcpy(v + B, state + 4, 16);
    for (uint8_t i = 0; i < 4; i++) {
        v[C + i] = csign_flash_u32(&initial[i]);
        v[D + i] = csign_flash_u32(&initial[4 + i]);
    }
    v[D] ^= head->length;
    if (head->last)
        v[D + 2] = ~v[D + 2];
    rounds(v, work->block.bytes);
    for (uint8_t i = 0; i < 4; i++) {
        state[i] ^= v[A + i] ^ v[C + i];
        state[4 + i] ^= v[B + i] ^ v[D + i];
    }
}

#else

void csign_blake2s_compress(csign_work *head)
{
    csign_blake2s_work *work = (csign_blake2s_work *)(void *)head;
    const uint8_t *block = work->block.bytes;
    uint32_t v[16];

    memcpy(v, work->state, 32);
    for (uint8_t i = 0; i < 8; i++)
        v[8 + i] = csign_flash_u32(&initial[i]);
    v[12] ^= head->length;
    if (head->last)
        v[14] = ~v[14];
    for (uint8_t n = 0; n < 80;) {
        mix(&v[0], &v[4], &v[8], &v[12], block, n++);
        mix(&v[1], &v[5], &v[9], &v[13], block, n++);
        mix(&v[2], &v[6], &v[10], &v[14], block, n++);
        mix(&v[3], &v[7], &v[11], &v[15], block, n++);
        mix(&v[0], &v[5], &v[10], &v[15], block, n++);
        mix(&v[1], &v[6], &v[11], &v[12], block, n++);
        mix(&v[2], &v[7], &v[8], &v[13], block, n++);
        mix(&v[3], &v[4], &v[9], &v[14], block, n++);
    }
    for (uint8_t i = 0; i < 8; i++)
        work->state[i] ^= v[i] ^ v[8 + i];
}

#endif

#endif
