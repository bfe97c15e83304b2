/* SPDX-License-Identifier: MIT */
#include "hash_impl.h"

void csign_md_pad(const csign_hash *hash, csign_work *work)
{
    uint8_t *block = (uint8_t *)(work + 1) + hash->state_size;
    uint8_t size = hash->block_size;
    uint8_t fill = work->fill;

    if (fill == size) {
        csign_hash_block(hash, work);
        fill = 0;
    }
    work->length += fill;
    block[fill++] = 0x80;
    memset(block + fill, 0, (size_t)(size - fill));
    if (fill > size - size / 8) {
        hash->compress(work);
        memset(block, 0, size);
    }
    /* The length in bits; 35 bits of it can be other than 0. The upper three by way of
     * their byte: an AVR shifts a word bit by bit. */
    block[size - 5] = (uint8_t)((uint8_t)(work->length >> 24) >> 5);
    store32_be(block + size - 4, work->length << 3);
    hash->compress(work);
}

void csign_md_finish(const csign_hash *hash, csign_work *work, uint8_t *out)
{
    const uint32_t *state = (const uint32_t *)(const void *)(work + 1);

    csign_md_pad(hash, work);
    for (uint8_t i = 0; i < hash->digest_size; i = (uint8_t)(i + 4))
        store32_be(out + i, *state++);
}
