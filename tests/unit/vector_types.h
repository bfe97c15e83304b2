/* SPDX-License-Identifier: MIT */
/* vector_types.h: the shape of tests/vectors/vectors.json in C. All of it is CSIGN_FLASH,
 * so that a target can hold it; only one conversation and one exchange at a time are
 * copied. */
#ifndef VECTOR_TYPES_H
#define VECTOR_TYPES_H

#include "Countersign.h"

/* Bytes of vector_bytes. */
struct bytes {
    uint16_t at, len;
};

struct vector_exchange {
    struct bytes code;
    struct bytes request;
    struct bytes arguments;   /* sealed */
    struct bytes request_tag; /* sealed: whole */
    struct bytes answer; /* sealed: status and data; classic: empty where there is none */
    struct bytes reply;
};

struct vector_conversation {
    uint8_t is_sealed;
    uint8_t tag;
    const csign_hash *hash;
    struct bytes id;
    struct bytes key;
    struct bytes wake;
    struct bytes challenge;
    struct bytes derived_key; /* sealed */
    struct bytes codes;       /* sealed: of all exchanges, each once; classic: the one */
    uint16_t first, count;    /* of its exchanges in vector_exchanges */
};

struct vector_source {
    const csign_hash *hash;
    struct bytes u;
    uint32_t upper, lower; /* of the counter */
    struct bytes entropy;
    struct bytes challenge;
};

static inline void copy_from_flash(void *to, const void *flash, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)to)[i] = csign_flash_u8((const uint8_t *)flash + i);
}

#endif
