/* SPDX-License-Identifier: MIT */
/* sha256.c: SHA-256 as FIPS 180-4, section 6.2 has it. The message schedule is computed
 * in the block itself, 16 words at a time. */
#include "hash_impl.h"

CSIGN_ASSERT_WORK(csign_sha256_work, 32, 64);

static void start(void *state)
{
    static const uint32_t initial[8] CSIGN_FLASH = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    uint32_t *word = (uint32_t *)state;

    for (uint8_t i = 0; i < 8; i++)
        word[i] = csign_flash_u32(&initial[i]);
}

const csign_hash csign_sha256 = {
    .id = 1,
    .digest_size = 32,
    .state_size = 32,
    .block_size = 64,
    .start = start,
    .compress = csign_sha256_compress,
    .finish = csign_md_finish,
};

/* Where CSIGN_SHA256_ASM is defined, assembly supplies csign_sha256_compress(). */
#ifndef CSIGN_SHA256_ASM

static const uint32_t constants[64] CSIGN_FLASH = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
};

#if CSIGN_SMALL

/* The same sums as below, grouped so that the words turn by fewer single bits. */

static CSIGN_INLINE uint32_t big_sigma0(uint32_t x)
{
    return rotr32(x, 2) ^ rotr32(rotr32(x, 24) ^ rotr32(x, 15), 30);
}

static CSIGN_INLINE uint32_t big_sigma1(uint32_t x)
{
    return rotr32(x, 6) ^ rotr32(rotr32(x, 24) ^ rotr32(x, 10), 1);
}

static CSIGN_INLINE uint32_t small_sigma0(uint32_t x)
{
    uint32_t by2 = rotr32(x, 2);

    return rotr32(x, 7) ^ rotr32(by2, 16) ^ (rotr32(by2, 1) & 0x1fffffff);
}

static CSIGN_INLINE uint32_t small_sigma1(uint32_t x)
{
    uint32_t by1 = rotr32(x, 1), by2 = rotr32(by1, 1), by3 = rotr32(by2, 1);

    return rotr32(by1 ^ by3, 16) ^ (by2 >> 8 & 0x003fffff);
}

#else

static CSIGN_INLINE uint32_t big_sigma0(uint32_t x)
{
    return rotr32(x, 2) ^ rotr32(x, 13) ^ rotr32(x, 22);
}

static CSIGN_INLINE uint32_t big_sigma1(uint32_t x)
{
    return rotr32(x, 6) ^ rotr32(x, 11) ^ rotr32(x, 25);
}

static CSIGN_INLINE uint32_t small_sigma0(uint32_t x)
{
    return rotr32(x, 7) ^ rotr32(x, 18) ^ x >> 3;
}

static CSIGN_INLINE uint32_t small_sigma1(uint32_t x)
{
    return rotr32(x, 17) ^ rotr32(x, 19) ^ x >> 10;
}

#endif

#if CSIGN_SMALL

/* Sixteen rounds. The chaining value, a .. h at a[0] .. a[7], slides down a window of
 * memory a word a round, so that no word is moved; where the next a will come lies
 * constant plus schedule word. Volatile keeps the compiler from reading ahead: an AVR has
 * registers for five words. */
static CSIGN_APART void sixteen_rounds(volatile uint32_t *a)
{
    for (uint8_t t = 0; t < 16; t++, a--) {
        uint32_t sum = a[7], x, y;

        sum += a[-1];
        y = a[6];
        x = a[5] ^ y;
        x &= a[4];
        sum += x ^ y;
        sum += big_sigma1(a[4]);
        a[3] += sum;
        sum += big_sigma0(a[0]);
        x = a[0];
        y = a[1];
        sum += (x & y) | ((x | y) & a[2]);
        a[-1] = sum;
    }
}

/* Schedule word t modulo 16; at is 4 * t, so that an AVR need not shift. */
static CSIGN_INLINE volatile uint32_t *wrapped(uint32_t *w, unsigned at)
{
    return (volatile uint32_t *)(volatile void *)((uint8_t *)w + (uint8_t)(at & 63));
}

static CSIGN_APART void extend(uint32_t *w)
{
    for (uint8_t at = 0; at < 64; at = (uint8_t)(at + 4)) {
        uint32_t sum = small_sigma1(*wrapped(w, at + 56u));

        sum += *wrapped(w, at + 36u);
        sum += small_sigma0(*wrapped(w, at + 4u));
        *wrapped(w, at) += sum;
    }
}

static void rounds(uint32_t *state, uint32_t *w)
{
    uint32_t window[16 + 8];
    const uint32_t *latest = state;

    for (uint8_t t = 0; t < 64; t = (uint8_t)(t + 16)) {
        memcpy(window + 16, latest, 32);
        latest = window;
        if (t > 0)
            extend(w);
        for (uint8_t i = 0; i < 16; i++)
            window[15 - i] = w[i] + csign_flash_u32(&constants[t + i]);
        sixteen_rounds(window + 16);
    }
    for (uint8_t i = 0; i < 8; i++)
        state[i] += window[i];
}

#else

/* Makes the next 16 schedule words of the last 16, in place. */
static CSIGN_INLINE void extend(uint32_t *w)
{
    for (unsigned t = 0; t < 16; t++)
        w[t] += small_sigma1(w[(t + 14) % 16]) + w[(t + 9) % 16] +
                small_sigma0(w[(t + 1) % 16]);
}

/* One round: h comes with constant and schedule word added, d becomes the next e, and the
 * next a is returned. b_xor_c is b ^ c, which the round before had as its a ^ b. */
static CSIGN_INLINE uint32_t turn(uint32_t a, uint32_t b, uint32_t *b_xor_c, uint32_t *d,
                                  uint32_t e, uint32_t f, uint32_t g, uint32_t h)
{
    uint32_t majority = ((a ^ b) & *b_xor_c) ^ b;

    *b_xor_c = a ^ b;
    h += big_sigma1(e) + (((f ^ g) & e) ^ g);
    *d += h;
    return h + big_sigma0(a) + majority;
}

#define WORD(t) (w[t] + csign_flash_u32(&k[t]))
#define EIGHT_ROUNDS(t)                                                                  \
    h = turn(a, b, &b_xor_c, &d, e, f, g, h + WORD(t));                                  \
    g = turn(h, a, &b_xor_c, &c, d, e, f, g + WORD((t) + 1));                            \
    f = turn(g, h, &b_xor_c, &b, c, d, e, f + WORD((t) + 2));                            \
    e = turn(f, g, &b_xor_c, &a, b, c, d, e + WORD((t) + 3));                            \
    d = turn(e, f, &b_xor_c, &h, a, b, c, d + WORD((t) + 4));                            \
    c = turn(d, e, &b_xor_c, &g, h, a, b, c + WORD((t) + 5));                            \
    b = turn(c, d, &b_xor_c, &f, g, h, a, b + WORD((t) + 6));                            \
    a = turn(b, c, &b_xor_c, &e, f, g, h, a + WORD((t) + 7))

static void rounds(uint32_t *state, uint32_t *w)
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    uint32_t b_xor_c = b ^ c;

    for (const uint32_t *k = constants; k < constants + 64; k += 16) {
        if (k > constants)
            extend(w);
        EIGHT_ROUNDS(0);
        EIGHT_ROUNDS(8);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

#endif

void csign_sha256_compress(csign_work *head)
{
    csign_sha256_work *work = (csign_sha256_work *)(void *)head;

    for (uint8_t i = 0; i < 16; i++)
        work->block.words[i] = load32_be(work->block.bytes + 4 * i);
    rounds(work->state, work->block.words);
}

#endif
