/* SPDX-License-Identifier: MIT */
/* control.h: the control line, a Unix socket. One text command a line, one
 * line of answer, which begins with "ok" or "error". */
#ifndef BOARD_CONTROL_H
#define BOARD_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board;

enum { CONTROL_CLIENTS = 8, CONTROL_LINE = 8192 };

struct control_client {
    int fd;
    char line[CONTROL_LINE];
    size_t count;
};

enum control_await { AWAIT_END, AWAIT_STOP, AWAIT_CUT };

struct control {
    int listener; /* -1 without a control line */
    const char *path;
    struct control_client client[CONTROL_CLIENTS];
    int runner;                 /* client whose run is under way; -1 for none */
    enum control_await awaited; /* how a run should end */
    bool quit;
};

/* path may be NULL: no control line. */
bool control_init(struct control *control, const char *path);
void control_finish(struct control *control);

/* Reads and executes what came, waiting at most so many milliseconds. */
void control_poll(struct control *control, struct board *board, int milliseconds);

/* A run is under way and has ended: answers it. */
void control_run_ended(struct control *control, struct board *board);

/* Executes one line (commands.c). False: a run has begun, its answer follows. */
bool command_execute(struct control *control, struct board *board, char *line,
                     char *answer, size_t size);

#endif
