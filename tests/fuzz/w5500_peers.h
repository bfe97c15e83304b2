/* SPDX-License-Identifier: MIT */
/* w5500_peers.h: the cable's far end of the fuzzed chip, which does what the input says.
 *
 * This machine's sockets are not touched: the linker puts functions of this file in their
 * place (--wrap), and in that of lan.c.
 */
#ifndef W5500_PEERS_H
#define W5500_PEERS_H

#include "fuzz.h"
#include "lan.h"

enum { PEERS_MAP_FD = 5000 };

void peers_begin(struct choices *in);

/* Whether a socket is open, and how many are; a map's own does not count. */
bool peers_hold(int fd);
unsigned peers_held(void);

#endif
