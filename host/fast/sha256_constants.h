/* SPDX-License-Identifier: MIT */
/* sha256_constants.h: the constants of SHA-256's 64 rounds (FIPS 180-4, section 4.2.2);
 * the library keeps its own to itself. */
#ifndef SHA256_CONSTANTS_H
#define SHA256_CONSTANTS_H

#include <stdint.h>

extern const uint32_t sha256_constants[64];

#endif
