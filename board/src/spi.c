/* SPDX-License-Identifier: MIT */
#include "spi.h"

#include <simavr/avr_spi.h>

#include "board.h"

/* Bits of the ATmega328P's SPCR and SPSR. */
enum {
    SPE = 0x40,
    DORD = 0x20,
    MSTR = 0x10,
    CPOL = 0x08,
    CPHA = 0x04,
    SPR = 0x03,
    SPIF = 0x80,
    WCOL = 0x40,
    SPI2X = 0x01
};

static unsigned divider(const struct board *board)
{
    static const unsigned by_spr[4] = {4, 16, 64, 128};
    const avr_spi_t *port = board->spi.port;
    unsigned value = by_spr[board->avr->data[port->r_spcr] & SPR];

    return board->avr->data[port->r_spsr] & SPI2X ? value / 2 : value;
}

static uint8_t reversed(uint8_t byte)
{
    unsigned in = byte, out = 0;

    for (int i = 0; i < 8; i++, in >>= 1)
        out = out << 1 | (in & 1);
    return (uint8_t)out;
}

/* What the wires carry: MISO is pulled up while nobody drives it. */
static uint8_t exchange(struct board *board, uint8_t out)
{
    uint8_t control = board->avr->data[board->spi.port->r_spcr];
    bool lsb_first = control & DORD;
    uint8_t in;

    if (!board->w5500.frame.selected)
        return 0xff;
    if (((control & CPOL) != 0) != ((control & CPHA) != 0)) {
        board_fault(board, "SPI mode %u with the W5500 selected: it understands 0 and 3",
                    (control >> 2) & 3u);
        return 0xff;
    }
    in = w5500_exchange(&board->w5500, lsb_first ? reversed(out) : out);
    return lsb_first ? reversed(in) : in;
}

static avr_cycle_count_t byte_done(avr_t *avr, avr_cycle_count_t when, void *param)
{
    struct board *board = param;

    (void)when;
    board->spi.received = exchange(board, board->spi.outgoing);
    board->spi.busy = false;
    board->spi.flag_seen = false;
    avr_raise_interrupt(avr, &board->spi.port->spi);
    return 0;
}

static void access_data(struct board *board)
{
    struct spi *spi = &board->spi;

    if (!spi->flag_seen)
        return;
    spi->flag_seen = false;
    board->avr->data[spi->port->r_spsr] &= (uint8_t)~WCOL;
    avr_clear_interrupt(board->avr, &spi->port->spi);
}

static void write_data(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    struct board *board = param;
    struct spi *spi = &board->spi;
    uint8_t control = avr->data[spi->port->r_spcr];

    avr->data[addr] = value;
    access_data(board);
    if (!(control & SPE))
        return;
    if (!(control & MSTR)) {
        board_fault(board, "SPI as a slave is not modelled");
    } else if (spi->busy) {
        avr->data[spi->port->r_spsr] |= WCOL;
        spi->collisions++;
    } else {
        spi->busy = true;
        spi->outgoing = value;
        avr_cycle_timer_register(avr, 8 * divider(board) + 1, byte_done, board);
    }
}

static uint8_t read_data(avr_t *avr, avr_io_addr_t addr, void *param)
{
    struct board *board = param;

    (void)avr;
    (void)addr;
    access_data(board);
    return board->spi.received;
}

static uint8_t read_status(avr_t *avr, avr_io_addr_t addr, void *param)
{
    struct board *board = param;

    if (avr->data[addr] & (SPIF | WCOL))
        board->spi.flag_seen = true;
    return avr->data[addr];
}

static void write_status(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    (void)param;
    avr->data[addr] = (uint8_t)((avr->data[addr] & ~SPI2X) | (value & SPI2X));
}

static void write_control(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    struct board *board = param;

    avr->data[addr] = value;
    if (!(value & SPE) && board->spi.busy) {
        avr_cycle_timer_cancel(avr, byte_done, board);
        board->spi.busy = false;
    }
    if (avr->data[board->spi.port->r_spsr] & SPIF)
        avr_raise_interrupt(avr, &board->spi.port->spi);
}

void spi_init(struct board *board)
{
    avr_spi_t *port = (avr_spi_t *)board_take_module(board, "spi");

    board->spi.port = port;
    board_take_register(board, port->r_spdr, read_data, write_data);
    board_take_register(board, port->r_spsr, read_status, write_status);
    board_take_register(board, port->r_spcr, NULL, write_control);
}

void spi_reset(struct board *board)
{
    avr_cycle_timer_cancel(board->avr, byte_done, board);
    board->spi.busy = board->spi.flag_seen = false;
    board->spi.received = 0;
}
