/* SPDX-License-Identifier: MIT */
/* search_message.h: what the candidates of one classic search share. The message that
 * HMAC's inner hash takes, R || code, differs in the code's bytes only: the rest, padding
 * included, is laid out once. */
#ifndef SEARCH_MESSAGE_H
#define SEARCH_MESSAGE_H

#include "Countersign.h"

#define SEARCH_BLOCK_WORDS 16

struct search_message {
    uint32_t words[2 * SEARCH_BLOCK_WORDS]; /* zero where the code's bytes go */
    uint32_t inner[8]; /* the chaining value before the block in which the code begins */
    uint32_t outer[8]; /* the keyed state's */
    uint32_t tag[8];   /* that is searched for */
    uint8_t code_at;   /* the code's first byte in words, 0 .. 64 */
    uint8_t first;     /* that block, 0 or 1 */
    uint8_t blocks;    /* how many there are, 1 or 2 */
};

/* Of the block that HMAC's outer hash takes behind the inner digest: padding. */
extern const uint32_t search_outer_tail[8];

/* Whether the searches of this folder know the hash: SHA-256, however it is computed. */
bool search_message_is_for(const csign_settings *settings);

/* Lays it out. The settings' work is used. */
void search_message_make(struct search_message *message, const csign_settings *settings,
                         const void *keyed, const uint8_t *r, uint8_t code_len,
                         const uint8_t *tag);

/* All ones where the two digests are equal, else zero; no branch. */
static inline size_t search_mask(uint32_t difference)
{
    return (size_t)0 - (size_t)(1u & (uint32_t)(((uint64_t)difference - 1) >> 32));
}

/* Walks a table with the rights of its rows (csign_right_after), without a branch on
 * what was found. */
struct search_walk {
    size_t found;
    uint32_t rights, right; /* the key's, and what the next row needs */
};

/* The next row's digest differs from the tag in these bits, or is equal to it: 0. */
static inline void search_walk_on(struct search_walk *walk, size_t row,
                                  uint32_t difference)
{
    uint32_t lacks = (walk->rights & walk->right) ^ walk->right;
    size_t mask = search_mask(difference | lacks);

    walk->found = (walk->found & ~mask) | (row & mask);
    walk->right = csign_right_after(walk->right);
}

#endif
