/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "eeprom.h"

#include <fcntl.h>
#include <simavr/avr_eeprom.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board.h"

/* Bits of EECR. */
enum { EEPM = 0x30, EERIE = 0x08, EEMPE = 0x04, EEPE = 0x02, EERE = 0x01 };
enum { MODE_BOTH = 0x00, MODE_ERASE = 0x10, MODE_WRITE = 0x20 };

enum {
    ARMED_CYCLES = 4, /* EEPE must follow EEMPE within them */
    READ_HALT = 4,    /* cycles the processor stands still after EERE */
    WRITE_HALT = 2    /* and after EEPE */
};

static uint8_t stored(const struct eeprom *e, uint16_t address, uint8_t value)
{
    return (uint8_t)((value & ~e->stuck[address]) |
                     (e->stuck_at[address] & e->stuck[address]));
}

uint8_t eeprom_get(const struct eeprom *e, uint16_t address)
{
    address %= EEPROM_SIZE;
    return stored(e, address, e->cell[address]);
}

void eeprom_set(struct eeprom *e, uint16_t address, uint8_t value)
{
    address %= EEPROM_SIZE;
    e->cell[address] = value;
    value = eeprom_get(e, address);
    if (e->file >= 0 && pwrite(e->file, &value, 1, address) != 1)
        perror("countersign-board: eeprom file");
}

static uint8_t result(const struct eeprom *e)
{
    uint8_t old = e->cell[e->address];

    if (e->mode == MODE_ERASE)
        return 0xff;
    return e->mode == MODE_WRITE ? old & e->value : e->value;
}

/* Bits go up while a cell is erased, then down while it is written; a cut
 * leaves some of them behind. In the first half the erasing is cut. */
static uint8_t torn(struct board *board, bool erasing)
{
    const struct eeprom *e = &board->eeprom;
    uint8_t chance = (uint8_t)board_random(&board->seed);

    if (e->torn_value >= 0)
        return (uint8_t)e->torn_value;
    if (e->mode != MODE_WRITE && (erasing || e->mode == MODE_ERASE))
        return e->cell[e->address] | chance;
    return result(e) | (e->mode == MODE_WRITE ? e->cell[e->address] & chance : chance);
}

static void finish(struct board *board)
{
    struct eeprom *e = &board->eeprom;

    e->busy = false;
    eeprom_set(e, e->address, result(e));
    board->avr->data[e->port->r_eecr] &= (uint8_t)~EEPE;
}

static void announce_ready(struct board *board)
{
    uint8_t control = board->avr->data[board->eeprom.port->r_eecr];

    if ((control & EERIE) && !(control & EEPE))
        avr_raise_interrupt(board->avr, &board->eeprom.port->ready);
}

static avr_cycle_count_t write_done(avr_t *avr, avr_cycle_count_t when, void *param)
{
    struct board *board = param;

    (void)avr;
    (void)when;
    finish(board);
    announce_ready(board);
    return 0;
}

/* EE_RDY stays due as long as it is enabled and nothing is written. */
static void handler_left(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq;
    if (value == 0)
        announce_ready(param);
}

static void cut_here(struct board *board)
{
    struct eeprom *e = &board->eeprom;

    e->busy = false;
    if (e->tear == TEAR_NEW)
        eeprom_set(e, e->address, result(e));
    else if (e->tear == TEAR_TORN)
        eeprom_set(e, e->address, torn(board, board_random(&board->seed) & 1));
    board_trace(board, "power cut at EEPROM write %04x: cell is %02x", e->address,
                eeprom_get(e, e->address));
    board_stop(board, STOP_CUT);
}

static uint16_t address_of(const struct board *board)
{
    const avr_eeprom_t *port = board->eeprom.port;

    return (uint16_t)((board->avr->data[port->r_eearl] | board->avr->data[port->r_eearh]
                                                             << 8) &
                      (EEPROM_SIZE - 1));
}

