/* SPDX-License-Identifier: MIT */
#include "bytes.h"
#include "hash_impl.h"

void csign_copy(void *to, const void *from, size_t len)
{
    memcpy(to, from, len);
}

void csign_hash_begin(const csign_hasher *hasher)
{
    memset(hasher->work, 0, sizeof(*hasher->work));
    hasher->hash->start(csign_work_state(hasher));
}

void csign_hash_block(const csign_hash *hash, csign_work *work)
{
    work->length += work->fill;
    hash->compress(work);
    work->fill = 0;
}

/* A full block is compressed only when a further byte comes: BLAKE2s wants to know
 * whether a block is the last before it compresses it. */
void csign_hash_add(const csign_hasher *hasher, const void *bytes, size_t len)
{
    const uint8_t *from = (const uint8_t *)bytes;
    csign_work *work = hasher->work;

    while (len > 0) {
        uint8_t run = (uint8_t)(hasher->hash->block_size - work->fill);

        if (run == 0) {
            csign_hash_block(hasher->hash, work);
            continue;
        }
        if (run > len)
            run = (uint8_t)len;
        csign_copy(csign_work_block(hasher) + work->fill, from, run);
        work->fill = (uint8_t)(work->fill + run);
        from += run;
        len -= run;
    }
}

void csign_hash_add_byte(const csign_hasher *hasher, uint8_t byte)
{
    csign_hash_add(hasher, &byte, 1);
}

void csign_hash_end(const csign_hasher *hasher, uint8_t *out)
{
    hasher->hash->finish(hasher->hash, hasher->work, out);
}

void csign_hasher_wipe(const csign_hasher *hasher)
{
    csign_wipe(hasher->work, sizeof(*hasher->work) + hasher->hash->state_size +
                                 hasher->hash->block_size);
}
