/* SPDX-License-Identifier: MIT */
/* spi.h: the SPI master. A byte takes eight clocks of the chosen divider and
 * one cycle to start: 17 cycles at fosc/2. */
#ifndef BOARD_SPI_H
#define BOARD_SPI_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct avr_spi_t;

struct spi {
    struct avr_spi_t *port;
    uint8_t outgoing;
    uint8_t received; /* what SPDR reads */
    bool busy;
    bool flag_seen; /* SPSR was read with SPIF or WCOL set */
    uint64_t collisions;
};

void spi_init(struct board *board);
void spi_reset(struct board *board);

#endif
