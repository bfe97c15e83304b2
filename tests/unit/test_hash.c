/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "hash_answers.h"

#ifdef CHECK_ON_TARGET
#define STRIDE 23 /* a target tries every so manieth split only */
#else
#define STRIDE 1
#endif

static uint8_t message[3 * CSIGN_BLOCK_MAX + 1];
static uint8_t digest[CSIGN_DIGEST_MAX], expected[CSIGN_DIGEST_MAX];

static void hash_once(const csign_hash *hash, const void *bytes, size_t len, uint8_t *out)
{
    csign_hasher hasher = hasher_of(hash);

    csign_hash_begin(&hasher);
    csign_hash_add(&hasher, bytes, len);
    csign_hash_end(&hasher, out);
}

static bool digest_is(const csign_hash *hash, const uint8_t *flash)
{
    return equals_flash(digest, flash, hash->digest_size);
}

TEST(the_empty_message_has_the_known_digest)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        hash_once(answers[h].hash, message, 0, digest);
        CHECK(digest_is(answers[h].hash, answers[h].of_nothing));
    }
}

TEST(abc_has_the_standards_digest)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        hash_once(answers[h].hash, "abc", 3, digest);
        CHECK(digest_is(answers[h].hash, answers[h].of_abc));
    }
}

TEST(the_standards_messages_of_two_blocks_have_their_digests)
{
    /* Letter i of row r is the (r + i)th of the alphabet: 14 rows of 4, 14 of 8. */
    for (uint8_t h = 0; h < HASHES; h++) {
        uint8_t row_len = answers[h].hash->block_size / 16;
        uint8_t len = (uint8_t)(14 * row_len);

        for (uint8_t i = 0; i < len; i++)
            message[i] = (uint8_t)('a' + i / row_len + i % row_len);
        hash_once(answers[h].hash, message, len, digest);
        CHECK(digest_is(answers[h].hash, answers[h].of_two_blocks));
    }
}

#ifndef CHECK_ON_TARGET
TEST(a_million_times_a_has_the_standards_digest)
{
    static const uint8_t *const of_million[HASHES] = {
        sha256_of_million, sha1_of_million, sha512_of_million, blake2s_of_million};

    memset(message, 'a', sizeof(message));
    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hasher hasher = hasher_of(answers[h].hash);

        csign_hash_begin(&hasher);
        for (unsigned i = 0; i < 1000000 / 125; i++)
            csign_hash_add(&hasher, message, 125);
        csign_hash_end(&hasher, digest);
        CHECK(digest_is(answers[h].hash, of_million[h]));
    }
}
#endif

TEST(every_length_of_up_to_three_blocks_has_the_known_digest)
{
    static csign_any_work work_of_digests;

    fill_message(message, 3 * CSIGN_BLOCK_MAX);
    for (uint8_t h = 0; h < HASHES; h++) {
        const csign_hash *hash = answers[h].hash;
        csign_hasher digests = {hash, &work_of_digests.head};

        csign_hash_begin(&digests);
        for (uint16_t len = 0; len <= 3u * hash->block_size; len++) {
            hash_once(hash, message, len, digest);
            csign_hash_add(&digests, digest, hash->digest_size);
        }
        csign_hash_end(&digests, digest);
        CHECK(digest_is(hash, answers[h].of_lengths));
    }
}

TEST(a_message_beyond_512_megabytes_is_padded_with_its_length)
{
    static const uint8_t bits[5] = {0x01, 0, 0, 0, 0x18}; /* 2^32 + 24 */

    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hasher hasher = hasher_of(hashes[h]);
        uint8_t *block = csign_work_block(&hasher);
        uint8_t size = hashes[h]->block_size;

        if (hashes[h] == &csign_blake2s)
            continue; /* has no such field, see RFC 7693 */
        csign_hash_begin(&hasher);
        memset(block, 0, size);
        memcpy(block, "abc\x80", 4);
        memcpy(block + size - 5, bits, 5);
        hashes[h]->compress(hasher.work);
        memcpy(expected, csign_work_state(&hasher), hashes[h]->state_size);

        csign_hash_begin(&hasher);
        work.head.length = 0x20000000; /* as if blocks of 512 MiB had gone before */
        csign_hash_add(&hasher, "abc", 3);
        csign_hash_end(&hasher, digest);
        CHECK_BYTES(csign_work_state(&hasher), expected, hashes[h]->state_size);
    }
}

TEST(a_message_in_two_pieces_hashes_like_one_in_one)
{
    fill_message(message, 3 * CSIGN_BLOCK_MAX);
    for (uint8_t h = 0; h < HASHES; h++) {
        const csign_hash *hash = hashes[h];
        csign_hasher hasher = hasher_of(hash);
        uint16_t len = (uint16_t)(2 * hash->block_size + 5);

        hash_once(hash, message, len, expected);
        for (uint16_t cut = 0; cut <= len; cut = (uint16_t)(cut + STRIDE)) {
            csign_hash_begin(&hasher);
            csign_hash_add(&hasher, message, cut);
            csign_hash_add(&hasher, message + cut, (size_t)(len - cut));
            csign_hash_end(&hasher, digest);
            CHECK_BYTES(digest, expected, hash->digest_size);
        }
    }
}

