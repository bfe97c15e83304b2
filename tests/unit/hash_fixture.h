/* SPDX-License-Identifier: MIT */
/* hash_fixture.h: what the tests of hashes and HMAC share: memory that serves each hash,
 * a message of no pattern a hash could like, and comparison with answers in flash. */
#ifndef HASH_FIXTURE_H
#define HASH_FIXTURE_H

#include "csign/hash.h"

#define HASHES 4

static const csign_hash *const hashes[HASHES] = {&csign_sha256, &csign_sha1,
                                                 &csign_sha512, &csign_blake2s};

static csign_any_work work;

static csign_hasher hasher_of(const csign_hash *hash)
{
    csign_hasher hasher = {hash, &work.head};

    return hasher;
}

/* Byte i of the message; in node: (i * 7 + (i >> 8) * 3 + 1) & 255 */
static uint8_t message_byte(uint16_t i)
{
    return (uint8_t)(i * 7u + (i >> 8) * 3u + 1u);
}

static void fill_message(uint8_t *to, uint16_t len)
{
    for (uint16_t i = 0; i < len; i++)
        to[i] = message_byte(i);
}

static bool equals_flash(const uint8_t *bytes, const uint8_t *flash, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != csign_flash_u8(flash + i))
            return false;
    return true;
}

#endif
