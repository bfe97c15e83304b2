/* SPDX-License-Identifier: MIT */
/* The serial line on this machine's side of the connector. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "board.h"

static void trace_text(struct board *board, uint8_t byte)
{
    struct uart *u = &board->uart;

    if (byte != '\n' && byte != '\r')
        u->text[u->text_count++] = byte < ' ' || byte > '~' ? '.' : (char)byte;
    if (u->text_count == 0 || (byte != '\n' && u->text_count < sizeof u->text - 1))
        return;
    u->text[u->text_count] = '\0';
    u->text_count = 0;
    board_trace(board, "UART says: %s", u->text);
}

/* Finds the pattern in the stream, also when its beginning repeats in it. */
static void watch_pattern(struct board *board, char byte)
{
    struct uart *u = &board->uart;
    size_t length = strlen(u->pattern);

    if (length == 0)
        return;
    while (u->pattern_at > 0 && u->pattern[u->pattern_at] != byte) {
        size_t shorter = u->pattern_at - 1;
        const char *end = u->pattern + u->pattern_at;

        while (shorter > 0 && memcmp(u->pattern, end - shorter, shorter) != 0)
            shorter--;
        u->pattern_at = shorter;
    }
    if (u->pattern[u->pattern_at] == byte)
        u->pattern_at++;
    if (u->pattern_at == length) {
        u->pattern[0] = '\0';
        board_stop(board, STOP_UART);
    }
}

static void write_out(struct uart *u, uint8_t byte)
{
    if (u->out < 0 || (u->pty && !u->opened))
        return; /* nobody is plugged in */
    while (write(u->out, &byte, 1) < 0 && errno == EINTR)
        ;
}

void uart_said(struct board *board, uint8_t byte)
{
    struct uart *u = &board->uart;

    if (u->log_count == UART_LOG_SIZE) {
        u->log_start = (u->log_start + 1) % UART_LOG_SIZE;
        u->log_count--;
    }
    u->log[(u->log_start + u->log_count++) % UART_LOG_SIZE] = (char)byte;
    u->log_total++;
    write_out(u, byte);
    trace_text(board, byte);
    watch_pattern(board, (char)byte);
}

static void give(struct uart *u, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        u->line[(u->line_head + u->line_count++) % UART_LINE_SIZE] = bytes[i];
}

size_t uart_feed(struct board *board, const uint8_t *bytes, size_t count)
{
    struct uart *u = &board->uart;
    size_t room = UART_LINE_SIZE - u->line_count;

    if (count > room)
        count = room;
    give(u, bytes, count);
    uart_start_receiving(board);
    return count;
}

/* A closed pseudo-terminal hangs up; when it no longer does, somebody opened
 * it, and opening a serial port resets an Arduino. */
static void watch_opening(struct board *board)
{
    struct uart *u = &board->uart;
    struct pollfd p = {.fd = u->in, .events = POLLIN};
    bool opened;

    if (poll(&p, 1, 0) < 0)
        return;
    opened = !(p.revents & POLLHUP);
    if (opened && !u->opened) {
        u->line_count = 0;
        board_trace(board, "serial port opened");
        if (u->resets_on_open && board->powered)
            board_reset(board, RESET_PIN);
    }
    u->opened = opened;
}

bool uart_poll(struct board *board)
{
    struct uart *u = &board->uart;
    uint8_t bytes[512];
    size_t room = UART_LINE_SIZE - u->line_count;
    struct pollfd p = {.fd = u->in, .events = POLLIN};
    ssize_t got;

    if (u->in < 0)
        return false;
    if (u->pty)
        watch_opening(board);
    if (room == 0 || poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN))
        return false;
    got = read(u->in, bytes, room < sizeof bytes ? room : sizeof bytes);
    if (got == 0 && !u->pty)
        u->in = -1; /* end of standard input */
    if (got <= 0)
        return false;
    if (board->powered) /* without power nobody listens */
        uart_feed(board, bytes, (size_t)got);
    board_event(board);
    return true;
}

size_t uart_take_log(struct board *board, char *text, size_t size)
{
    struct uart *u = &board->uart;
    uint64_t fresh = u->log_total - u->log_read;
    size_t count = fresh < u->log_count ? (size_t)fresh : u->log_count;
    size_t taken = 0;

    for (; taken < count && taken + 1 < size; taken++)
        text[taken] =
            u->log[(u->log_start + u->log_count - count + taken) % UART_LOG_SIZE];
    text[taken] = '\0';
    u->log_read = u->log_total - (count - taken);
    return taken;
}

void uart_await(struct board *board, const char *text)
{
    snprintf(board->uart.pattern, sizeof board->uart.pattern, "%s", text);
    board->uart.pattern_at = 0;
}

bool uart_open_pty(struct uart *u, const char *link)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios t;
    const char *path;
    int slave;

    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 || (path = ptsname(fd)) == NULL ||
        (slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
        return false;
    tcgetattr(slave, &t);
    cfmakeraw(&t);
    tcsetattr(slave, TCSANOW, &t);
    close(slave); /* from now on the master hangs up until somebody opens it */
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return false;
    printf("uart %s\n", path);
    fflush(stdout);
    if (link != NULL) {
        unlink(link);
        if (symlink(path, link) != 0)
            return false;
    }
    u->in = u->out = fd;
    u->pty = true;
    return true;
}
