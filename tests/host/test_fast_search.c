/* SPDX-License-Identifier: MIT */
/* Every path of host/fast gives what the portable library gives, on random input. Where
 * this machine has no SHA extensions, the paths for them are left out, and it says so. */
#include "check.h"
#include "cpu.h"
#include "fast.h"
#include "search_ni.h"
#include "search_portable.h"
#include "sha256_ni.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS_MAX 300

static csign_any_work work;
static csign_any_keyed keyed;
static uint8_t codes[ROWS_MAX * CSIGN_CODE_MAX];
static uint8_t challenge[CSIGN_CHALLENGE_MAX];
static csign_settings settings = {.hasher = {&csign_sha256, &work.head}};

/* The same numbers in each run, so that a failure can be looked into. */
static uint32_t draw(void)
{
    static uint64_t state = 88172645463325252U;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static void fill(uint8_t *bytes, size_t len)
{
    while (len-- > 0)
        *bytes++ = (uint8_t)draw();
}

static void draw_key(void)
{
    uint8_t key[100];

    fill(key, sizeof key);
    csign_hmac_key(&settings.hasher, &keyed, key, draw() % sizeof key);
}

static const struct {
    const char *name;
    csign_classic_search_fn *search;
    bool is_for_sha;
} searches[] = {{"portable", search_portable, false}, {"SHA-NI", search_ni, true}};

/* Asks each search for this tag. It is the library that says what is right. */
static void all_agree(const csign_table *table, uint32_t rights, const uint8_t *tag)
{
    size_t expected =
        csign_classic_search(&settings, &keyed, challenge, table, rights, tag);

    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        size_t row;

        if (searches[i].is_for_sha && !cpu_has_sha())
            continue;
        row = searches[i].search(&settings, &keyed, challenge, table, rights, tag);
        if (row != expected)
            fail_msg(
                "%s: row %zu, not %zu, of %zu with codes of %u and a challenge of %u",
                searches[i].name, row, expected, table->count, (unsigned)table->len,
                (unsigned)settings.challenge);
    }
}

/* Searches for the tag of one row, and for one that differs from it in one bit. */
static void look_for_row(const csign_table *table, size_t row, uint32_t rights)
{
    uint8_t tag[CSIGN_DIGEST_MAX];
    uint8_t digest = settings.hasher.hash->digest_size;

    csign_classic_tag(&settings, &keyed, challenge, table->codes + row * table->len,
                      table->len, tag);
    all_agree(table, rights, tag);
    tag[draw() % digest] ^= (uint8_t)(1u << draw() % 8);
    all_agree(table, rights, tag);
}

static void look_for_rows(size_t count, uint8_t len, uint32_t rights)
{
    csign_table table = {codes, count, len};
    uint8_t tag[CSIGN_DIGEST_MAX];

    fill(codes, count * len);
    fill(challenge, sizeof challenge);
    fill(tag, sizeof tag);
    all_agree(&table, rights, tag);
    if (count == 0)
        return;
    look_for_row(&table, 0, rights);
    look_for_row(&table, count - 1, rights);
    look_for_row(&table, draw() % count, rights);
}

TEST(every_search_finds_the_same_row_whatever_the_lengths)
{
    draw_key();
    for (unsigned r = 1; r <= CSIGN_CHALLENGE_MAX; r++) {
        settings.challenge = (uint8_t)r;
        for (uint8_t len = 1; len <= CSIGN_CODE_MAX; len++)
            look_for_rows(1 + draw() % 9, len, CSIGN_RIGHTS_ALL);
    }
}

TEST(every_search_finds_the_same_row_whatever_the_number_of_rows)
{
    for (size_t count = 0; count <= ROWS_MAX; count++) {
        draw_key();
        settings.challenge = (uint8_t)(1 + draw() % CSIGN_CHALLENGE_MAX);
        look_for_rows(count, (uint8_t)(1 + draw() % CSIGN_CODE_MAX), CSIGN_RIGHTS_EVERY);
    }
}

TEST(every_search_respects_rights)
{
    settings.challenge = 16;
    for (int i = 0; i < 300; i++) {
        draw_key();
        look_for_rows(1 + draw() % 40, 2, draw() | draw());
        look_for_rows(1 + draw() % 40, 2, CSIGN_RIGHTS_ALL & ~(1u << draw() % 31));
        look_for_rows(40, 2, draw() & draw() & draw());
        look_for_rows(40, 2, CSIGN_RIGHT_ADMIN);
    }
}

TEST(every_search_takes_the_same_one_of_equal_codes)
{
    static const uint8_t equal[12] = {1, 2, 1, 1, 3, 1, 1, 1, 2, 1, 1, 1};
    csign_table table = {equal, sizeof equal, 1};

    settings.challenge = 16;
    draw_key();
    for (size_t row = 0; row < sizeof equal; row++)
        look_for_row(&table, row, CSIGN_RIGHTS_ALL);
}

TEST(other_hashes_are_searched_by_the_library)
{
    const csign_hash *others[] = {&csign_blake2s, &csign_sha1, &csign_sha512};

    settings.challenge = 20;
    for (size_t i = 0; i < 3; i++) {
        settings.hasher.hash = others[i];
        draw_key();
        look_for_rows(33, 3, CSIGN_RIGHTS_ALL);
        look_for_rows(0, 3, CSIGN_RIGHTS_ALL);
    }
    settings.hasher.hash = &csign_sha256;
}

TEST(a_search_with_an_accelerated_hash_finds_the_same_row)
{
    csign_hash fast = fast_hash(&csign_sha256);

    settings.hasher.hash = &fast;
    for (unsigned r = 1; r <= CSIGN_CHALLENGE_MAX; r++) {
        settings.challenge = (uint8_t)r;
        draw_key();
        look_for_rows(1 + draw() % 50, (uint8_t)(1 + draw() % CSIGN_CODE_MAX),
                      CSIGN_RIGHTS_ALL);
    }
    settings.hasher.hash = &csign_sha256;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(every_search_finds_the_same_row_whatever_the_lengths),
        RUN(every_search_finds_the_same_row_whatever_the_number_of_rows),
        RUN(every_search_respects_rights),
        RUN(every_search_takes_the_same_one_of_equal_codes),
        RUN(other_hashes_are_searched_by_the_library),
        RUN(a_search_with_an_accelerated_hash_finds_the_same_row),
    };

    if (!cpu_has_sha())
        puts("# this machine has no SHA extensions: only portable paths are tested");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
