/* SPDX-License-Identifier: MIT */
/* The accelerated SHA-256 against the library's, and which of them is chosen. */
#include "check.h"
#include "cpu.h"
#include "fast.h"
#include "process.h"
#include "search_ni.h"
#include "search_portable.h"
#include "sha256_ni.h"

#include <stdio.h>
#include <stdlib.h>

static uint32_t draw(void)
{
    static uint32_t state = 2463534242U;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void digest(const csign_hash *hash, const uint8_t *bytes, size_t len, size_t split,
                   uint8_t *out)
{
    csign_sha256_work work;
    csign_hasher hasher = {hash, &work.head};

    csign_hash_begin(&hasher);
    csign_hash_add(&hasher, bytes, split);
    csign_hash_add(&hasher, bytes + split, len - split);
    csign_hash_end(&hasher, out);
}

TEST(the_accelerated_compression_is_the_portable_one)
{
    csign_sha256_work portable, fast;

    for (int i = 0; cpu_has_sha() && i < 10000; i++) {
        uint8_t *bytes = (uint8_t *)&portable;

        for (size_t at = 0; at < sizeof portable; at++)
            bytes[at] = (uint8_t)(draw() >> 8);
        fast = portable;
        csign_sha256.compress(&portable.head);
        sha256_ni_compress(&fast.head);
        CHECK_BYTES(fast.state, portable.state, sizeof fast.state);
    }
}

TEST(an_accelerated_hash_hashes_every_length_from_every_address)
{
    static uint8_t bytes[512 + 16];
    csign_hash fast = fast_hash(&csign_sha256);
    uint8_t expected[32], got[32];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(draw() >> 8);
    for (size_t len = 0; len <= 512; len++) {
        const uint8_t *from = bytes + len % 16;

        digest(&csign_sha256, from, len, 0, expected);
        digest(&fast, from, len, draw() % (len + 1), got);
        CHECK_BYTES(got, expected, sizeof got);
    }
}

TEST(only_sha256_is_accelerated)
{
    const csign_hash *others[] = {&csign_blake2s, &csign_sha1, &csign_sha512};

    for (size_t i = 0; i < 3; i++) {
        csign_hash fast = fast_hash(others[i]);

        CHECK(fast.compress == others[i]->compress);
    }
}

TEST(the_cpu_decides_unless_the_environment_asks_for_portable_c)
{
    csign_server_profile profile;

    unsetenv("COUNTERSIGN_PORTABLE");
    CHECK_EQUAL(fast_path(), cpu_has_sha() ? FAST_SHA_NI : FAST_PORTABLE);
    profile = fast_classic_server();
    CHECK(profile.search == (cpu_has_sha() ? search_ni : search_portable));
    setenv("COUNTERSIGN_PORTABLE", "", 1);
    CHECK_EQUAL(fast_path(), cpu_has_sha() ? FAST_SHA_NI : FAST_PORTABLE);
    setenv("COUNTERSIGN_PORTABLE", "1", 1);
    CHECK_EQUAL(fast_path(), FAST_PORTABLE);
    CHECK(fast_hash(&csign_sha256).compress == csign_sha256.compress);
    profile = fast_classic_server();
    CHECK(profile.search == search_portable);
    CHECK(profile.received == csign_classic_server.received);
    unsetenv("COUNTERSIGN_PORTABLE");
}

TESTS(RUN(the_accelerated_compression_is_the_portable_one),
      RUN(an_accelerated_hash_hashes_every_length_from_every_address),
      RUN(only_sha256_is_accelerated),
      RUN(the_cpu_decides_unless_the_environment_asks_for_portable_c))
