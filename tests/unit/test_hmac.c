/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "csign/hmac.h"
#include "hmac_answers.h"

#define KEY_MAX 200

static csign_any_keyed keyed, other_keyed;
static uint8_t key[KEY_MAX], tag[CSIGN_DIGEST_MAX], other_tag[CSIGN_DIGEST_MAX];

static void copy_from_flash(void *to, const void *flash, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)to)[i] = csign_flash_u8((const uint8_t *)flash + i);
}

static void hmac_keyed(const csign_hash *hash, const void *text, size_t len, uint8_t *out)
{
    csign_hasher hasher = hasher_of(hash);

    csign_hmac_begin(&hasher, &keyed);
    csign_hash_add(&hasher, text, len);
    csign_hmac_end(&hasher, &keyed, out);
}

static void make_keyed(const csign_hash *hash, void *to, size_t key_len)
{
    csign_hasher hasher = hasher_of(hash);

    csign_hmac_key(&hasher, to, key, key_len);
}

static void compute_case(const csign_hash *hash, uint8_t number)
{
    hmac_case given;

    copy_from_flash(&given, &cases[number], sizeof(given));
    for (uint8_t i = 0; i < given.key_len; i++)
        key[i] = (uint8_t)(given.counts ? given.key[0] + i
                                        : given.key[given.key_len > 4 ? 0 : i]);
    make_keyed(hash, &keyed, given.key_len);
    hmac_keyed(hash, given.text, given.text_len, tag);
}

TEST(hmac_sha256_gives_what_rfc_4231_says)
{
    for (uint8_t i = 0; i < 7; i++) {
        compute_case(&csign_sha256, i);
        CHECK(equals_flash(tag, rfc_sha256[i], 32));
    }
}

TEST(hmac_sha512_gives_what_rfc_4231_says)
{
    for (uint8_t i = 0; i < 7; i++) {
        compute_case(&csign_sha512, i);
        CHECK(equals_flash(tag, rfc_sha512[i], 64));
    }
}

TEST(hmac_sha1_gives_what_rfc_2202_says)
{
    for (uint8_t i = 0; i < 7; i++) {
        compute_case(&csign_sha1, i < 5 ? i : (uint8_t)(i + 2));
        CHECK(equals_flash(tag, rfc_sha1[i], 20));
    }
}

TEST(hmac_blake2s_gives_what_node_does)
{
    for (uint8_t i = 0; i < 7; i++) {
        compute_case(&csign_blake2s, i);
        CHECK(equals_flash(tag, rfc_blake2s[i], 32));
    }
}

static csign_any_work work_of_tags;

/* Adds the HMAC of "key length" under the first key_len bytes of the message. */
static void add_tag(const csign_hasher *tags, size_t key_len)
{
    fill_message(key, KEY_MAX);
    make_keyed(tags->hash, &keyed, key_len);
    hmac_keyed(tags->hash, "key length", 10, tag);
    csign_hash_add(tags, tag, tags->hash->digest_size);
}

TEST(keys_around_the_block_size_give_known_tags)
{
    static const uint8_t edges[] = {0, 1, 63, 64, 65, 127, 128, 129, 200};
    static const uint8_t *const answers[HASHES] = {edges_sha256, edges_sha1, edges_sha512,
                                                   edges_blake2s};

    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hasher tags = {hashes[h], &work_of_tags.head};

        csign_hash_begin(&tags);
        for (uint8_t i = 0; i < sizeof(edges); i++)
            add_tag(&tags, edges[i]);
        csign_hash_end(&tags, tag);
        CHECK(equals_flash(tag, answers[h], hashes[h]->digest_size));
    }
}

#ifndef CHECK_ON_TARGET
TEST(keys_of_every_length_give_known_tags)
{
    static const uint8_t *const answers[HASHES] = {all_sha256, all_sha1, all_sha512,
                                                   all_blake2s};

    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hasher tags = {hashes[h], &work_of_tags.head};

        csign_hash_begin(&tags);
        for (uint8_t len = 0; len <= KEY_MAX; len++)
            add_tag(&tags, len);
        csign_hash_end(&tags, tag);
        CHECK(equals_flash(tag, answers[h], hashes[h]->digest_size));
    }
}
#endif

TEST(a_keyed_state_serves_any_number_of_messages_unchanged)
{
    fill_message(key, KEY_MAX);
    for (uint8_t h = 0; h < HASHES; h++) {
        make_keyed(hashes[h], &keyed, 32);
        memcpy(&other_keyed, &keyed, sizeof(keyed));
        hmac_keyed(hashes[h], "first", 5, tag);
        hmac_keyed(hashes[h], "something else", 14, other_tag);
        CHECK(memcmp(tag, other_tag, hashes[h]->digest_size) != 0);
        hmac_keyed(hashes[h], "first", 5, other_tag);
        CHECK_BYTES(other_tag, tag, hashes[h]->digest_size);
        CHECK_BYTES(&keyed, &other_keyed, sizeof(keyed));
    }
}

