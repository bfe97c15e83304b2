/* SPDX-License-Identifier: MIT */
/* vector_types.h: the shape of tests/vectors/vectors.json in C. */
#ifndef VECTOR_TYPES_H
#define VECTOR_TYPES_H

#include "Countersign.h"

struct bytes {
    const uint8_t *at;
    size_t len;
};

struct vector_exchange {
    struct bytes code;
    struct bytes request;
    struct bytes arguments;   /* sealed */
    struct bytes request_tag; /* sealed: whole */
    struct bytes answer;      /* sealed: status and data; classic: empty where there is none */
    struct bytes reply;
};

struct vector_conversation {
    int is_sealed;
    const csign_hash *hash;
    const char *id;
    int tag;
    struct bytes key;
    struct bytes wake;
    struct bytes challenge;
    struct bytes derived_key; /* sealed */
    size_t first, count;      /* of its exchanges in vector_exchanges */
};

struct vector_source {
    const csign_hash *hash;
    struct bytes u;
    uint32_t upper, lower; /* of the counter */
    struct bytes entropy;
    struct bytes challenge;
};

#endif
