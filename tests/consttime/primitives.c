/* SPDX-License-Identifier: MIT */
/* primitives.c: hashes, HMAC, comparison, selection, challenges, the classic search. */
#include <string.h>

#include "Countersign.h"
#include "csign/bytes.h"
#include "parts.h"
#include "search_portable.h"

static csign_any_work work;
static csign_any_keyed keyed;

static void draw(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(17 * i + len);
    hide(bytes, len);
}

/* A secret message over several blocks, and one of a byte. */
static void digest(const csign_hash *hash)
{
    const csign_hasher hasher = {hash, &work.head};
    uint8_t message[300], out[CSIGN_DIGEST_MAX];

    draw(message, sizeof message);
    csign_hash_begin(&hasher);
    csign_hash_add(&hasher, message, sizeof message);
    csign_hash_end(&hasher, out);
    MUST(has_secret(out, hash->digest_size));
    csign_hash_begin(&hasher);
    csign_hash_add_byte(&hasher, message[7]);
    csign_hash_end(&hasher, out);
    MUST(has_secret(out, hash->digest_size));
    csign_hasher_wipe(&hasher);
    MUST(!has_secret(&work, sizeof work.head + hash->state_size + hash->block_size));
}

static void hmac_with_key_of(const csign_hash *hash, size_t len)
{
    const csign_hasher hasher = {hash, &work.head};
    uint8_t key[200], out[CSIGN_DIGEST_MAX];

    draw(key, sizeof key);
    csign_hmac_key(&hasher, &keyed, key, len);
    MUST(has_secret(&keyed, 2u * hash->state_size));
    csign_hmac_begin(&hasher, &keyed);
    csign_hash_add(&hasher, "what everybody may know", 23);
    csign_hmac_end(&hasher, &keyed, out);
    MUST(has_secret(out, hash->digest_size));
}

static void hmac(const csign_hash *hash)
{
    hmac_with_key_of(hash, 32);
    hmac_with_key_of(hash, 200);
}

static void challenge(const csign_hash *hash)
{
    const csign_hasher hasher = {hash, &work.head};
    uint8_t secret[32], out[CSIGN_CHALLENGE_MAX];

    draw(secret, sizeof secret);
    csign_hmac_key(&hasher, &keyed, secret, sizeof secret);
    csign_challenge_make(&hasher, &keyed, 1, 2, NULL, 0, out, sizeof out);
    MUST(has_secret(out, sizeof out));
}

static void compare(size_t differing, uint8_t expected)
{
    uint8_t a[64], b[64], same;

    draw(a, sizeof a);
    draw(b, sizeof b);
    if (differing < sizeof a)
        b[differing] ^= 0x40;
    same = csign_same(a, b, sizeof a);
    MUST(has_secret(&same, 1));
    reveal(&same, 1);
    MUST(same == expected);
}

static void comparison(const csign_hash *hash)
{
    (void)hash;
    compare(64, 0xff);
    compare(0, 0x00);
    compare(31, 0x00);
    compare(63, 0x00);
}

static void selection(const csign_hash *hash)
{
    uint8_t to[32] = {0}, from[32], mask = 0xff;

    (void)hash;
    memset(from, 0xa5, sizeof from);
    hide(&mask, 1);
    csign_select(to, from, sizeof to, mask);
    MUST(has_secret(to, sizeof to));
    reveal(to, sizeof to);
    MUST(memcmp(to, from, sizeof to) == 0);
}

enum { ROWS = 40 };

/* Looks for a row's tag, or for none (ROWS), among codes of two bytes. */
static void look_for(const csign_settings *settings, csign_classic_search_fn *search,
                     size_t row, uint32_t rights)
{
    uint8_t codes[2 * ROWS], r[CSIGN_CHALLENGE_MAX] = {1, 2, 3}, tag[CSIGN_DIGEST_MAX];
    csign_table table = {codes, ROWS, 2};
    size_t found;

    for (size_t i = 0; i < sizeof codes; i++)
        codes[i] = (uint8_t)(i / 2 + i % 2 * 100);
    csign_classic_tag(settings, &keyed, r, row < ROWS ? codes + 2 * row : r, 2, tag);
    reveal(tag, sizeof tag); /* it comes from the wire */
    hide(&rights, sizeof rights);
    found = search(settings, &keyed, r, &table, rights, tag);
    MUST(has_secret(&found, sizeof found));
    reveal(&found, sizeof found);
    MUST(found == (row < ROWS ? row : CSIGN_NO_ROW));
}

static void search_with(const csign_hash *hash, csign_classic_search_fn *search)
{
    /* The code lies in the first block, in both, and in the second. */
    static const uint8_t lengths[] = {16, 53, 63, 64};
    uint8_t key[32];

    for (size_t i = 0; i < sizeof lengths; i++) {
        csign_settings settings = {.hasher = {hash, &work.head}, .challenge = lengths[i]};

        draw(key, sizeof key);
        csign_hmac_key(&settings.hasher, &keyed, key, sizeof key);
        look_for(&settings, search, 0, CSIGN_RIGHTS_ALL);
        look_for(&settings, search, 30, 1ul << 30);
        look_for(&settings, search, ROWS - 1, CSIGN_RIGHTS_ALL);
        look_for(&settings, search, ROWS, CSIGN_RIGHTS_ALL);
    }
}

static void search(const csign_hash *hash)
{
    search_with(hash, csign_classic_search);
}

static void search_of_serve(const csign_hash *hash)
{
    search_with(hash, search_portable);
}

const struct part primitive_parts[] = {
    WITH_EACH_HASH("hash", digest),
    WITH_EACH_HASH("HMAC and its key", hmac),
    WITH_EACH_HASH("challenge", challenge),
    {"comparison of tags", comparison, NULL},
    {"selection by mask", selection, NULL},
    WITH_EACH_HASH("classic search", search),
    WITH_HASH("classic search of serve (C)", search_of_serve, sha256),
    {NULL, NULL, NULL}};
