/* SPDX-License-Identifier: MIT */
/* board.h: a Pro Mini (ATmega328P) with a W5500 shield, and its parts.
 *
 *     cpu.c      one instruction at a time: cycles, stack, watched addresses
 *     spi.c eeprom.c uart.c
 *                register handlers in place of simavr's, timed by the data sheet
 *     pins.c adc.c
 *     w5500*.c   the Ethernet chip;  lan.c  this machine's sockets behind it
 *     board.c    power, resets and the passing of time
 *     control.c commands.c
 *                the control line
 *
 * Time is avr->cycle. It never goes back, not over a reset nor a power cut,
 * and stands still while the power is off.
 */
#ifndef BOARD_H
#define BOARD_H

#include <simavr/sim_avr.h>
#include <simavr/sim_interrupts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "adc.h"
#include "cpu.h"
#include "eeprom.h"
#include "lan.h"
#include "pins.h"
#include "spi.h"
#include "symbols.h"
#include "uart.h"
#include "w5500.h"

enum board_pace {
    PACE_REAL,    /* simulated time keeps to this machine's clock */
    PACE_FAST,    /* as fast as it can */
    PACE_LOCKSTEP /* time moves by command only */
};

enum board_reset { RESET_POWER, RESET_PIN, RESET_BROWN_OUT, RESET_WATCHDOG };

/* What ends a run, beside power cut and fault. */
enum board_stop {
    STOP_NONE,
    STOP_CYCLE,
    STOP_LIMIT,
    STOP_PIN,
    STOP_SYMBOL,
    STOP_UART,
    STOP_CUT,
    STOP_FAULT,
    STOP_ORDER
};

/* simavr calls it on every reset, by the address of its first field. */
struct board_reset_hook {
    avr_io_t io;
    struct board *board;
};

struct board {
    avr_t *avr;
    struct symbols symbols;
    struct cpu cpu;
    struct spi spi;
    struct eeprom eeprom;
    struct uart uart;
    struct pins pins;
    struct adc adc;
    struct lan lan;
    struct w5500 w5500;

    enum board_pace pace;
    bool powered;
    char fault[240];      /* why the firmware was halted; empty while it runs */
    enum board_stop stop; /* set when something waited for has happened */
    uint64_t run_limit;   /* cycle at which the run in progress ends */
    uint64_t tick;        /* cycle at which the host's sockets come next */
    uint64_t cut_at;      /* cycle of the next power cut; 0 without one */
    uint64_t turn_cycles; /* lock-step: time after each event of a peer */
    uint64_t turn_until;
    uint64_t resets; /* of the watchdog */
    uint64_t ticks;
    struct board_reset_hook hook;
    uint32_t seed;

    FILE *trace;
    bool show_pins;
};

/* Makes the microcontroller, loads the firmware (ELF, or Intel HEX by its
 * name) and switches the power on. eeprom_file may be NULL. False, with a
 * message, when a file cannot be used. The rest of board is the caller's
 * preset: zero, but for lan, pace, trace, seed and show_pins. */
bool board_start(struct board *board, const char *firmware, uint32_t hz,
                 const char *eeprom_file);
void board_finish(struct board *board);

/* Lets time pass until cycle until, or until something stops the run. */
void board_run(struct board *board, uint64_t until);

/* Ends the run in progress; the first reason stays. */
void board_stop(struct board *board, enum board_stop why);

void board_reset(struct board *board, enum board_reset cause);
void board_power(struct board *board, bool on);

/* Halts the firmware with a sentence for people. */
void board_fault(struct board *board, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line in the trace, stamped with the time. */
void board_trace(struct board *board, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A peer did something: in lock-step with turns, time may move. */
void board_event(struct board *board);

/* Moves what waits on this machine's sockets and lines into the board. */
void board_poll(struct board *board);

static inline uint64_t board_cycles(const struct board *board, double seconds)
{
    return (uint64_t)(seconds * board->avr->frequency + 0.5);
}

static inline double board_seconds(const struct board *board, uint64_t cycles)
{
    return (double)cycles / board->avr->frequency;
}

/* simavr's module of that kind ("uart", "spi", "eeprom"), with its reset
 * taken away: our handlers stand in its place. */
avr_io_t *board_take_module(struct board *board, const char *kind);

/* Puts our handlers in place of whatever stood at that register. A NULL read
 * leaves the register plain memory. param will be the board. */
void board_take_register(struct board *board, avr_io_addr_t address, avr_io_read_t read,
                         avr_io_write_t write);

/* A generator for everything random, so that equal seeds give equal runs. */
uint32_t board_random(uint32_t *state);

#endif
