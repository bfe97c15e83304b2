/* SPDX-License-Identifier: MIT */
/* hash.h: hash functions behind one small descriptor, and the memory they compute in.
 *
 * A program names the hash it wants (csign_sha256, ...) and links only that one; a host
 * may pass a descriptor of its own with a faster `compress`. Chaining value, block and
 * progress lie in a work area of the caller's: one for each device or thread, whatever
 * the number of keys and connections. Whoever wants a digest does begin, add ..., end.
 */
#ifndef CSIGN_HASH_H
#define CSIGN_HASH_H

#include "port.h"

CSIGN_BEGIN_DECLS

#define CSIGN_DIGEST_MAX 64 /* bytes of the longest digest here, SHA-512's */
#define CSIGN_BLOCK_MAX  128

/* The head of every work area. The chaining value follows it directly, then the block;
 * each hash's file asserts that its work struct has this shape. */
typedef struct {
    uint32_t length; /* bytes of all blocks up to the one being compressed, and in it */
    uint8_t fill;    /* bytes waiting in the block, 0 .. block_size; not yet in length */
    uint8_t last;    /* the block about to be compressed is the last: BLAKE2s marks it */
} csign_work;

typedef struct csign_hash {
    uint8_t id;          /* the protocol's h; 0: this hash is not for sealed */
    uint8_t digest_size; /* bytes, the protocol's L */
    uint8_t state_size;  /* bytes of the chaining value */
    uint8_t block_size;  /* bytes */
    /* Writes the initial chaining value to state (state_size bytes, aligned like it). */
    void (*start)(void *state);
    /* Compresses the work's block into its chaining value. May destroy the block. */
    void (*compress)(csign_work *work);
    /* Pads, compresses what remains, writes digest_size bytes to out, which may be the
     * work's block. Compresses by way of hash->compress, so that an accelerated
     * descriptor can share this function. */
    void (*finish)(const struct csign_hash *hash, csign_work *work, uint8_t *out);
} csign_hash;

/* A hash and the memory it computes in. Not shared between threads. */
typedef struct {
    const csign_hash *hash;
    csign_work *work; /* the hash's own type of work, e.g. &my_sha256_work.head */
} csign_hasher;

/* FIPS 180-4. */
extern const csign_hash csign_sha256;
typedef struct {
    csign_work head;
    uint32_t state[8];
    union {
        uint8_t bytes[64];
        uint32_t words[16];
    } block;
} csign_sha256_work;

/* FIPS 180-4. Only for classic devices that already speak it. */
extern const csign_hash csign_sha1;
typedef struct {
    csign_work head;
    uint32_t state[5];
    union {
        uint8_t bytes[64];
        uint32_t words[16];
    } block;
} csign_sha1_work;

/* FIPS 180-4. */
extern const csign_hash csign_sha512;
typedef struct {
    csign_work head;
    uint64_t state[8];
    union {
        uint8_t bytes[128];
        uint64_t words[16];
    } block;
} csign_sha512_work;

/* RFC 7693, BLAKE2s-256 without a key. */
extern const csign_hash csign_blake2s;
typedef struct {
    csign_work head;
    uint32_t state[8];
    union {
        uint8_t bytes[64];
        uint32_t words[16];
    } block;
} csign_blake2s_work;

/* Work for a program that learns its hash at run time. */
typedef union {
    csign_work head;
    csign_sha256_work sha256;
    csign_sha1_work sha1;
    csign_sha512_work sha512;
    csign_blake2s_work blake2s;
} csign_any_work;

/* Where the work keeps its chaining value (state_size bytes) and its block. */
static inline void *csign_work_state(const csign_hasher *hasher)
{
    return hasher->work + 1;
}

static inline uint8_t *csign_work_block(const csign_hasher *hasher)
{
    return (uint8_t *)(hasher->work + 1) + hasher->hash->state_size;
}

/* Starts a new message; what the work held of an older one is lost. */
void csign_hash_begin(const csign_hasher *hasher);

/* Adds len bytes to the message, at most 4 GiB - 1 in all. bytes may not lie in the work.
 */
void csign_hash_add(const csign_hasher *hasher, const void *bytes, size_t len);

/* Adds one byte. */
void csign_hash_add_byte(const csign_hasher *hasher, uint8_t byte);

/* Ends the message: digest_size bytes go to out. Only begin may follow. out may be the
 * work's block, where a digest costs no memory that is only compared or copied on. What
 * the message leaves in the work stays there until csign_hasher_wipe(). */
void csign_hash_end(const csign_hasher *hasher, uint8_t *out);

/* Wipes the work area. */
void csign_hasher_wipe(const csign_hasher *hasher);

CSIGN_END_DECLS

#endif
