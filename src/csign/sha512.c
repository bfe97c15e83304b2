/* SPDX-License-Identifier: MIT */
/* sha512.c: SHA-512 as FIPS 180-4, section 6.4 has it, the schedule in the block itself.
 */
#include "hash_impl.h"

CSIGN_ASSERT_WORK(csign_sha512_work, 64, 128);

#if CSIGN_SMALL
typedef uint8_t part;
#define WORD(x)                                                                          \
    (uint8_t)(x), (uint8_t)((x) >> 8), (uint8_t)((x) >> 16), (uint8_t)((x) >> 24),       \
        (uint8_t)((x) >> 32), (uint8_t)((x) >> 40), (uint8_t)((x) >> 48),                \
        (uint8_t)((x) >> 56)
#else
typedef uint64_t part;
#define WORD(x) x
#endif

static const part initial[] CSIGN_FLASH = {
    WORD(0x6a09e667f3bcc908), WORD(0xbb67ae8584caa73b), WORD(0x3c6ef372fe94f82b),
    WORD(0xa54ff53a5f1d36f1), WORD(0x510e527fade682d1), WORD(0x9b05688c2b3e6c1f),
    WORD(0x1f83d9abfb41bd6b), WORD(0x5be0cd19137e2179),
};

static const part constants[] CSIGN_FLASH = {
    WORD(0x428a2f98d728ae22), WORD(0x7137449123ef65cd), WORD(0xb5c0fbcfec4d3b2f),
    WORD(0xe9b5dba58189dbbc), WORD(0x3956c25bf348b538), WORD(0x59f111f1b605d019),
    WORD(0x923f82a4af194f9b), WORD(0xab1c5ed5da6d8118), WORD(0xd807aa98a3030242),
    WORD(0x12835b0145706fbe), WORD(0x243185be4ee4b28c), WORD(0x550c7dc3d5ffb4e2),
    WORD(0x72be5d74f27b896f), WORD(0x80deb1fe3b1696b1), WORD(0x9bdc06a725c71235),
    WORD(0xc19bf174cf692694), WORD(0xe49b69c19ef14ad2), WORD(0xefbe4786384f25e3),
    WORD(0x0fc19dc68b8cd5b5), WORD(0x240ca1cc77ac9c65), WORD(0x2de92c6f592b0275),
    WORD(0x4a7484aa6ea6e483), WORD(0x5cb0a9dcbd41fbd4), WORD(0x76f988da831153b5),
    WORD(0x983e5152ee66dfab), WORD(0xa831c66d2db43210), WORD(0xb00327c898fb213f),
    WORD(0xbf597fc7beef0ee4), WORD(0xc6e00bf33da88fc2), WORD(0xd5a79147930aa725),
    WORD(0x06ca6351e003826f), WORD(0x142929670a0e6e70), WORD(0x27b70a8546d22ffc),
    WORD(0x2e1b21385c26c926), WORD(0x4d2c6dfc5ac42aed), WORD(0x53380d139d95b3df),
    WORD(0x650a73548baf63de), WORD(0x766a0abb3c77b2a8), WORD(0x81c2c92e47edaee6),
    WORD(0x92722c851482353b), WORD(0xa2bfe8a14cf10364), WORD(0xa81a664bbc423001),
    WORD(0xc24b8b70d0f89791), WORD(0xc76c51a30654be30), WORD(0xd192e819d6ef5218),
    WORD(0xd69906245565a910), WORD(0xf40e35855771202a), WORD(0x106aa07032bbd1b8),
    WORD(0x19a4c116b8d2d0c8), WORD(0x1e376c085141ab53), WORD(0x2748774cdf8eeb99),
    WORD(0x34b0bcb5e19b48a8), WORD(0x391c0cb3c5c95a63), WORD(0x4ed8aa4ae3418acb),
    WORD(0x5b9cca4f7763e373), WORD(0x682e6ff3d6b2b8a3), WORD(0x748f82ee5defb2fc),
    WORD(0x78a5636f43172f60), WORD(0x84c87814a1f0ab72), WORD(0x8cc702081a6439ec),
    WORD(0x90befffa23631e28), WORD(0xa4506cebde82bde9), WORD(0xbef9a3f7b2c67915),
    WORD(0xc67178f2e372532b), WORD(0xca273eceea26619c), WORD(0xd186b8c721c0c207),
    WORD(0xeada7dd6cde0eb1e), WORD(0xf57d4f7fee6ed178), WORD(0x06f067aa72176fba),
    WORD(0x0a637dc5a2c898a6), WORD(0x113f9804bef90dae), WORD(0x1b710b35131c471b),
    WORD(0x28db77f523047d84), WORD(0x32caab7b40c72493), WORD(0x3c9ebe0a15c9bebc),
    WORD(0x431d67c49c100d4c), WORD(0x4cc5d4becb3e42b6), WORD(0x597f299cfc657e2a),
    WORD(0x5fcb6fab3ad6faec), WORD(0x6c44198c4a475817),
};

#if CSIGN_SMALL

