/* SPDX-License-Identifier: MIT */
/* uart.h: USART0, a byte at a time at the firmware's baud rate, and the line
 * behind it: a pseudo-terminal, standard streams, or nothing but commands.
 *
 * The receiver holds two bytes and a third in its shift register, as the data
 * sheet says; a fourth overwrites the third and sets DOR.
 */
#ifndef BOARD_UART_H
#define BOARD_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board;
struct avr_uart_t;

enum { UART_LINE_SIZE = 65536, UART_LOG_SIZE = 65536, UART_PATTERN_SIZE = 128 };

struct uart {
    struct avr_uart_t *port;
    /* transmitter */
    bool shifting, waiting;
    uint8_t shift, buffer;
    /* receiver */
    uint8_t fifo[2];
    uint8_t held;
    bool third, overrun; /* a byte waits in the shift register; DOR is due */
    uint8_t third_byte;
    bool receiving;
    uint64_t lost; /* bytes overrun since the start */
    /* the line to the board: bytes that wait for their turn on the wire */
    uint8_t line[UART_LINE_SIZE];
    size_t line_head, line_count;
    /* what the firmware said, for run-until and for people */
    char log[UART_LOG_SIZE];
    size_t log_start, log_count; /* ring */
    uint64_t log_total, log_read;
    char pattern[UART_PATTERN_SIZE]; /* run-until uart */
    size_t pattern_at;
    char text[160]; /* the trace's line under way */
    size_t text_count;
    /* this machine's side */
    int in, out; /* -1 for none */
    bool pty, resets_on_open, opened;
};

enum uart_kind { UART_NONE, UART_STDIO, UART_PTY };

/* Prints the pseudo-terminal's path; link, if not NULL, becomes a symbolic
 * link to it. */
bool uart_init(struct board *board, enum uart_kind kind, const char *link,
               bool resets_on_open);
void uart_reset(struct board *board);

/* Puts bytes on the wire to the board. Returns how many fit. */
size_t uart_feed(struct board *board, const uint8_t *bytes, size_t count);

/* Moves what waits at this machine's side; true when there was something. */
bool uart_poll(struct board *board);

/* Bytes said since the last call, up to size - 1, and a NUL. */
size_t uart_take_log(struct board *board, char *text, size_t size);

/* Ends the run when the firmware has said text. */
void uart_await(struct board *board, const char *text);

/* Between uart.c and uart_line.c: the firmware said a byte; the wire has bytes
 * for the receiver. */
void uart_said(struct board *board, uint8_t byte);
void uart_start_receiving(struct board *board);
bool uart_open_pty(struct uart *uart, const char *link);

#endif
