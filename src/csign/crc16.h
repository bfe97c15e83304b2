/* SPDX-License-Identifier: MIT */
/* crc16.h: private to the library: the check of stored records and of provisioning's
 * frames. Finds any three flipped bits and any damage to two neighbouring bytes. */
#ifndef CSIGN_CRC16_H
#define CSIGN_CRC16_H

#include "port.h"

/* CRC-16 of polynomial 11021, a byte's high bit first. Over bytes and their CRC, high
 * byte first, it is 0. */
uint16_t csign_crc16(uint16_t crc, uint8_t byte);

uint16_t csign_crc16_of(uint16_t crc, const uint8_t *bytes, uint8_t len);

#endif