/* An 8-bit machine makes a sum byte by byte, all its terms in one loop. A byte of a
 * rotated word comes from two neighbours, and a word that turns lies twice in a row, so
 * that the last byte finds the first behind it. The chaining value keeps its words in
 * bytes, low ones first, on any machine, and so does the block while it is compressed.
 *
 * Where the variables lie. NEXT: T1, then the a of the next round. LAST: what fetch()
 * copies, 25 bytes. */
enum {
    F = 0,
    G = 8,
    H = 16,
    E = 24,
    NEXT = 40,
    A = 48,
    B = 64,
    C = 72,
    D = 80,
    LAST = 88,
    ALL = 113
};

/* Two bytes, the lower first, of which eight bits in the middle are wanted. */
static CSIGN_INLINE uint16_t pair(const uint8_t *x)
{
    return (uint16_t)(x[1] << 8 | x[0]);
}

static CSIGN_INLINE uint8_t right(uint16_t x, unsigned count)
{
    return (uint8_t)(x >> count);
}

static CSIGN_INLINE uint8_t left(uint16_t x, unsigned count)
{
    return (uint8_t)(x << count >> 8);
}

/* T1 = h + Ch(e, f, g) + Sigma1(e) + schedule word + constant; a, e, f and g age. */
static CSIGN_INLINE void make_t1(uint8_t *v, const uint8_t *w, const uint8_t *k)
{
    uint16_t sum = 0;

    for (uint8_t i = 8; i > 0; i--, v++) {
        CSIGN_NEAR(v);
        uint8_t e = v[E], f = v[F], g = v[G], x;

        sum += v[H];
        sum += *w++;
        sum += csign_flash_u8(k++);
        v[H] = g;
        v[G] = f;
        v[F] = e;
        sum += (uint8_t)(((f ^ g) & e) ^ g);
        x = v[NEXT];
        v[A] = x;
        v[A + 8] = x;
        x = left(pair(v + E + 1), 2);
        x ^= right((uint16_t)(pair(v + E + 2) >> 1 ^ pair(v + E + 5)), 1);
        sum += x;
        v[NEXT] = (uint8_t)sum;
        sum >>= 8;
    }
}

/* e = d + T1; the next a = T1 + Sigma0(a) + Maj(a, b, c). */
static CSIGN_INLINE void make_e_and_a(uint8_t *v)
{
    uint16_t e = 0, sum = 0;

    v += E; /* an AVR reaches 64 bytes */
    for (uint8_t i = 8; i > 0; i--, v++) {
        CSIGN_NEAR(v);
        uint8_t a = v[A - E], b = v[B - E], c = v[C - E], x = v[NEXT - E];

        sum += x;
        e = (uint16_t)(e + x + v[D - E]);
        v[0] = (uint8_t)e;
        v[8] = (uint8_t)e;
        e >>= 8;
        v[D - E] = c;
        v[C - E] = b;
        v[B - E] = a;
        sum += (uint8_t)((a & b) | ((a | b) & c));
        x = right((uint16_t)(pair(v + A - E + 3) >> 2 ^ pair(v + A - E + 4)), 2);
        x ^= left(pair(v + A - E + 4), 1);
        sum += x;
        v[NEXT - E] = (uint8_t)sum;
        sum >>= 8;
    }
}

static CSIGN_APART void sixteen_rounds(uint8_t *v, const uint8_t *w, const uint8_t *k)
{
    for (uint8_t i = 16; i > 0; i--, w += 8, k += 8) {
        make_t1(v, w, k);
        make_e_and_a(v);
    }
}

/* Copies W[t-2], twice, and W[t-15] with its first byte behind it. */
static CSIGN_INLINE void fetch(uint8_t *v, const uint8_t *w2, const uint8_t *w15)
{
    v[24] = *w15;
    for (uint8_t i = 8; i > 0; i--, v++) {
        CSIGN_NEAR(v);
        uint8_t x2 = *w2++, x15 = *w15++;

        v[0] = x2;
        v[8] = x2;
        v[16] = x15;
    }
}

/* W[t-16] becomes W[t]. v: what fetch() copied. What a rotation brings into the last byte
 * and a shift does not is taken out of it afterwards. */
static CSIGN_INLINE void add_sigmas(uint8_t *w, const uint8_t *w7, const uint8_t *v)
{
    uint16_t sum = 0;
    uint8_t x, y;

    for (uint8_t i = 8; i > 0; i--, v++) {
        CSIGN_NEAR(v);
        x = right(pair(v + 16), 1);
        x ^= left(pair(v + 16), 1);
        x ^= v[17];
        y = left((uint16_t)(pair(v + 7) << 1 ^ pair(v)), 2);
        y ^= (uint8_t)(v[3] << 5);
        y ^= v[2] >> 3;
        sum += x;
        sum += y;
        sum += *w7++;
        sum += *w;
        *w++ = (uint8_t)sum;
        sum >>= 8;
    }
    x = (uint8_t)((x ^ (uint8_t)(v[16] << 1)) - x);
    y = (uint8_t)((y ^ (uint8_t)(v[0] << 2)) - y);
    w[-1] = (uint8_t)(w[-1] + x + y);
}

