/* SPDX-License-Identifier: MIT */
/* log.h: a device's log on standard error, which never makes anyone wait. Lines that
 * nobody reads in time are dropped and counted, and the next one that gets through says
 * how many. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "events.h"
#include "log_entry.h"

#define LOG_BUFFER 65536 /* bytes of lines that wait for a reader */

enum log_kind {
    LOG_FILE,   /* a disk's: a write waits for nobody */
    LOG_OWN,    /* opened anew, so that only this process does not wait on it */
    LOG_SOCKET, /* told with each write not to wait */
    LOG_SHARED  /* could not be opened anew: asked before each write */
};

struct log {
    struct source source;
    int epoll;
    int fd;
    enum log_kind kind;
    bool is_json;
    bool is_watched; /* lines wait until the descriptor can be written */
    size_t start, len;
    uint64_t dropped;   /* lines, and no line says so yet */
    uint64_t confessed; /* lines, and a line that says so waits in the buffer */
    char buffer[LOG_BUFFER];
};

/* Takes standard error. Before core_dump_forbid(), which closes /proc/self to us. */
void log_init(struct log *log, int epoll, bool is_json);

/* A new line; then log_entry_text() and others, then log_write(). */
void log_begin(const struct log *log, struct log_entry *entry, const char *event);

/* Ends the entry and takes it for writing. */
void log_write(struct log *log, struct log_entry *entry);

/* Writes what can be written now. */
void log_flush(struct log *log);

/* Writes what can be written within limit_ms, at the program's end. */
void log_close(struct log *log, int limit_ms);

#endif
