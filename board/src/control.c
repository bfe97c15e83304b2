/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "board.h"

bool control_init(struct control *control, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memset(control, 0, sizeof *control);
    control->listener = control->runner = -1;
    control->path = path;
    for (int i = 0; i < CONTROL_CLIENTS; i++)
        control->client[i].fd = -1;
    if (path == NULL)
        return true;
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "countersign-board: path too long: %s\n", path);
        return false;
    }
    strcpy(address.sun_path, path);
    unlink(path);
    control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->listener < 0 ||
        bind(control->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(control->listener, CONTROL_CLIENTS) != 0) {
        perror(path);
        return false;
    }
    return true;
}

void control_finish(struct control *control)
{
    for (int i = 0; i < CONTROL_CLIENTS; i++)
        if (control->client[i].fd >= 0)
            close(control->client[i].fd);
    if (control->listener >= 0) {
        close(control->listener);
        unlink(control->path);
    }
}

static void hang_up(struct control *control, int i)
{
    close(control->client[i].fd);
    control->client[i].fd = -1;
    if (control->runner == i)
        control->runner = -1;
}

static void answer_client(struct control *control, int i, char *answer)
{
    size_t length = strlen(answer);

    answer[length] = '\n';
    if (send(control->client[i].fd, answer, length + 1, MSG_NOSIGNAL) < 0)
        hang_up(control, i);
}

static void take_client(struct control *control)
{
    int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);

    for (int i = 0; fd >= 0 && i < CONTROL_CLIENTS; i++)
        if (control->client[i].fd < 0) {
            control->client[i].fd = fd;
            control->client[i].count = 0;
            return;
        }
    if (fd >= 0)
        close(fd);
}

/* Executes whole lines. A client whose run is under way waits with the rest. */
static void execute_lines(struct control *control, struct board *board, int i)
{
    struct control_client *c = &control->client[i];
    char answer[2 * CONTROL_LINE];
    char *end;

    while (c->fd >= 0 && control->runner != i &&
           (end = memchr(c->line, '\n', c->count)) != NULL) {
        char line[CONTROL_LINE];
        size_t length = (size_t)(end - c->line);

        memcpy(line, c->line, length);
        line[length] = '\0';
        c->count -= length + 1;
        memmove(c->line, end + 1, c->count);
        if (command_execute(control, board, line, answer, sizeof answer - 1))
            answer_client(control, i, answer);
        else
            control->runner = i;
    }
}

static void read_client(struct control *control, struct board *board, int i)
{
    struct control_client *c = &control->client[i];
    ssize_t got =
        recv(c->fd, c->line + c->count, sizeof c->line - c->count, MSG_DONTWAIT);

    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        hang_up(control, i);
        return;
    }
    if (got > 0)
        c->count += (size_t)got;
    execute_lines(control, board, i);
    if (c->fd >= 0 && c->count == sizeof c->line)
        hang_up(control, i); /* no line is that long */
}

void control_poll(struct control *control, struct board *board, int milliseconds)
{
    struct pollfd p[CONTROL_CLIENTS + 1];

    for (int i = 0; i < CONTROL_CLIENTS; i++)
        p[i] = (struct pollfd){.fd = control->client[i].fd, .events = POLLIN};
    p[CONTROL_CLIENTS] = (struct pollfd){.fd = control->listener, .events = POLLIN};
    if (poll(p, CONTROL_CLIENTS + 1, milliseconds) <= 0)
        return;
    for (int i = 0; i < CONTROL_CLIENTS; i++)
        if (p[i].revents != 0 && control->client[i].fd >= 0)
            read_client(control, board, i);
    if (p[CONTROL_CLIENTS].revents != 0)
        take_client(control);
}

static const char *reason(enum board_stop stop)
{
    switch (stop) {
    case STOP_PIN:
        return "pin";
    case STOP_SYMBOL:
        return "symbol";
    case STOP_UART:
        return "uart";
    case STOP_CUT:
        return "cut";
    case STOP_FAULT:
        return "fault";
    case STOP_ORDER:
        return "stopped";
    default:
        return "time";
    }
}

static bool as_awaited(const struct control *control, enum board_stop stop)
{
    if (control->awaited == AWAIT_END)
        return stop == STOP_NONE;
    if (control->awaited == AWAIT_CUT)
        return stop == STOP_CUT;
    return stop == STOP_PIN || stop == STOP_SYMBOL || stop == STOP_UART;
}

void control_run_ended(struct control *control, struct board *board)
{
    char answer[512];
    int i = control->runner;
    enum board_stop stop = board->stop;

    control->runner = -1;
    snprintf(answer, sizeof answer - 1, "%s reason=%s cycle=%llu time=%.6f%s%s",
             as_awaited(control, stop) ? "ok" : "error", reason(stop),
             (unsigned long long)board->avr->cycle,
             board_seconds(board, board->avr->cycle), stop == STOP_FAULT ? " " : "",
             stop == STOP_FAULT ? board->fault : "");
    board->stop = STOP_NONE;
    board->pins.awaited = -1;
    board->uart.pattern[0] = '\0';
    cpu_stop_at(board, CPU_NOWHERE);
    if (i < 0 || control->client[i].fd < 0)
        return;
    answer_client(control, i, answer);
    execute_lines(control, board, i);
}
