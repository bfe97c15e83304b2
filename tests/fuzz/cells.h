/* SPDX-License-Identifier: MIT */
/* cells.h: an EEPROM whose end lies against a guard page, and which loses its power. */
#ifndef CELLS_H
#define CELLS_H

#include <csign/store.h>

#include "fuzz.h"

struct cells {
    csign_store_memory memory;
    struct guard guard;
    uint8_t *bytes; /* csign_store_bytes(&memory) of them */
    uint8_t busy;   /* how often it says so after a write */
    uint8_t busy_left;
    bool is_read_only;
    bool is_off;    /* since a cut; what is written has no effect */
    uint16_t until; /* writes before the next cut; 0: none comes */
    uint8_t half;   /* which bits the last write before a cut changes */
    uint16_t stuck; /* a cell that takes no value; beyond the end: none */
};

/* Fresh ones of a shape that the input chooses, erased. */
void cells_begin(struct cells *cells, struct choices *in);

/* Power comes back. */
void cells_power_on(struct cells *cells);

#endif
