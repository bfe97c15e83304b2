/* SPDX-License-Identifier: MIT */
#include "log.h"

#include "ring.h"
#include "timers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Others hold the same open file (a terminal's shell, the handlers), so its flags are not
 * ours to change. A pipe or a terminal can be opened a second time; a disk's file can't,
 * since the position in it is shared too. */
static void choose_kind(struct log *log)
{
    struct stat info;
    int own;

    log->fd = STDERR_FILENO;
    log->kind = LOG_FILE;
    if (fstat(STDERR_FILENO, &info) != 0 || S_ISREG(info.st_mode))
        return;
    if (S_ISSOCK(info.st_mode)) {
        log->kind = LOG_SOCKET;
        return;
    }
    own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    log->kind = own < 0 ? LOG_SHARED : LOG_OWN;
    if (own >= 0)
        log->fd = own;
}

static void ready(struct source *source, uint32_t events)
{
    (void)events;
    log_flush(OBJECT_OF(source, struct log, source));
}

void log_init(struct log *log, int epoll, bool is_json)
{
    memset(log, 0, sizeof *log);
    log->source.ready = ready;
    log->epoll = epoll;
    log->is_json = is_json;
    choose_kind(log);
}

void log_begin(const struct log *log, struct log_entry *entry, const char *event)
{
    log_entry_begin(entry, log->is_json, event);
}

static bool append(struct log *log, const char *text, size_t len)
{
    if (LOG_BUFFER - log->len < len)
        return false;
    if (LOG_BUFFER - log->start - log->len < len) {
        memmove(log->buffer, log->buffer + log->start, log->len);
        log->start = 0;
    }
    memcpy(log->buffer + log->start + log->len, text, len);
    log->len += len;
    return true;
}

/* True when no line is missing any more without the log saying so. */
static bool confess(struct log *log)
{
    struct log_entry entry;

    if (log->dropped == 0)
        return true;
    log_begin(log, &entry, "dropped");
    log_entry_number(&entry, "lines", (int64_t)log->dropped);
    if (!log_entry_end(&entry) || !append(log, entry.text, entry.len))
        return false;
    log->confessed += log->dropped;
    log->dropped = 0;
    return true;
}

void log_write(struct log *log, struct log_entry *entry)
{
    if (!log_entry_end(entry) || !confess(log) || !append(log, entry->text, entry->len))
        log->dropped++;
}

/* Whole lines, as many as a pipe takes without mixing them with another writer's. */
static size_t chunk_of(const struct log *log)
{
    const char *from = log->buffer + log->start;
    const char *end;

    if (log->len <= PIPE_BUF)
        return log->len;
    end = memrchr(from, '\n', PIPE_BUF);
    return end == NULL ? PIPE_BUF : (size_t)(end - from) + 1;
}

/* -1 with errno EAGAIN when it would have to wait. */
static ssize_t write_now(struct log *log)
{
    struct pollfd fd = {.fd = log->fd, .events = POLLOUT};
    const char *from = log->buffer + log->start;
    size_t len = chunk_of(log);

    if (log->kind == LOG_SOCKET)
        return send(log->fd, from, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (log->kind == LOG_SHARED && poll(&fd, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(log->fd, from, len);
}

/* Nobody can ever read what waits: the pipe's reader is gone, the disk is full. The line
 * that confesses is lost too: what it said has to be said again. */
static void drop_all(struct log *log)
{
    const char *at = log->buffer + log->start;
    const char *end = at + log->len;

    if (log->confessed > 0)
        log->dropped += log->confessed - 1;
    log->confessed = 0;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        log->dropped++;
        at++;
    }
    log->len = 0;
}

static void watch(struct log *log, bool is_wanted)
{
    if (is_wanted == log->is_watched)
        return;
    log->is_watched = is_wanted;
    if (!is_wanted)
        source_unwatch(log->epoll, log->fd);
    else if (!source_watch(&log->source, log->epoll, log->fd, EPOLLOUT))
        log->is_watched = false;
}

/* False: no more now. */
static bool flush_some(struct log *log)
{
    ssize_t written = write_now(log);

    if (written > 0) {
        log->start += (size_t)written;
        log->len -= (size_t)written;
    } else if (written < 0 && errno == EAGAIN) {
        watch(log, true);
        return false;
    } else if (written == 0 || errno != EINTR) {
        drop_all(log);
        return false;
    }
    return true;
}

void log_flush(struct log *log)
{
    do {
        if (log->len == 0) {
            log->start = 0;
            log->confessed = 0;
            confess(log);
        }
    } while (log->len > 0 && flush_some(log));
    if (log->len == 0)
        watch(log, false);
}

void log_close(struct log *log, int limit_ms)
{
    int64_t end = clock_ms() + limit_ms;
    struct pollfd fd = {.fd = log->fd, .events = POLLOUT};
    int64_t left;

    log_flush(log);
    while (log->len > 0 && (left = end - clock_ms()) > 0) {
        (void)poll(&fd, 1, (int)left);
        log_flush(log);
    }
}
