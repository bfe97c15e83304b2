/* SPDX-License-Identifier: MIT */
#include "sha256_ni.h"

#include "cpu.h"

#if CPU_MAY_HAVE_SHA

#include "sha256_ni_rounds.h"

SHA256_NI void sha256_ni_compress(csign_work *head)
{
    csign_sha256_work *work = (csign_sha256_work *)(void *)head;
    struct sha256_ni before = sha256_ni_load(work->state), state = before;
    __m128i words[1][4], out[2];

    sha256_ni_read(work->block.bytes, words[0]);
    sha256_ni_blocks(&state, words, 1, 0, &before);
    sha256_ni_words(&state, out);
    _mm_storeu_si128((__m128i *)(void *)work->state, out[0]);
    _mm_storeu_si128((__m128i *)(void *)work->state + 1, out[1]);
}

#else

void sha256_ni_compress(csign_work *work)
{
    csign_sha256.compress(work);
}

#endif