/* The next 16 words in place of the last 16. */
static CSIGN_APART void extend(uint8_t *w, uint8_t *v)
{
    for (uint8_t at = 0; at < 128; at = (uint8_t)(at + 8)) {
        fetch(v, w + ((at + 8 * 14) & 127), w + ((at + 8) & 127));
        add_sigmas(w + at, w + ((at + 8 * 9) & 127), v);
    }
}

static void reverse_words(uint8_t *w)
{
    for (uint8_t i = 16; i > 0; i--, w += 8)
        for (uint8_t *low = w, *high = w + 8; low < high; low++) {
            uint8_t x = *--high;

            *high = *low;
            *low = x;
        }
}

static void add_words(uint8_t *to, const uint8_t *of, uint8_t len)
{
    uint16_t sum = 0;

    for (; len > 0; len--) {
        sum = (uint16_t)(sum + *to + *of++);
        *to++ = (uint8_t)sum;
        sum >>= 8;
        if (len % 8 == 1)
            sum = 0;
    }
}

static void compress(csign_work *head)
{
    csign_sha512_work *work = (csign_sha512_work *)(void *)head;
    uint8_t *state = (uint8_t *)work->state, *w = work->block.bytes;
    const uint8_t *k = constants;
    uint8_t v[ALL];

    memcpy(v + NEXT, state, 8);
    memcpy(v + B, state + 8, 24);
    memcpy(v + E, state + 32, 8);
    memcpy(v + E + 8, state + 32, 8);
    memcpy(v + F, state + 40, 24);
    reverse_words(w);
    for (uint8_t t = 0; t < 80; t = (uint8_t)(t + 16), k += 8 * 16) {
        if (t > 0)
            extend(w, v + LAST);
        sixteen_rounds(v, w, k);
    }
    add_words(state, v + NEXT, 8);
    add_words(state + 8, v + B, 24);
    add_words(state + 32, v + E, 8);
    add_words(state + 40, v + F, 24);
}

static void start(void *state)
{
    uint8_t *to = (uint8_t *)state;

    for (uint8_t i = 0; i < sizeof(initial); i++)
        *to++ = csign_flash_u8(&initial[i]);
}

static void finish(const csign_hash *hash, csign_work *work, uint8_t *out)
{
    const uint8_t *state = (const uint8_t *)(work + 1);

    csign_md_pad(hash, work);
    for (uint8_t i = 0; i < 64; i++)
        out[i] = state[i ^ 7];
}

#else

static void start(void *state)
{
    uint64_t *word = (uint64_t *)state;

    for (uint8_t i = 0; i < 8; i++)
        word[i] = csign_flash_u64(&initial[i]);
}

static CSIGN_INLINE uint64_t schedule(uint64_t *w, uint8_t t)
{
    uint64_t *word = &w[t % 16];

    if (t >= 16) {
        uint64_t x = w[(t + 1) % 16], y = w[(t + 14) % 16];

        *word += w[(t + 9) % 16];
        *word += rotr64(x, 1) ^ rotr64(x, 8) ^ x >> 7;
        *word += rotr64(y, 19) ^ rotr64(y, 61) ^ y >> 6;
    }
    return *word;
}

static CSIGN_INLINE uint64_t big_sigma0(uint64_t x)
{
    return rotr64(x, 28) ^ rotr64(x, 34) ^ rotr64(x, 39);
}

static CSIGN_INLINE uint64_t big_sigma1(uint64_t x)
{
    return rotr64(x, 14) ^ rotr64(x, 18) ^ rotr64(x, 41);
}

static void rounds(uint64_t *state, uint64_t *w)
{
    uint64_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint64_t e = state[4], f = state[5], g = state[6], h = state[7];

    for (uint8_t t = 0; t < 80; t++) {
        uint64_t sum = h + csign_flash_u64(&constants[t]) + schedule(w, t);

        sum += big_sigma1(e) + (((f ^ g) & e) ^ g);
        h = g;
        g = f;
        f = e;
        e = d + sum;
        sum += big_sigma0(a) + ((a & b) | ((a | b) & c));
        d = c;
        c = b;
        b = a;
        a = sum;
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

static void compress(csign_work *head)
{
    csign_sha512_work *work = (csign_sha512_work *)(void *)head;

    for (uint8_t i = 0; i < 16; i++)
        work->block.words[i] = load64_be(work->block.bytes + 8 * i);
    rounds(work->state, work->block.words);
}

static void finish(const csign_hash *hash, csign_work *head, uint8_t *out)
{
    const csign_sha512_work *work = (const csign_sha512_work *)(const void *)head;

    csign_md_pad(hash, head);
    for (uint8_t i = 0; i < 8; i++) {
        store32_be(out + 8 * i, (uint32_t)(work->state[i] >> 32));
        store32_be(out + 8 * i + 4, (uint32_t)work->state[i]);
    }
}

#endif

const csign_hash csign_sha512 = {
    .id = 0,
    .digest_size = 64,
    .state_size = 64,
    .block_size = 128,
    .start = start,
    .compress = compress,
    .finish = finish,
};
