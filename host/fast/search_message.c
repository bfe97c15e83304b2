/* SPDX-License-Identifier: MIT */
#include "search_message.h"

#define BLOCK 64

/* The outer message is a block of the key and a digest: 96 bytes. */
const uint32_t search_outer_tail[8] = {0x80000000, 0, 0, 0, 0, 0, 0, 96 * 8};

bool search_message_is_for(const csign_settings *settings)
{
    return settings->hasher.hash->id == csign_sha256.id;
}

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
}

/* A block that is the challenge alone is the same for all candidates. */
static void compress_first(struct search_message *message, const csign_hasher *hasher,
                           const uint8_t *block)
{
    csign_sha256_work *work = (csign_sha256_work *)(void *)hasher->work;

    memcpy(work->state, message->inner, sizeof work->state);
    memcpy(work->block.bytes, block, BLOCK);
    hasher->hash->compress(hasher->work);
    memcpy(message->inner, work->state, sizeof message->inner);
}

void search_message_make(struct search_message *message, const csign_settings *settings,
                         const void *keyed, const uint8_t *r, uint8_t code_len,
                         const uint8_t *tag)
{
    uint8_t bytes[2 * BLOCK] = {0};
    const csign_sha256_keyed *states = keyed;
    uint8_t len = (uint8_t)(settings->challenge + code_len);

    memcpy(bytes, r, settings->challenge);
    bytes[len] = 0x80;
    message->code_at = settings->challenge;
    message->first = settings->challenge / BLOCK;
    message->blocks = len + 9 <= BLOCK ? 1 : 2;
    for (int i = 0; i < 2 * SEARCH_BLOCK_WORDS; i++)
        message->words[i] = word_at(bytes + 4 * i);
    message->words[message->blocks * SEARCH_BLOCK_WORDS - 1] = (BLOCK + len) * 8u;
    for (int i = 0; i < 8; i++)
        message->tag[i] = word_at(tag + 4 * i);
    memcpy(message->inner, states->inner, sizeof message->inner);
    memcpy(message->outer, states->outer, sizeof message->outer);
    if (message->first == 1)
        compress_first(message, &settings->hasher, bytes);
}
