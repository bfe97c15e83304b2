/* SPDX-License-Identifier: MIT */
/* sha256_ni_rounds.h: SHA-256 (FIPS 180-4, section 6.2) by the SHA extensions of x86-64,
 * for one message or several at once. Included where CPU_MAY_HAVE_SHA, and used only
 * where cpu_has_sha().
 *
 * The extensions want the chaining value as two registers, a b e f and c d g h, highest
 * word first. sha256rnds2 makes two rounds of a stream and its next two wait for the
 * result; other streams fill that gap, so several are turned in step.
 */
#ifndef SHA256_NI_ROUNDS_H
#define SHA256_NI_ROUNDS_H

#include <immintrin.h>
#include <stdint.h>

#include "sha256_constants.h"

#define SHA256_NI __attribute__((target("sha,sse4.1,ssse3")))
#define SHA256_NI_INLINE                                                                 \
    __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline

struct sha256_ni {
    __m128i abef, cdgh;
};

SHA256_NI_INLINE struct sha256_ni sha256_ni_load(const uint32_t state[8])
{
    __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state + 1), 0x1b);

    return (struct sha256_ni){_mm_alignr_epi8(cdab, efgh, 8),
                              _mm_blend_epi16(efgh, cdab, 0xf0)};
}

/* The chaining value's words in order: a b c d and e f g h, lowest first. */
SHA256_NI_INLINE void sha256_ni_words(const struct sha256_ni *state, __m128i words[2])
{
    __m128i feba = _mm_shuffle_epi32(state->abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(state->cdgh, 0xb1);

    words[0] = _mm_blend_epi16(feba, dchg, 0xf0);
    words[1] = _mm_alignr_epi8(dchg, feba, 8);
}

/* Turns the bytes of each word, between memory's order and the hash's. */
SHA256_NI_INLINE __m128i sha256_ni_turn(__m128i words)
{
    const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

    return _mm_shuffle_epi8(words, order);
}

SHA256_NI_INLINE void sha256_ni_read(const uint8_t block[64], __m128i words[4])
{
    for (int i = 0; i < 4; i++)
        words[i] = sha256_ni_turn(_mm_loadu_si128((const __m128i *)block + i));
}

/* The schedule's small sigma 0 of four words (section 4.1.2), by shifts. sha256msg1 does
 * it too, but waits for the place in the processor where sha256rnds2 works; shifts do
 * not. */
SHA256_NI_INLINE __m128i sha256_ni_sigma0(__m128i words)
{
    __m128i right = _mm_srli_epi32(words, 7), left = _mm_slli_epi32(words, 14);
    __m128i sum = _mm_xor_si128(_mm_srli_epi32(words, 3), right);

    sum = _mm_xor_si128(sum, _mm_xor_si128(_mm_srli_epi32(right, 11), left));
    return _mm_xor_si128(sum, _mm_slli_epi32(left, 11));
}

/* Four rounds, quarter 0 .. 15 of the 64; from the fourth quarter on the next four words
 * of the schedule replace those that are 16 back. */
SHA256_NI_INLINE void sha256_ni_quarter(struct sha256_ni *state, __m128i words[4],
                                        int quarter)
{
    __m128i *word = &words[quarter % 4];
    __m128i next = words[(quarter + 1) % 4], last = words[(quarter + 3) % 4], sum;

    if (quarter >= 4) {
        sum = _mm_add_epi32(*word, sha256_ni_sigma0(_mm_alignr_epi8(next, *word, 4)));
        sum = _mm_add_epi32(sum, _mm_alignr_epi8(last, words[(quarter + 2) % 4], 4));
        *word = _mm_sha256msg2_epu32(sum, last);
    }
    sum = _mm_add_epi32(*word,
                        _mm_loadu_si128((const __m128i *)sha256_constants + quarter));
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
    state->abef =
        _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* Compresses one block of each of count streams. The first quarters, up to `done`, are in
 * the states already; `before` holds the chaining values that the streams began with. */
SHA256_NI_INLINE void sha256_ni_blocks(struct sha256_ni *states, __m128i (*words)[4],
                                       int count, int done,
                                       const struct sha256_ni *before)
{
#pragma GCC unroll 16
    for (int quarter = done; quarter < 16; quarter++) {
#pragma GCC unroll 4
        for (int i = 0; i < count; i++)
            sha256_ni_quarter(&states[i], words[i], quarter);
    }
#pragma GCC unroll 4
    for (int i = 0; i < count; i++) {
        states[i].abef = _mm_add_epi32(states[i].abef, before[i].abef);
        states[i].cdgh = _mm_add_epi32(states[i].cdgh, before[i].cdgh);
    }
}

#endif
