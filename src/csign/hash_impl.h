/* SPDX-License-Identifier: MIT */
/* hash_impl.h: what the hash functions' own files share. Private to the library.
 *
 * Words are read and written byte by byte, which is right on either endianness; a
 * compiler makes one load of it where the machine has one.
 */
#ifndef CSIGN_HASH_IMPL_H
#define CSIGN_HASH_IMPL_H

#include "hash.h"
#include "rotate.h"

/* hash.c and hmac.c find chaining value and block by counting bytes behind the head. */
#define CSIGN_ASSERT_WORK(type, state_bytes, block_bytes)                                \
    CSIGN_STATIC_ASSERT(type##_state_follows_head,                                       \
                        offsetof(type, state) == sizeof(csign_work) &&                   \
                            sizeof(((type *)0)->state) == (state_bytes));                \
    CSIGN_STATIC_ASSERT(type##_block_follows_state,                                      \
                        offsetof(type, block) == sizeof(csign_work) + (state_bytes) &&   \
                            sizeof(((type *)0)->block) == (block_bytes) &&               \
                            (state_bytes) <= CSIGN_DIGEST_MAX &&                         \
                            (block_bytes) <= CSIGN_BLOCK_MAX)

static CSIGN_INLINE uint32_t load32_be(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static CSIGN_INLINE uint32_t load32_le(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static CSIGN_INLINE uint64_t load64_be(const uint8_t *at)
{
    return (uint64_t)load32_be(at) << 32 | load32_be(at + 4);
}

static CSIGN_INLINE void store32_be(uint8_t *at, uint32_t word)
{
    at[0] = (uint8_t)(word >> 24);
    at[1] = (uint8_t)(word >> 16);
    at[2] = (uint8_t)(word >> 8);
    at[3] = (uint8_t)word;
}

static CSIGN_INLINE void store32_le(uint8_t *at, uint32_t word)
{
    at[0] = (uint8_t)word;
    at[1] = (uint8_t)(word >> 8);
    at[2] = (uint8_t)(word >> 16);
    at[3] = (uint8_t)(word >> 24);
}

/* memcpy() behind a call: where a length comes from a byte gcc would else make `rep movs`
 * of it on x86, which costs an HMAC a fifth of its time. */
void csign_copy(void *to, const void *from, size_t len);

/* The `compress` of these two has a name, because assembly may take its place: on an AVR
 * that multiplies, src/csign/avr's. CSIGN_NO_ASM asks for the C. */
#if defined(__AVR__) && defined(__AVR_HAVE_MUL__) && !defined(CSIGN_NO_ASM)
#define CSIGN_SHA256_ASM
#define CSIGN_BLAKE2S_ASM
#endif

void csign_sha256_compress(csign_work *work);
void csign_blake2s_compress(csign_work *work);

/* Compresses the block, whose fill bytes are the message's, and empties it. */
void csign_hash_block(const csign_hash *hash, csign_work *work);

/* Pads the message as FIPS 180-4, section 5.1 says and compresses what remains of it, for
 * blocks of 64 bytes (8 of them for the length) and of 128 (16). */
void csign_md_pad(const csign_hash *hash, csign_work *work);

/* The `finish` of hashes that are csign_md_pad() and a digest of 32-bit words. */
void csign_md_finish(const csign_hash *hash, csign_work *work, uint8_t *out);

#endif