TEST(a_text_in_pieces_gives_the_tag_of_the_whole)
{
    fill_message(key, KEY_MAX);
    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hasher hasher = hasher_of(hashes[h]);

        make_keyed(hashes[h], &keyed, 32);
        hmac_keyed(hashes[h], key, 150, tag);
        for (uint8_t cut = 0; cut <= 150; cut = (uint8_t)(cut + 25)) {
            csign_hmac_begin(&hasher, &keyed);
            csign_hash_add(&hasher, key, cut);
            csign_hash_add(&hasher, key + cut, 150u - cut);
            csign_hmac_end(&hasher, &keyed, other_tag);
            CHECK_BYTES(other_tag, tag, hashes[h]->digest_size);
        }
    }
}

TEST(keys_that_rfc_2104_makes_equal_have_equal_keyed_states)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        const csign_hash *hash = hashes[h];
        csign_hasher hasher = hasher_of(hash);
        size_t size = 2u * hash->state_size;

        memset(key, 0, KEY_MAX);
        memcpy(key, "a short key", 11);
        make_keyed(hash, &keyed, 11);
        make_keyed(hash, &other_keyed, 12);
        CHECK_BYTES(&other_keyed, &keyed, size);
        make_keyed(hash, &other_keyed, hash->block_size);
        CHECK_BYTES(&other_keyed, &keyed, size);

        fill_message(key, KEY_MAX);
        make_keyed(hash, &keyed, hash->block_size + 1u);
        csign_hash_begin(&hasher);
        csign_hash_add(&hasher, key, hash->block_size + 1u);
        csign_hash_end(&hasher, key);
        make_keyed(hash, &other_keyed, hash->digest_size);
        CHECK_BYTES(&other_keyed, &keyed, size);
    }
}

TEST(other_keys_have_other_keyed_states)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        size_t size = hashes[h]->state_size;

        fill_message(key, KEY_MAX);
        make_keyed(hashes[h], &keyed, 32);
        CHECK(memcmp(&keyed, (const uint8_t *)&keyed + size, size) != 0);
        key[31] ^= 1;
        make_keyed(hashes[h], &other_keyed, 32);
        CHECK(memcmp(&keyed, &other_keyed, size) != 0);
        CHECK(memcmp((const uint8_t *)&keyed + size, (const uint8_t *)&other_keyed + size,
                     size) != 0);
    }
}

TEST(setting_a_key_leaves_nothing_of_it_in_the_work)
{
    static const uint8_t lens[] = {16, 64, 200};

    fill_message(key, KEY_MAX);
    for (uint8_t h = 0; h < HASHES; h++) {
        size_t size =
            sizeof(csign_work) + hashes[h]->state_size + (size_t)hashes[h]->block_size;

        for (uint8_t l = 0; l < sizeof(lens); l++) {
            memset(&work, 0xff, sizeof(work));
            make_keyed(hashes[h], &keyed, lens[l]);
            for (size_t i = 0; i < size; i++)
                CHECK_EQUAL(((const uint8_t *)&work)[i], 0);
        }
    }
}

TEST(a_keyed_state_fills_its_two_chaining_values_only)
{
    fill_message(key, KEY_MAX);
    for (uint8_t h = 0; h < HASHES; h++) {
        memset(&keyed, 0x55, sizeof(keyed));
        make_keyed(hashes[h], &keyed, KEY_MAX);
        for (size_t i = 2u * hashes[h]->state_size; i < sizeof(keyed); i++)
            CHECK_EQUAL(((const uint8_t *)&keyed)[i], 0x55);
    }
}

TEST(no_key_at_all_may_be_a_null_pointer)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hasher hasher = hasher_of(hashes[h]);

        make_keyed(hashes[h], &keyed, 0);
        csign_hmac_key(&hasher, &other_keyed, NULL, 0);
        CHECK_BYTES(&other_keyed, &keyed, 2u * hashes[h]->state_size);
    }
}

#ifndef CHECK_ON_TARGET
#define RUN_EVERY_LENGTH RUN(keys_of_every_length_give_known_tags),
#else
#define RUN_EVERY_LENGTH
#endif

TESTS(RUN(hmac_sha256_gives_what_rfc_4231_says),
      RUN(hmac_sha512_gives_what_rfc_4231_says), RUN(hmac_sha1_gives_what_rfc_2202_says),
      RUN(hmac_blake2s_gives_what_node_does),
      RUN(keys_around_the_block_size_give_known_tags),
      RUN_EVERY_LENGTH RUN(a_keyed_state_serves_any_number_of_messages_unchanged),
      RUN(a_text_in_pieces_gives_the_tag_of_the_whole),
      RUN(keys_that_rfc_2104_makes_equal_have_equal_keyed_states),
      RUN(other_keys_have_other_keyed_states),
      RUN(setting_a_key_leaves_nothing_of_it_in_the_work),
      RUN(a_keyed_state_fills_its_two_chaining_values_only),
      RUN(no_key_at_all_may_be_a_null_pointer))
