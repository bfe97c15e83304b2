/* SPDX-License-Identifier: MIT */
/* bytes.h: what is done to secret bytes, in time that does not depend on them. */
#ifndef CSIGN_BYTES_H
#define CSIGN_BYTES_H

#include "port.h"

CSIGN_BEGIN_DECLS

/* Overwrites len bytes with zeros, also where a compiler could prove that nobody reads
 * them again. */
void csign_wipe(void *bytes, size_t len);

/* Compares len bytes: 0xff when all are equal, else 0x00. Always reads all of both. A
 * mask and not a bool, so that a search can select without a branch. */
uint8_t csign_same(const uint8_t *a, const uint8_t *b, size_t len);

/* The same for two bytes. */
static inline uint8_t csign_same_byte(uint8_t a, uint8_t b)
{
    /* Only of zero does the borrow reach the bits that are kept. */
    return csign_opaque((uint8_t)(((uint8_t)(a ^ b) - 1u) >> 8));
}

/* Where mask is 0xff copies from to to, where it is 0x00 leaves to as it was; reads and
 * writes all len bytes either way. */
void csign_select(uint8_t *to, const uint8_t *from, size_t len, uint8_t mask);

/* Four bytes, big endian. */
uint32_t csign_get_u32(const uint8_t *from);
void csign_put_u32(uint8_t *to, uint32_t value);

CSIGN_END_DECLS

#endif
