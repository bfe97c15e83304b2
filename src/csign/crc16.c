/* SPDX-License-Identifier: MIT */
#include "crc16.h"

uint16_t csign_crc16(uint16_t crc, uint8_t byte)
{
    crc ^= (uint16_t)((uint16_t)byte << 8);
    for (uint8_t bit = 0; bit < 8; bit++)
        crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    return crc;
}

uint16_t csign_crc16_of(uint16_t crc, const uint8_t *bytes, uint8_t len)
{
    while (len-- > 0)
        crc = csign_crc16(crc, *bytes++);
    return crc;
}
