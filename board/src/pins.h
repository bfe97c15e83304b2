/* SPDX-License-Identifier: MIT */
/* pins.h: the board's pins by their printed names, buttons and lamps. */
#ifndef BOARD_PINS_H
#define BOARD_PINS_H

#include <simavr/sim_avr.h>
#include <stdbool.h>
#include <stdint.h>

struct board;

enum { PINS = 20, PIN_CHIP_SELECT = 10, PIN_LABEL_SIZE = 24 };

enum pin_level { PIN_LOW, PIN_HIGH, PIN_FLOAT };

struct pin {
    char label[PIN_LABEL_SIZE]; /* "lamp", by --name; may be empty */
    enum pin_level drive;       /* what a button or wire puts on it */
    enum pin_level level;
    bool output;
    uint64_t edges;   /* changes since the power came on */
    uint64_t changed; /* cycle of the last one */
};

struct pins {
    struct pin pin[PINS]; /* D0..D13, then A0..A5 */
    bool dirty;           /* a port was written; levels are to be looked at */
    bool busy;
    avr_io_write_t write[3][3]; /* simavr's own handlers: port by PIN, DDR, PORT */
    void *write_param[3][3];
    int awaited; /* run-until pin; -1 for none */
    enum pin_level awaited_level;
    bool awaited_change;
};

void pins_init(struct board *board);

/* Looks at every pin and tells what changed. */
void pins_update(struct board *board);

/* Puts a level on a pin from outside; PIN_FLOAT lets go. */
void pins_drive(struct board *board, int pin, enum pin_level level);

/* "D7", "A0" or a label; -1 when there is none. */
int pins_find(const struct board *board, const char *name);
const char *pins_name(int pin);
const char *pins_level_name(enum pin_level level);

#endif
