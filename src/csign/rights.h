/* SPDX-License-Identifier: MIT */
/* rights.h: which commands a key may run (docs/protocol.md, section 4.10).
 *
 * Bit b, 0 to 30, allows the command in row b; rows from 31 on need all of those; bit 31
 * is the administrator's and allows no command by itself.
 */
#ifndef CSIGN_RIGHTS_H
#define CSIGN_RIGHTS_H

#include "port.h"

#define CSIGN_RIGHT_ADMIN  0x80000000UL
#define CSIGN_RIGHTS_ALL   0x7fffffffUL /* every command, not the administrator's */
#define CSIGN_RIGHTS_EVERY 0xffffffffUL

/* Walks the rows of a table in order without a shift by the row's number, which would
 * take an AVR a time that tells the row. Begin with CSIGN_RIGHT_OF_ROW_0. */
#define CSIGN_RIGHT_OF_ROW_0 1UL

/* The rights that the row after the one with these rights needs: the next bit, and where
 * that would be the administrator's, all others. */
static inline uint32_t csign_right_after(uint32_t right)
{
    right <<= 1;
    return right & CSIGN_RIGHT_ADMIN ? CSIGN_RIGHTS_ALL : right;
}

/* 0xff where rights hold all that is needed, else 0x00; no branch on a host, where a
 * key's rights would tell which key it is. An AVR's has two ways that take equally long.
 */
static inline uint8_t csign_right_is_held(uint32_t rights, uint32_t needed)
{
    return (uint8_t)(0 - (unsigned)((needed & ~rights) == 0));
}

#endif
