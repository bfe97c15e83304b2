/* SPDX-License-Identifier: MIT */
#include "bytes.h"

/* Writes through a volatile pointer are not dropped, neither when this function is
 * inlined nor at link time. */
void csign_wipe(void *bytes, size_t len)
{
    volatile uint8_t *byte = (volatile uint8_t *)bytes;

    while (len-- > 0)
        *byte++ = 0;
}

uint8_t csign_same(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint8_t difference = 0;

    for (size_t i = 0; i < len; i++)
        difference = csign_opaque((uint8_t)(difference | (a[i] ^ b[i])));
    return csign_same_byte(difference, 0);
}

void csign_select(uint8_t *to, const uint8_t *from, size_t len, uint8_t mask)
{
    mask = csign_opaque(mask);
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)(to[i] ^ ((to[i] ^ from[i]) & mask));
}

uint32_t csign_get_u32(const uint8_t *from)
{
    uint32_t value = 0;

    for (uint8_t i = 0; i < 4; i++)
        value = value << 8 | from[i];
    return value;
}

void csign_put_u32(uint8_t *to, uint32_t value)
{
    for (uint8_t i = 4; i-- > 0; value >>= 8)
        to[i] = (uint8_t)value;
}
