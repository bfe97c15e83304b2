/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "uart.h"

#include <simavr/avr_uart.h>
#include <unistd.h>

#include "board.h"

/* Bits of UCSR0A, B and C. */
enum {
    RXC = 0x80,
    TXC = 0x40,
    UDRE = 0x20,
    FE = 0x10,
    DOR = 0x08,
    UPE = 0x04,
    U2X = 0x02,
    MPCM = 0x01,
    RXEN = 0x10,
    TXEN = 0x08,
    UCSZ2 = 0x04,
    UMSEL = 0xc0,
    UPM = 0x30,
    USBS = 0x08,
    UCSZ = 0x06
};

static uint8_t control(const struct board *board, char which)
{
    const avr_uart_t *port = board->uart.port;
    avr_io_addr_t at = which == 'A'   ? port->r_ucsra
                       : which == 'B' ? port->r_ucsrb
                                      : port->r_ucsrc;

    return board->avr->data[at];
}

/* Start bit, data, parity, stop bits, at (UBRR + 1) times 16 or 8 cycles. */
static uint32_t cycles_per_byte(const struct board *board)
{
    const avr_uart_t *port = board->uart.port;
    const uint8_t *data = board->avr->data;
    uint32_t ubrr =
        (uint32_t)(data[port->ubrrl.reg] | (data[port->ubrrh.reg] & 0x0f) << 8);
    uint8_t c = control(board, 'C');
    uint32_t bits =
        6u + ((unsigned)(c & UCSZ) >> 1) + (c & UPM ? 1u : 0u) + (c & USBS ? 2u : 1u);

    return bits * (ubrr + 1) * (control(board, 'A') & U2X ? 8 : 16);
}

static void set_flag(struct board *board, uint8_t flag, bool on)
{
    uint8_t *a = &board->avr->data[board->uart.port->r_ucsra];

    *a = (uint8_t)(on ? *a | flag : *a & ~flag);
}

/* RXC and UDRE ask for their handlers as long as they stand. */
static void announce(struct board *board)
{
    uint8_t a = control(board, 'A');

    if (a & RXC)
        avr_raise_interrupt(board->avr, &board->uart.port->rxc);
    if (a & UDRE)
        avr_raise_interrupt(board->avr, &board->uart.port->udrc);
}

static void handler_left(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq;
    if (value == 0)
        announce(param);
}

static avr_cycle_count_t sent(avr_t *avr, avr_cycle_count_t when, void *param)
{
    struct board *board = param;
    struct uart *u = &board->uart;

    uart_said(board, u->shift);
    u->shifting = u->waiting;
    if (u->waiting) {
        u->shift = u->buffer;
        u->waiting = false;
        avr_raise_interrupt(avr, &u->port->udrc);
        return when + cycles_per_byte(board);
    }
    avr_raise_interrupt(avr, &u->port->txc);
    return 0;
}

static void transmit(struct board *board, uint8_t byte)
{
    struct uart *u = &board->uart;

    if (!(control(board, 'B') & TXEN) || u->waiting)
        return; /* disabled, or written without UDRE: the byte is lost */
    if (control(board, 'C') & UMSEL || control(board, 'B') & UCSZ2) {
        board_fault(board, "UART: synchronous mode and nine data bits are not modelled");
        return;
    }
    if (u->shifting) {
        u->waiting = true;
        u->buffer = byte;
        set_flag(board, UDRE, false);
        avr_clear_interrupt(board->avr, &u->port->udrc);
        return;
    }
    u->shifting = true;
    u->shift = byte;
    avr_cycle_timer_register(board->avr, cycles_per_byte(board), sent, board);
}

static avr_cycle_count_t received(avr_t *avr, avr_cycle_count_t when, void *param);

void uart_start_receiving(struct board *board)
{
    struct uart *u = &board->uart;

    if (u->receiving || u->line_count == 0)
        return;
    u->receiving = true;
    avr_cycle_timer_register(board->avr, cycles_per_byte(board), received, board);
}

static uint8_t next_on_line(struct uart *u)
{
    uint8_t byte = u->line[u->line_head];

    u->line_head = (u->line_head + 1) % UART_LINE_SIZE;
    u->line_count--;
    return byte;
}

