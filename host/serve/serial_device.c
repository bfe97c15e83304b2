/* SPDX-License-Identifier: MIT */
#include "serial_device.h"

#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define REOPEN_MS 1000
#define LOOK_MS   2  /* between two looks at what the kernel has not sent yet, at least */
#define LOOK_MAX  50 /* and at most */
#define BITS      10 /* of a byte on the line, with start and stop */

static struct serial_device *line_of(const struct conversation *c)
{
    return OBJECT_OF(c, struct serial_device, conversation);
}

static void log_event(const struct serial_device *line, const char *event)
{
    struct serve *serve = line->conversation.serve;
    struct log_entry entry;
    char text[PEER_TEXT_MAX];

    address_format(&serve->address, text, sizeof text);
    log_begin(&serve->log, &entry, event);
    log_entry_text(&entry, "peer", text);
    log_write(&serve->log, &entry);
}

/* Unplugged, or a pseudo-terminal whose other side is gone: such a descriptor never works
 * again. What runs goes on and finds nobody to answer. */
static void lose(struct serial_device *line)
{
    struct conversation *c = &line->conversation;

    if (line->fd < 0)
        return;
    close(line->fd);
    line->fd = -1;
    line->from = line->to = 0;
    line->queued = 0;
    log_event(line, "line-lost");
    timer_set(&c->serve->timers, &line->pause, c->serve->now + REOPEN_MS);
    conversation_cut(c, CSIGN_E_SEND);
}

/* Neither nothing nor an error says for sure that the line is gone. */
static bool is_gone(int fd)
{
    struct pollfd line = {.fd = fd, .events = POLLIN};

    return poll(&line, 1, 0) > 0 && (line.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

static bool fill(struct serial_device *line)
{
    ssize_t len = read(line->fd, line->input, sizeof line->input);

    line->from = 0;
    line->to = len > 0 ? (size_t)len : 0;
    if (len <= 0 && (is_gone(line->fd) || (len < 0 && errno == EIO)))
        lose(line);
    return line->to > 0;
}

static bool receive(struct conversation *c)
{
    struct serial_device *line = line_of(c);

    if (line->fd < 0 || (line->from == line->to && !fill(line)))
        return false;
    line->from += csign_server_take(&c->server, line->input + line->from,
                                    line->to - line->from, (uint32_t)c->serve->now);
    return true;
}

static void look_again(struct serial_device *line, size_t bytes)
{
    struct serve *serve = line->conversation.serve;
    int64_t wait = (int64_t)bytes * BITS * 1000 / serve->address.baud;

    if (wait < LOOK_MS)
        wait = LOOK_MS;
    timer_set(&serve->timers, &line->pause,
              serve->now + (wait < LOOK_MAX ? wait : LOOK_MAX));
}

/* The protocol's limits begin when a byte is on the line, not when the kernel has it. */
static bool report(struct serial_device *line)
{
    struct conversation *c = &line->conversation;
    int waiting = 0;
    size_t gone;

    if (ioctl(line->fd, TIOCOUTQ, &waiting) != 0 || waiting < 0)
        waiting = 0;
    gone = (size_t)waiting < line->queued ? line->queued - (size_t)waiting : 0;
    line->queued -= gone;
    if (line->queued > 0)
        look_again(line, line->queued);
    if (gone > 0)
        csign_server_sent(&c->server, gone, (uint32_t)c->serve->now);
    return gone > 0;
}

static bool send_out(struct conversation *c)
{
    struct serial_device *line = line_of(c);
    size_t len;
    const uint8_t *bytes = csign_server_out(&c->server, &len);
    ssize_t written;

    if (line->fd < 0)
        return false;
    if (line->queued < len) {
        written = write(line->fd, bytes + line->queued, len - line->queued);
        if (written > 0) {
            line->queued += (size_t)written;
        } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
            lose(line);
            return true;
        }
    }
    return report(line);
}

/* Awaits the first byte of an exchange: no limit runs there. */
static bool is_between_exchanges(const struct conversation *c)
{
    return csign_server_wants(&c->server) == CSIGN_WANTS_BYTES &&
           csign_server_due(&c->server, (uint32_t)c->serve->now) == UINT32_MAX;
}

static void settled(struct conversation *c)
{
    struct serial_device *line = line_of(c);

    /* The rest of a message that was given up would disturb the next exchange. */
    if (line->queued > 0 && csign_server_wants(&c->server) != CSIGN_WANTS_SEND) {
        tcflush(line->fd, TCOFLUSH);
        line->queued = 0;
    }
    if (c->served != c->serve->served && is_between_exchanges(c)) {
        conversation_close(c);
        conversation_open(c, line->memory);
    }
}

static void hang_up(struct conversation *c)
{
    struct serial_device *line = line_of(c);

    conversation_close(c);
    line->is_open = false;
    if (line->fd >= 0 && !c->serve->is_stopping) {
        conversation_open(c, line->memory);
        line->is_open = true;
    }
}

static void name_peer(const struct conversation *c, char text[PEER_TEXT_MAX])
{
    address_format(&c->serve->address, text, PEER_TEXT_MAX);
}

static const struct transport serial_transport = {receive, send_out, settled, hang_up,
                                                  name_peer};

static void ready(struct source *source, uint32_t events)
{
    struct serial_device *line = OBJECT_OF(source, struct serial_device, source);

    if (line->fd < 0)
        return;
    /* Also while a command runs and nobody reads. */
    if ((events & (EPOLLHUP | EPOLLERR)) != 0 && is_gone(line->fd))
        lose(line);
    if (line->is_open)
        conversation_go_on(&line->conversation);
}

static void time_is_over(struct timer *timer)
{
    conversation_tick(OBJECT_OF(timer, struct conversation, timer));
}

static bool start(struct serial_device *line, int fd)
{
    struct conversation *c = &line->conversation;

    if (!source_watch(&line->source, c->serve->epoll, fd, EPOLLIN | EPOLLOUT | EPOLLET))
        return false;
    line->fd = fd;
    line->is_open = true;
    conversation_open(c, line->memory);
    conversation_go_on(c);
    return true;
}

static void reopen(struct serial_device *line)
{
    struct serve *serve = line->conversation.serve;
    char error[256];
    int fd = line->is_open ? -1 : address_listen(&serve->address, error, sizeof error);

    if (fd >= 0 && start(line, fd)) {
        log_event(line, "line-back");
        return;
    }
    if (fd >= 0)
        close(fd);
    timer_set(&serve->timers, &line->pause, serve->now + REOPEN_MS);
}

static void pause_is_over(struct timer *timer)
{
    struct serial_device *line = OBJECT_OF(timer, struct serial_device, pause);

    if (line->fd < 0)
        reopen(line);
    else if (line->is_open)
        conversation_go_on(&line->conversation);
}

bool serial_device_init(struct serial_device *line, struct serve *serve, int fd)
{
    line->source.ready = ready;
    line->pause.ring = pause_is_over;
    conversation_init(&line->conversation, serve, &serial_transport, time_is_over);
    return start(line, fd);
}

void serial_device_stop(struct serial_device *line)
{
    if (line->is_open)
        conversation_stop(&line->conversation);
}

void serial_device_retire(struct serial_device *line)
{
    if (line->is_open)
        conversation_retire(&line->conversation);
}

bool serial_device_is_over(const struct serial_device *line)
{
    return !line->is_open;
}

void serial_device_close(struct serial_device *line)
{
    if (line->fd >= 0)
        close(line->fd);
    line->fd = -1;
}
