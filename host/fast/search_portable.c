/* SPDX-License-Identifier: MIT */
/* search_portable.c: the rounds are SHA-256's (FIPS 180-4, section 6.2). They can begin
 * behind those whose words all candidates have alike, and the words are never bytes. */
#include "search_portable.h"

#include "search_message.h"
#include "sha256_constants.h"

#include <strings.h>

/* The eight working variables of the rounds, a .. h. */
struct rounds {
    uint32_t v[8];
};

struct search {
    struct search_message message;
    uint32_t
        words[2 * SEARCH_BLOCK_WORDS]; /* the candidate's message; wiped at the end */
    struct rounds begun; /* the block in which the code begins, its first `done` rounds */
    unsigned done;       /* a multiple of four, so that the variables' names come round */
};

static inline uint32_t turned(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

static inline uint32_t sigma0(uint32_t x)
{
    return turned(x, 7) ^ turned(x, 18) ^ x >> 3;
}

static inline uint32_t sigma1(uint32_t x)
{
    return turned(x, 17) ^ turned(x, 19) ^ x >> 10;
}

/* One round; both is a ^ b of the round before, which is this one's b ^ c. */
#define ROUND(a, b, c, d, e, f, g, h, t)                                                 \
    do {                                                                                 \
        uint32_t now_both = a ^ b;                                                       \
        h += (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + (((f ^ g) & e) ^ g) +      \
             w[(t) % 16] + k[t];                                                         \
        d += h;                                                                          \
        h += (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((now_both & both) ^ b);   \
        both = now_both;                                                                 \
    } while (0)

/* Four rounds move the variables on by four places. */
#define FOUR_ROUNDS(a, b, c, d, e, f, g, h, t)                                           \
    ROUND(a, b, c, d, e, f, g, h, t);                                                    \
    ROUND(h, a, b, c, d, e, f, g, (t) + 1);                                              \
    ROUND(g, h, a, b, c, d, e, f, (t) + 2);                                              \
    ROUND(f, g, h, a, b, c, d, e, (t) + 3)

#define EXTEND(t)                                                                        \
    w[t] += sigma1(w[((t) + 14) % 16]) + w[((t) + 9) % 16] + sigma0(w[((t) + 1) % 16])
#define EXTEND_FOUR(t) EXTEND(t), EXTEND((t) + 1), EXTEND((t) + 2), EXTEND((t) + 3)

/* The rounds from done (0, 4, 8 or 12) on. Four rounds leave the variables in places that
 * are moved by four; `done` tells which. */
static void turn(struct rounds *rounds, uint32_t w[16], unsigned done)
{
    const uint32_t *k = sha256_constants;
    uint32_t *v = rounds->v;
    uint32_t a = v[0], b = v[1], c = v[2], d = v[3];
    uint32_t e = v[4], f = v[5], g = v[6], h = v[7];
    uint32_t both = done % 8 == 0 ? b ^ c : f ^ g;

    switch (done) {
    case 0:
        FOUR_ROUNDS(a, b, c, d, e, f, g, h, 0);
        /* fall through */
    case 4:
        FOUR_ROUNDS(e, f, g, h, a, b, c, d, 4);
        /* fall through */
    case 8:
        FOUR_ROUNDS(a, b, c, d, e, f, g, h, 8);
        /* fall through */
    default:
        FOUR_ROUNDS(e, f, g, h, a, b, c, d, 12);
    }
    for (k += 16; k < sha256_constants + 64; k += 16) {
        EXTEND_FOUR(0);
        FOUR_ROUNDS(a, b, c, d, e, f, g, h, 0);
        EXTEND_FOUR(4);
        FOUR_ROUNDS(e, f, g, h, a, b, c, d, 4);
        EXTEND_FOUR(8);
        FOUR_ROUNDS(a, b, c, d, e, f, g, h, 8);
        EXTEND_FOUR(12);
        FOUR_ROUNDS(e, f, g, h, a, b, c, d, 12);
    }
    v[0] = a, v[1] = b, v[2] = c, v[3] = d;
    v[4] = e, v[5] = f, v[6] = g, v[7] = h;
}

static void compress(uint32_t state[8], uint32_t w[16])
{
    struct rounds rounds;

    memcpy(rounds.v, state, sizeof rounds.v);
    turn(&rounds, w, 0);
    for (int i = 0; i < 8; i++)
        state[i] += rounds.v[i];
}

/* The block in which the code begins: its first rounds are done. */
static void compress_begun(const struct search *search, uint32_t state[8], uint32_t w[16])
{
    struct rounds rounds = search->begun;

    turn(&rounds, w, search->done);
    for (int i = 0; i < 8; i++)
        state[i] = search->message.inner[i] + rounds.v[i];
}

/* Rounds whose words the challenge fills; where an odd number of fours was done, the
 * variables are left in the places that turn() has them in then. */
static void begin(struct search *search)
{
    struct search_message *message = &search->message;
    const uint32_t *w = message->words + message->first * SEARCH_BLOCK_WORDS;
    const uint32_t *k = sha256_constants;
    uint32_t *v = search->begun.v;

    memcpy(v, message->inner, sizeof search->begun.v);
    search->done = message->code_at % 64u / 16 * 4;
    for (unsigned t = 0; t < search->done; t++, k++, w++) {
        uint32_t a = v[(64 - t) % 8], b = v[(65 - t) % 8], c = v[(66 - t) % 8];
        uint32_t e = v[(68 - t) % 8], f = v[(69 - t) % 8], g = v[(70 - t) % 8];
        uint32_t *d = &v[(67 - t) % 8], *h = &v[(71 - t) % 8];

        *h += (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + *k +
              *w;
        *d += *h;
        *h += (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) +
              ((a & b) ^ (a & c) ^ (b & c));
    }
}

/* Lays a candidate's message out. */
static void lay_out(const struct search_message *message, const uint8_t *code,
                    uint8_t len, uint32_t *words)
{
    unsigned at = message->code_at;

    memcpy(words, message->words, sizeof message->words);
    for (uint8_t i = 0; i < len; i++, at++)
        words[at / 4] |= (uint32_t)code[i] << (24 - at % 4 * 8);
}

/* The bits in which the candidate's HMAC differs from the tag. */
static uint32_t difference(struct search *search, const uint8_t *code, uint8_t len)
{
    const struct search_message *message = &search->message;
    uint32_t *words = search->words, outer[8], sum = 0;

    lay_out(message, code, len, words);
    memcpy(outer, message->outer, sizeof outer);
    /* The inner digest becomes the outer block's first half. */
    if (message->blocks - message->first == 2) {
        uint32_t state[8];

        compress_begun(search, state, words);
        compress(state, words + SEARCH_BLOCK_WORDS);
        memcpy(words, state, sizeof state);
    } else {
        compress_begun(search, words, words + message->first * SEARCH_BLOCK_WORDS);
    }
    memcpy(words + 8, search_outer_tail, sizeof search_outer_tail);
    compress(outer, words);
    for (int i = 0; i < 8; i++)
        sum |= outer[i] ^ message->tag[i];
    return sum;
}

size_t search_portable(const csign_settings *settings, const void *keyed,
                       const uint8_t *r, const csign_table *table, uint32_t rights,
                       const uint8_t *tag)
{
    struct search search;
    struct search_walk walk = {CSIGN_NO_ROW, rights, CSIGN_RIGHT_OF_ROW_0};

    if (!search_message_is_for(settings))
        return csign_classic_search(settings, keyed, r, table, rights, tag);
    search_message_make(&search.message, settings, keyed, r, table->len, tag);
    begin(&search);
    for (size_t row = 0; row < table->count; row++)
        search_walk_on(&walk, row,
                       difference(&search, table->codes + row * table->len, table->len));
    explicit_bzero(&search, sizeof search);
    return walk.found;
}
