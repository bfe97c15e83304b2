/* SPDX-License-Identifier: MIT */
#include "hmac.h"

#include "bytes.h"
#include "hash_impl.h"

#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

/* Compresses one padded key, at most a block long, and stores what becomes of it. */
static void absorb_key(const csign_hasher *hasher, void *state, const uint8_t *key,
                       size_t len, uint8_t pad)
{
    const csign_hash *hash = hasher->hash;
    uint8_t *block = csign_work_block(hasher);

    csign_hash_begin(hasher);
    for (uint8_t i = 0; i < hash->block_size; i++)
        block[i] = i < len ? (uint8_t)(key[i] ^ pad) : pad;
    hasher->work->fill = hash->block_size;
    csign_hash_block(hash, hasher->work);
    csign_copy(state, csign_work_state(hasher), hash->state_size);
}

void csign_hmac_key(const csign_hasher *hasher, void *keyed, const uint8_t *key,
                    size_t len)
{
    uint8_t *inner = (uint8_t *)keyed;
    uint8_t *outer = inner + hasher->hash->state_size;

    if (len > hasher->hash->block_size) {
        /* The digest waits in the outer state, which is made from it last. */
        csign_hash_begin(hasher);
        csign_hash_add(hasher, key, len);
        csign_hash_end(hasher, outer);
        key = outer;
        len = hasher->hash->digest_size;
    }
    absorb_key(hasher, inner, key, len, INNER_PAD);
    absorb_key(hasher, outer, key, len, OUTER_PAD);
    csign_hasher_wipe(hasher);
}

/* Continues behind the block that a keyed state stands for. */
static void resume(const csign_hasher *hasher, const uint8_t *state)
{
    csign_work *work = hasher->work;

    work->length = hasher->hash->block_size;
    work->fill = 0;
    work->last = 0;
    csign_copy(csign_work_state(hasher), state, hasher->hash->state_size);
}

void csign_hmac_begin(const csign_hasher *hasher, const void *keyed)
{
    resume(hasher, (const uint8_t *)keyed);
}

/* The inner digest is the outer message, so it is written to where that is hashed. */
void csign_hmac_end(const csign_hasher *hasher, const void *keyed, uint8_t *out)
{
    csign_hash_end(hasher, csign_work_block(hasher));
    resume(hasher, (const uint8_t *)keyed + hasher->hash->state_size);
    hasher->work->fill = hasher->hash->digest_size;
    csign_hash_end(hasher, out);
}
