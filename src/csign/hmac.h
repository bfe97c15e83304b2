/* SPDX-License-Identifier: MIT */
/* hmac.h: HMAC (RFC 2104) with both keyed states kept.
 *
 * The two blocks that a key is padded to are compressed once, when the key is set. What
 * is kept of it are two chaining values, the *keyed state* (2 * state_size bytes: inner,
 * then outer), and every later HMAC saves two compressions. A keyed state is as secret as
 * its key.
 */
#ifndef CSIGN_HMAC_H
#define CSIGN_HMAC_H

#include "hash.h"

CSIGN_BEGIN_DECLS

/* Keyed states in the alignment their hash wants. */
typedef struct {
    uint32_t inner[8], outer[8];
} csign_sha256_keyed;
typedef struct {
    uint32_t inner[5], outer[5];
} csign_sha1_keyed;
typedef struct {
    uint64_t inner[8], outer[8];
} csign_sha512_keyed;
typedef struct {
    uint32_t inner[8], outer[8];
} csign_blake2s_keyed;

/* For a program that learns its hash at run time. An array of keyed states has
 * 2 * state_size bytes an element, so an array of this type serves every hash. */
typedef union {
    csign_sha256_keyed sha256;
    csign_sha1_keyed sha1;
    csign_sha512_keyed sha512;
    csign_blake2s_keyed blake2s;
} csign_any_keyed;

/* Makes the keyed state of a key of len bytes (0 or more; longer than the block: hashed
 * first). Wipes the work. key may be keyed's outer half, if it is no longer than that,
 * and may lie nowhere else in keyed or in the work; NULL when len is 0. */
void csign_hmac_key(const csign_hasher *hasher, void *keyed, const uint8_t *key,
                    size_t len);

/* One HMAC: begin, any number of csign_hash_add(), end. Both take the same keyed state;
 * end writes digest_size bytes to out, which may be the work's block or lie in keyed.
 * With BLAKE2s the message must have at least one byte: of an empty one the key's block
 * would be the last, which BLAKE2s compresses differently, and a keyed state has it
 * compressed already. */
void csign_hmac_begin(const csign_hasher *hasher, const void *keyed);
void csign_hmac_end(const csign_hasher *hasher, const void *keyed, uint8_t *out);

CSIGN_END_DECLS

#endif