static void start_write(struct board *board)
{
    struct eeprom *e = &board->eeprom;
    avr_t *avr = board->avr;
    double seconds;

    e->busy = true;
    e->address = address_of(board);
    e->value = avr->data[e->port->r_eedr];
    e->mode = avr->data[e->port->r_eecr] & EEPM;
    e->writes++;
    e->wear[e->address]++;
    seconds = e->mode == MODE_BOTH ? 3.4e-3 : 1.8e-3;
    e->began = avr->cycle;
    avr->cycle += WRITE_HALT;
    e->ends = avr->cycle + board_cycles(board, seconds);
    avr_clear_interrupt(avr, &e->port->ready);
    board_trace(board, "EEPROM %04x: %02x <- %02x%s", e->address,
                eeprom_get(e, e->address), e->value,
                e->mode == MODE_BOTH    ? ""
                : e->mode == MODE_ERASE ? " (erase)"
                                        : " (write)");
    if (e->cut_in != 0 && --e->cut_in == 0)
        cut_here(board);
    else
        avr_cycle_timer_register(avr, e->ends - avr->cycle, write_done, board);
}

static void write_control(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    struct board *board = param;
    struct eeprom *e = &board->eeprom;
    bool armed = (avr->data[addr] & EEMPE) && avr->cycle <= e->armed_at + ARMED_CYCLES;
    uint8_t mode = e->busy ? avr->data[addr] & EEPM : value & EEPM;

    avr->data[addr] = (uint8_t)(mode | (value & EERIE) | (avr->data[addr] & EEPE));
    if ((value & EEPE) && armed && !e->busy) {
        if (mode == EEPM) {
            board_fault(board, "EEPM mode 3 is reserved");
            return;
        }
        avr->data[addr] |= EEPE;
        start_write(board);
    } else if (value & EEMPE) {
        avr->data[addr] |= EEMPE;
        if (!armed)
            e->armed_at = avr->cycle;
    }
    if ((value & EERE) && !e->busy) {
        avr->data[e->port->r_eedr] = eeprom_get(e, address_of(board));
        avr->cycle += READ_HALT;
    }
    announce_ready(board);
}

static uint8_t read_control(avr_t *avr, avr_io_addr_t addr, void *param)
{
    struct board *board = param;

    if (avr->cycle > board->eeprom.armed_at + ARMED_CYCLES)
        avr->data[addr] &= (uint8_t)~EEMPE;
    return avr->data[addr];
}

/* EEAR and EEDR belong to the write under way. */
static void write_operand(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    struct board *board = param;

    if (!board->eeprom.busy)
        avr->data[addr] = value;
}

static bool open_file(struct eeprom *e, const char *path)
{
    struct stat info;
    ssize_t got;

    e->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (e->file < 0 || fstat(e->file, &info) != 0) {
        perror(path);
        return false;
    }
    if (info.st_size == 0)
        return pwrite(e->file, e->cell, EEPROM_SIZE, 0) == EEPROM_SIZE;
    got = pread(e->file, e->cell, EEPROM_SIZE, 0);
    if (got == EEPROM_SIZE && info.st_size == EEPROM_SIZE)
        return true;
    fprintf(stderr, "%s: an EEPROM file has %d bytes\n", path, EEPROM_SIZE);
    return false;
}

bool eeprom_init(struct board *board, const char *file, const uint8_t *initial,
                 unsigned count)
{
    struct eeprom *e = &board->eeprom;
    avr_eeprom_t *port = (avr_eeprom_t *)board_take_module(board, "eeprom");

    e->port = port;
    e->file = -1;
    e->torn_value = -1;
    memset(e->cell, 0xff, sizeof e->cell);
    if (initial != NULL)
        memcpy(e->cell, initial, count < EEPROM_SIZE ? count : EEPROM_SIZE);
    board_take_register(board, port->r_eecr, read_control, write_control);
    board_take_register(board, port->r_eearl, NULL, write_operand);
    board_take_register(board, port->r_eearh, NULL, write_operand);
    board_take_register(board, port->r_eedr, NULL, write_operand);
    avr_irq_register_notify(&port->ready.irq[AVR_INT_IRQ_RUNNING], handler_left, board);
    return file == NULL || open_file(e, file);
}

void eeprom_reset(struct board *board)
{
    if (board->eeprom.busy)
        finish(board);
    avr_cycle_timer_cancel(board->avr, write_done, board);
    board->eeprom.armed_at = 0;
}

void eeprom_power_cut(struct board *board)
{
    struct eeprom *e = &board->eeprom;
    uint64_t half = e->began + (e->ends - e->began) / 2;

    if (!e->busy)
        return;
    e->busy = false;
    eeprom_set(e, e->address, torn(board, board->avr->cycle < half));
    board_trace(board, "power cut during EEPROM write %04x: cell is %02x", e->address,
                eeprom_get(e, e->address));
}