static void take_byte(struct board *board, uint8_t byte)
{
    struct uart *u = &board->uart;

    if (!(control(board, 'B') & RXEN))
        return;
    if (u->held < 2) {
        u->fifo[u->held++] = byte;
    } else {
        if (u->third) {
            u->overrun = true;
            u->lost++;
            board_trace(board, "UART overrun: byte %02x is lost", u->third_byte);
        }
        u->third = true;
        u->third_byte = byte;
    }
    avr_raise_interrupt(board->avr, &u->port->rxc);
}

static avr_cycle_count_t received(avr_t *avr, avr_cycle_count_t when, void *param)
{
    struct board *board = param;
    struct uart *u = &board->uart;

    (void)avr;
    if (u->line_count > 0)
        take_byte(board, next_on_line(u));
    u->receiving = u->line_count > 0;
    return u->receiving ? when + cycles_per_byte(board) : 0;
}

static uint8_t read_data(avr_t *avr, avr_io_addr_t addr, void *param)
{
    struct board *board = param;
    struct uart *u = &board->uart;

    if (u->held == 0)
        return avr->data[addr];
    avr->data[addr] = u->fifo[0];
    u->fifo[0] = u->fifo[1];
    u->held--;
    set_flag(board, DOR, false);
    if (u->third) {
        u->fifo[u->held++] = u->third_byte;
        u->third = false;
        set_flag(board, DOR, u->overrun);
        u->overrun = false;
    }
    if (u->held == 0) {
        set_flag(board, RXC, false);
        avr_clear_interrupt(avr, &u->port->rxc);
    }
    return avr->data[addr];
}

static void write_data(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    (void)avr;
    (void)addr;
    transmit(param, value);
}

static void write_status(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    struct board *board = param;
    uint8_t kept = avr->data[addr] & (uint8_t) ~(U2X | MPCM);

    if (value & TXC)
        avr_clear_interrupt(avr, &board->uart.port->txc);
    avr->data[addr] =
        (uint8_t)((value & TXC ? kept & ~TXC : kept) | (value & (U2X | MPCM)));
}

static void write_control(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    struct board *board = param;
    struct uart *u = &board->uart;

    avr->data[addr] = value;
    if (!(value & RXEN)) {
        u->held = 0;
        u->third = u->overrun = false;
        set_flag(board, RXC | DOR, false);
    }
    announce(board);
}

bool uart_init(struct board *board, enum uart_kind kind, const char *link,
               bool resets_on_open)
{
    struct uart *u = &board->uart;
    avr_uart_t *port = (avr_uart_t *)board_take_module(board, "uart");

    u->port = port;
    u->in = u->out = -1;
    u->resets_on_open = resets_on_open;
    board_take_register(board, port->r_udr, read_data, write_data);
    board_take_register(board, port->r_ucsra, NULL, write_status);
    board_take_register(board, port->r_ucsrb, NULL, write_control);
    board_take_register(board, port->ubrrl.reg, NULL, NULL);
    avr_irq_register_notify(&port->rxc.irq[AVR_INT_IRQ_RUNNING], handler_left, board);
    avr_irq_register_notify(&port->udrc.irq[AVR_INT_IRQ_RUNNING], handler_left, board);
    if (kind == UART_STDIO) {
        u->in = STDIN_FILENO;
        u->out = STDOUT_FILENO;
    }
    if (kind != UART_PTY || uart_open_pty(u, link))
        return true;
    perror("countersign-board: pseudo-terminal");
    return false;
}

void uart_reset(struct board *board)
{
    struct uart *u = &board->uart;
    uint8_t *data = board->avr->data;

    avr_cycle_timer_cancel(board->avr, sent, board);
    avr_cycle_timer_cancel(board->avr, received, board);
    u->shifting = u->waiting = u->receiving = false;
    u->held = 0;
    u->third = u->overrun = false;
    data[u->port->r_ucsra] = UDRE;
    data[u->port->r_ucsrb] = 0;
    data[u->port->r_ucsrc] = UCSZ;
    uart_start_receiving(board);
}
