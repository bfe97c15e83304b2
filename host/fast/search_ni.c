/* SPDX-License-Identifier: MIT */
/* search_ni.c: four candidates in step: with fewer the processor waits for one stream's
 * rounds, with more the streams' words find no room in its registers (bench search). */
#include "search_ni.h"

#include "cpu.h"

#if CPU_MAY_HAVE_SHA

#include "search_message.h"
#include "sha256_ni_rounds.h"

#include <strings.h>

#define STREAMS 4

struct search {
    struct search_message message;
    const csign_table *table;
    /* The messages of the candidates to come, laid out while others are computed: bytes
     * stored one by one are slow to load as 16 at once before they have reached memory.
     */
    uint32_t words[2][STREAMS][2 * SEARCH_BLOCK_WORDS];
    struct sha256_ni inner[STREAMS], outer[STREAMS];
    struct sha256_ni begun; /* inner, with its first quarter done */
    __m128i tag[2];
};

/* Puts the codes from this row on into a set; behind the table's end its last row again.
 */
static void lay_out(struct search *search, int set, size_t row)
{
    const csign_table *table = search->table;

    for (int i = 0; i < STREAMS; i++) {
        size_t last = table->count - 1;
        const uint8_t *code = table->codes + (row < last ? row : last) * table->len;
        uint8_t *words = (uint8_t *)search->words[set][i];

        /* A word's first byte is its highest, which memory has last here. */
        for (uint8_t k = 0; k < table->len; k++)
            words[(search->message.code_at + k) ^ 3] = code[k];
        row++;
    }
}

SHA256_NI_INLINE void load_block(const uint32_t *from, __m128i words[4])
{
    for (int i = 0; i < 4; i++)
        words[i] = _mm_loadu_si128((const __m128i *)(const void *)from + i);
}

SHA256_NI_INLINE void compress_inner(const struct search *search, int set, int block,
                                     int done, struct sha256_ni *states)
{
    struct sha256_ni before[STREAMS];
    __m128i words[STREAMS][4];

#pragma GCC unroll 4
    for (int i = 0; i < STREAMS; i++) {
        before[i] = states[i];
        if (done > 0)
            states[i] = search->begun;
        load_block(search->words[set][i] + block * SEARCH_BLOCK_WORDS, words[i]);
    }
    sha256_ni_blocks(states, words, STREAMS, done, before);
}

SHA256_NI_INLINE void compress_outer(const struct search *search,
                                     struct sha256_ni *states)
{
    __m128i words[STREAMS][4];

#pragma GCC unroll 4
    for (int i = 0; i < STREAMS; i++) {
        sha256_ni_words(&states[i], words[i]);
        words[i][2] = _mm_loadu_si128((const __m128i *)search_outer_tail);
        words[i][3] = _mm_loadu_si128((const __m128i *)search_outer_tail + 1);
        states[i] = search->outer[i];
    }
    sha256_ni_blocks(states, words, STREAMS, 0, search->outer);
}

SHA256_NI_INLINE uint32_t difference(const struct search *search,
                                     const struct sha256_ni *state)
{
    __m128i words[2], all;
    uint64_t half;

    sha256_ni_words(state, words);
    all = _mm_or_si128(_mm_xor_si128(words[0], search->tag[0]),
                       _mm_xor_si128(words[1], search->tag[1]));
    all = _mm_or_si128(all, _mm_unpackhi_epi64(all, all));
    half = (uint64_t)_mm_cvtsi128_si64(all);
    return (uint32_t)(half | half >> 32);
}

SHA256_NI static void compute(const struct search *search, int set, uint32_t *differences)
{
    struct sha256_ni states[STREAMS];

    memcpy(states, search->inner, sizeof states);
    if (search->message.code_at % 64 >= 16)
        compress_inner(search, set, search->message.first, 1, states);
    else
        compress_inner(search, set, search->message.first, 0, states);
    if (search->message.first + 1 < search->message.blocks)
        compress_inner(search, set, 1, 0, states);
    compress_outer(search, states);
    for (int i = 0; i < STREAMS; i++)
        differences[i] = difference(search, &states[i]);
}

SHA256_NI static void begin(struct search *search, const csign_table *table)
{
    const struct search_message *message = &search->message;
    __m128i words[4];

    search->table = table;
    for (int i = 0; i < STREAMS; i++) {
        search->inner[i] = sha256_ni_load(message->inner);
        search->outer[i] = sha256_ni_load(message->outer);
        memcpy(search->words[0][i], message->words, sizeof message->words);
        memcpy(search->words[1][i], message->words, sizeof message->words);
    }
    memcpy(search->tag, message->tag, sizeof search->tag);
    load_block(search->words[0][0] + message->first * SEARCH_BLOCK_WORDS, words);
    search->begun = search->inner[0];
    sha256_ni_quarter(&search->begun, words, 0);
    lay_out(search, 0, 0);
}

size_t search_ni(const csign_settings *settings, const void *keyed, const uint8_t *r,
                 const csign_table *table, uint32_t rights, const uint8_t *tag)
{
    struct search search;
    struct search_walk walk = {CSIGN_NO_ROW, rights, CSIGN_RIGHT_OF_ROW_0};
    uint32_t differences[STREAMS];
    int set = 0;

    if (!search_message_is_for(settings))
        return csign_classic_search(settings, keyed, r, table, rights, tag);
    if (table->count == 0)
        return CSIGN_NO_ROW;
    search_message_make(&search.message, settings, keyed, r, table->len, tag);
    begin(&search, table);
    for (size_t row = 0; row < table->count; row += STREAMS, set = !set) {
        lay_out(&search, !set, row + STREAMS);
        compute(&search, set, differences);
        for (size_t i = 0; i < STREAMS && row + i < table->count; i++)
            search_walk_on(&walk, row + i, differences[i]);
    }
    explicit_bzero(&search, sizeof search);
    return walk.found;
}

#else

size_t search_ni(const csign_settings *settings, const void *keyed, const uint8_t *r,
                 const csign_table *table, uint32_t rights, const uint8_t *tag)
{
    return csign_classic_search(settings, keyed, r, table, rights, tag);
}

#endif
