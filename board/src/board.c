/* SPDX-License-Identifier: MIT */
#include "board.h"

#include <simavr/avr_eeprom.h>
#include <simavr/sim_io.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum {
    MCUSR = 0x54,
    PORF = 0x01,
    EXTRF = 0x02,
    BORF = 0x04,
    WDRF = 0x08,
    TICKS_PER_SECOND = 10000,
    UART_EVERY = 10, /* ticks between two looks at the serial line */
    SRAM_START = 0x100,
    POWER_ON_SEED = 0x2545f491
};

uint32_t board_random(uint32_t *state)
{
    uint32_t x = *state != 0 ? *state : 1;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

void board_trace(struct board *board, const char *format, ...)
{
    va_list args;

    if (board->trace == NULL)
        return;
    fprintf(board->trace, "%14.7f s %12llu  ", board_seconds(board, board->avr->cycle),
            (unsigned long long)board->avr->cycle);
    va_start(args, format);
    vfprintf(board->trace, format, args);
    va_end(args);
    fputc('\n', board->trace);
}

void board_stop(struct board *board, enum board_stop why)
{
    if (board->stop == STOP_NONE)
        board->stop = why;
}

void board_fault(struct board *board, const char *format, ...)
{
    va_list args;
    const struct symbol *where = symbols_at(&board->symbols, board->avr->pc);
    size_t used;

    if (board->fault[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(board->fault, sizeof board->fault, format, args);
    va_end(args);
    used = strlen(board->fault);
    snprintf(board->fault + used, sizeof board->fault - used, " (at %04x%s%s)",
             board->avr->pc, where != NULL ? " in " : "",
             where != NULL ? where->name : "");
    board_trace(board, "stopped: %s", board->fault);
    fprintf(stderr, "countersign-board: stopped: %s\n", board->fault);
    board_stop(board, STOP_FAULT);
}

void board_event(struct board *board)
{
    board->turn_until = board->avr->cycle + board->turn_cycles;
}

avr_io_t *board_take_module(struct board *board, const char *kind)
{
    avr_io_t *module = board->avr->io_port;

    while (module != NULL && strcmp(module->kind, kind) != 0)
        module = module->next;
    if (module == NULL) {
        fprintf(stderr, "countersign-board: this simavr has no %s\n", kind);
        exit(1);
    }
    module->reset = NULL;
    return module;
}

void board_take_register(struct board *board, avr_io_addr_t address, avr_io_read_t read,
                         avr_io_write_t write)
{
    avr_io_addr_t at = AVR_DATA_TO_IO(address);

    board->avr->io[at].r.c = read;
    board->avr->io[at].r.param = board;
    board->avr->io[at].w.c = write;
    board->avr->io[at].w.param = board;
}

/* simavr calls this on every reset, the watchdog's included. */
static void on_reset(avr_io_t *io)
{
    struct board *board = ((struct board_reset_hook *)(void *)io)->board;

    cpu_reset(board);
    spi_reset(board);
    eeprom_reset(board);
    uart_reset(board);
    board->pins.dirty = true;
}

static void chip_note(void *context, const char *text)
{
    board_trace(context, "W5500 %s", text);
}

static void chip_fault(void *context, const char *text)
{
    board_fault(context, "W5500: %s", text);
}

static void chip_event(void *context)
{
    board_event(context);
}

/* simavr tells what it loads; only its complaints are of interest. */
static void log_errors(avr_t *avr, const int level, const char *format, va_list args)
{
    (void)avr;
    if (level == LOG_ERROR)
        vfprintf(stderr, format, args);
}

static bool make_parts(struct board *board, const char *firmware, const char *eeprom_file)
{
    const struct w5500_surroundings out = {board, chip_note, chip_fault, chip_event};
    elf_firmware_t elf = {0};
    bool ready;

    if (!load_firmware(board, firmware, &elf))
        return false;
    cpu_init(board);
    spi_init(board);
    pins_init(board);
    adc_init(board);
    w5500_init(&board->w5500, &board->lan, &out);
    board->hook.board = board;
    board->hook.io.kind = "board";
    board->hook.io.reset = on_reset;
    avr_register_io(board->avr, &board->hook.io);
    ready = eeprom_init(board, eeprom_file, elf.eeprom, elf.eesize);
    load_free(&elf);
    return ready;
}

bool board_start(struct board *board, const char *firmware, uint32_t hz,
                 const char *eeprom_file)
{
    avr_global_logger_set(log_errors);
    board->avr = avr_make_mcu_by_name("atmega328p");
    if (board->avr == NULL || avr_init(board->avr) != 0)
        return false;
    board->avr->frequency = hz;
    board->avr->log = LOG_ERROR;
    return make_parts(board, firmware, eeprom_file);
}

void board_finish(struct board *board)
{
    w5500_power(&board->w5500, false);
    symbols_free(&board->symbols);
    avr_terminate(board->avr);
    free(board->avr);
    if (board->trace != NULL)
        fclose(board->trace);
}

static void restart_processor(struct board *board, uint8_t cause)
{
    uint8_t before = cause == PORF ? 0 : board->avr->data[MCUSR];

    avr_reset(board->avr);
    board->avr->state = cpu_Running;
    board->avr->data[MCUSR] = before | cause;
    board->fault[0] = '\0';
}

void board_reset(struct board *board, enum board_reset cause)
{
    static const char *const name[] = {"power on", "reset pin", "brown-out", "watchdog"};

    board_trace(board, "reset: %s", name[cause]);
    if (cause == RESET_WATCHDOG) {
        board->avr->state = cpu_Running;
        board->resets++; /* simavr has restarted the processor, and only it */
    } else {
        restart_processor(board, cause == RESET_POWER ? PORF
                                 : cause == RESET_PIN ? EXTRF
                                                      : BORF);
        w5500_reset(&board->w5500); /* the shield hangs on the same line */
    }
    pins_update(board);
}

/* What SRAM holds after power on is nobody's choice, so it is garbage; the
 * same each time, for a firmware must not find its luck in it. */
static void fill_sram(struct board *board)
{
    uint32_t seed = POWER_ON_SEED;

    for (uint32_t at = SRAM_START; at <= board->avr->ramend; at++)
        board->avr->data[at] = (uint8_t)board_random(&seed);
}

void board_power(struct board *board, bool on)
{
    if (on == board->powered)
        return;
    board->powered = on;
    w5500_power(&board->w5500, on);
    if (on) {
        fill_sram(board);
        for (int i = 0; i < PINS; i++)
            board->pins.pin[i].edges = 0;
        board_reset(board, RESET_POWER);
    } else {
        eeprom_power_cut(board);
        board_trace(board, "power off");
        pins_update(board);
    }
    board->tick = board->avr->cycle;
}

static void tick_chip(struct board *board)
{
    double microseconds = 1e6 * board_seconds(board, board->avr->cycle);

    w5500_tick(&board->w5500, (uint64_t)microseconds);
}

void board_poll(struct board *board)
{
    tick_chip(board);
    uart_poll(board);
}

static void tick(struct board *board)
{
    uint64_t period = board->avr->frequency / TICKS_PER_SECOND;

    tick_chip(board);
    if (++board->ticks % UART_EVERY == 0)
        uart_poll(board);
    board->tick += period;
    if (board->tick <= board->avr->cycle)
        board->tick = board->avr->cycle + period;
}

static bool can_run(const struct board *board)
{
    return board->powered && board->fault[0] == '\0' && board->stop == STOP_NONE;
}

void board_run(struct board *board, uint64_t until)
{
    avr_t *avr = board->avr;

    while (can_run(board) && avr->cycle < until) {
        uint64_t next = until < board->tick ? until : board->tick;

        if (board->cut_at != 0 && board->cut_at < next)
            next = board->cut_at;
        while (avr->cycle < next && board->stop == STOP_NONE)
            cpu_step(board, next);
        if (avr->cycle >= board->tick && board->stop == STOP_NONE)
            tick(board);
        if (board->cut_at != 0 && avr->cycle >= board->cut_at) {
            board->cut_at = 0;
            board_stop(board, STOP_CUT);
        }
    }
    if (board->stop == STOP_CUT)
        board_power(board, false);
}
