/* SPDX-License-Identifier: MIT */
/* eeprom.h: 1 KiB that wears, tears and rots.
 *
 * A write takes 3.4 ms (1.8 ms for erase only or write only), during which
 * EEPE is set and EEAR, EEDR and reads are refused. The cell changes at the
 * end; a power cut before that leaves it torn. A reset does not: the data
 * sheet lets a write under way come to its end.
 */
#ifndef BOARD_EEPROM_H
#define BOARD_EEPROM_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct avr_eeprom_t;

enum { EEPROM_SIZE = 1024 };

/* What a power cut at a write leaves in the cell. */
enum eeprom_tear { TEAR_OLD, TEAR_NEW, TEAR_TORN };

struct eeprom {
    struct avr_eeprom_t *port;
    int file;                      /* -1 when kept in memory only */
    uint8_t cell[EEPROM_SIZE];     /* what was programmed */
    uint8_t stuck[EEPROM_SIZE];    /* bits of a rotten cell that never change, */
    uint8_t stuck_at[EEPROM_SIZE]; /* and what they read as */
    uint32_t wear[EEPROM_SIZE];    /* erases and writes of each cell */
    uint64_t writes;               /* since the start */
    bool busy;
    uint16_t address; /* of the write under way */
    uint8_t value;
    uint8_t mode;         /* EEPM bits */
    uint64_t began, ends; /* cycles */
    uint64_t armed_at;    /* cycle at which EEMPE was set */
    uint64_t cut_in;      /* cut at the n-th write from now; 0 for none */
    enum eeprom_tear tear;
    int torn_value; /* -1: by chance */
};

/* file may be NULL; it is made, erased, when absent. initial (count bytes) is
 * what the ELF brings; it is used when the file is new. */
bool eeprom_init(struct board *board, const char *file, const uint8_t *initial,
                 unsigned count);
void eeprom_reset(struct board *board);

/* The power fails now: a write under way is torn as far as it got. */
void eeprom_power_cut(struct board *board);

/* What the cell reads as. */
uint8_t eeprom_get(const struct eeprom *eeprom, uint16_t address);

/* Sets a cell from outside, without wear. */
void eeprom_set(struct eeprom *eeprom, uint16_t address, uint8_t value);

#endif