TEST(a_message_in_pieces_of_any_size_hashes_like_one_in_one)
{
    fill_message(message, 3 * CSIGN_BLOCK_MAX);
    for (uint8_t h = 0; h < HASHES; h++) {
        const csign_hash *hash = hashes[h];
        csign_hasher hasher = hasher_of(hash);
        uint16_t len = (uint16_t)(3 * hash->block_size);

        hash_once(hash, message, len, expected);
        for (uint16_t piece = 1; piece <= hash->block_size + 1u;
             piece = (uint16_t)(piece + STRIDE)) {
            csign_hash_begin(&hasher);
            for (uint16_t at = 0; at < len; at = (uint16_t)(at + piece))
                csign_hash_add(&hasher, message + at,
                               len - at < piece ? (size_t)(len - at) : piece);
            csign_hash_end(&hasher, digest);
            CHECK_BYTES(digest, expected, hash->digest_size);
        }
    }
}

TEST(a_message_hashes_the_same_at_any_address)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        uint16_t len = (uint16_t)(2 * hashes[h]->block_size);

        fill_message(message, len);
        hash_once(hashes[h], message, len, expected);
        for (uint8_t offset = 1; offset < 8; offset++) {
            fill_message(message + offset, len);
            hash_once(hashes[h], message + offset, len, digest);
            CHECK_BYTES(digest, expected, hashes[h]->digest_size);
        }
    }
}

TEST(a_digest_may_go_to_any_address_and_fills_its_size_only)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        uint8_t size = hashes[h]->digest_size;

        hash_once(hashes[h], "abc", 3, expected);
        memset(message, 0x55, sizeof(message));
        hash_once(hashes[h], "abc", 3, message + 1);
        CHECK_BYTES(message + 1, expected, size);
        CHECK_EQUAL(message[0], 0x55);
        CHECK_EQUAL(message[1 + size], 0x55);
    }
}

TEST(a_new_message_owes_nothing_to_the_one_before)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hasher hasher = hasher_of(hashes[h]);

        hash_once(hashes[h], "abc", 3, expected);
        memset(&work, 0xff, sizeof(work));
        hash_once(hashes[h], "abc", 3, digest);
        CHECK_BYTES(digest, expected, hashes[h]->digest_size);
        csign_hash_begin(&hasher); /* and one that was never ended */
        csign_hash_add(&hasher, expected, 20);
        hash_once(hashes[h], "abc", 3, digest);
        CHECK_BYTES(digest, expected, hashes[h]->digest_size);
    }
}

TEST(wiping_a_hasher_leaves_nothing_of_the_message_and_nothing_beside_is_touched)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hasher hasher = hasher_of(hashes[h]);
        size_t size = sizeof(csign_work) + hashes[h]->state_size + hashes[h]->block_size;

        memset(&work, 0xff, sizeof(work));
        hash_once(hashes[h], "a secret", 8, digest);
        csign_hasher_wipe(&hasher);
        for (size_t i = 0; i < sizeof(work); i++)
            CHECK_EQUAL(((const uint8_t *)&work)[i], i < size ? 0 : 0xff);
    }
}

static uint8_t compressions;
static const csign_hash *counted;

static void count_and_compress(csign_work *head)
{
    compressions++;
    counted->compress(head);
}

TEST(a_descriptor_with_another_compress_is_asked_for_every_block)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        csign_hash counting = *hashes[h];

        counted = hashes[h];
        counting.compress = count_and_compress;
        compressions = 0;
        hash_once(counted, message, (size_t)(2 * counted->block_size), expected);
        hash_once(&counting, message, (size_t)(2 * counted->block_size), digest);
        CHECK_BYTES(digest, expected, counted->digest_size);
        CHECK_EQUAL(compressions, counted == &csign_blake2s ? 2 : 3);
    }
}

TEST(descriptors_say_what_the_protocol_and_the_standards_say)
{
    static const uint8_t sizes[HASHES][4] = {
        {1, 32, 32, 64}, {0, 20, 20, 64}, {0, 64, 64, 128}, {3, 32, 32, 64}};

    for (uint8_t h = 0; h < HASHES; h++) {
        CHECK_EQUAL(hashes[h]->id, sizes[h][0]);
        CHECK_EQUAL(hashes[h]->digest_size, sizes[h][1]);
        CHECK_EQUAL(hashes[h]->state_size, sizes[h][2]);
        CHECK_EQUAL(hashes[h]->block_size, sizes[h][3]);
    }
}

#ifndef CHECK_ON_TARGET
#define RUN_MILLION RUN(a_million_times_a_has_the_standards_digest),
#else
#define RUN_MILLION
#endif

TESTS(RUN(the_empty_message_has_the_known_digest), RUN(abc_has_the_standards_digest),
      RUN(the_standards_messages_of_two_blocks_have_their_digests),
      RUN_MILLION RUN(every_length_of_up_to_three_blocks_has_the_known_digest),
      RUN(a_message_beyond_512_megabytes_is_padded_with_its_length),
      RUN(a_message_in_two_pieces_hashes_like_one_in_one),
      RUN(a_message_in_pieces_of_any_size_hashes_like_one_in_one),
      RUN(a_message_hashes_the_same_at_any_address),
      RUN(a_digest_may_go_to_any_address_and_fills_its_size_only),
      RUN(a_new_message_owes_nothing_to_the_one_before),
      RUN(wiping_a_hasher_leaves_nothing_of_the_message_and_nothing_beside_is_touched),
      RUN(a_descriptor_with_another_compress_is_asked_for_every_block),
      RUN(descriptors_say_what_the_protocol_and_the_standards_say))
