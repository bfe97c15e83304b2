/* SPDX-License-Identifier: MIT */
/* options.h: the command line. */
#ifndef BOARD_OPTIONS_H
#define BOARD_OPTIONS_H

#include "board.h"

struct options {
    const char *firmware, *eeprom, *control, *uart_link;
    enum uart_kind uart;
    bool no_dtr;
    uint32_t hz;
    double seconds, turns;
};

/* Fills options, which the caller has preset, and what of the board can be
 * set before it starts. False, with a message, for a wrong command line; does
 * not return from --help. */
bool options_read(struct board *board, struct options *options, int argc, char **argv);

#endif
