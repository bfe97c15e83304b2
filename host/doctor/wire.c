/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1

#include "wire.h"

#include "connect.h"
#include "moment.h"

#include "Countersign.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AGAIN_MS 20

static void rest(uint32_t ms)
{
    struct timespec step = {ms / 1000, (long)(ms % 1000) * 1000000L};

    nanosleep(&step, NULL);
}

int wire_connect(const struct address *address, uint32_t timeout_ms, uint32_t patience_ms,
                 char *error, size_t error_size)
{
    uint64_t end = moment_ms() + patience_ms;
    int fd = connect_device(address, timeout_ms, error, error_size);

    while (fd < 0 && errno == ECONNREFUSED && moment_ms() < end) {
        rest(AGAIN_MS);
        fd = connect_device(address, timeout_ms, error, error_size);
    }
    return fd;
}

bool wire_open(struct wire *w, const struct address *address, uint32_t timeout_ms,
               uint32_t patience_ms, char *error, size_t error_size)
{
    memset(w, 0, sizeof *w);
    w->fd = wire_connect(address, timeout_ms, patience_ms, error, error_size);
    if (w->fd < 0)
        return false;
    if (address->kind == ADDRESS_SERIAL) {
        wire_listen(w, WIRE_ALL, address->boot, address->boot);
        wire_listen(w, WIRE_ALL, CSIGN_QUIET_MS, CSIGN_QUIET_MS);
        wire_clear(w);
    }
    return true;
}

void wire_send(struct wire *w, const uint8_t *bytes, size_t len)
{
    while (len > 0 && !w->is_closed) {
        ssize_t put = write(w->fd, bytes, len);

        if (put > 0) {
            bytes += put;
            len -= (size_t)put;
        } else if (put < 0 && connect_is_passing(errno)) {
            struct pollfd pollfd = {.fd = w->fd, .events = POLLOUT};

            w->is_closed = poll(&pollfd, 1, (int)CSIGN_DEADLINE_MS) <= 0;
        } else {
            w->is_closed = true;
        }
    }
}

void wire_send_random(struct wire *w, size_t len)
{
    uint8_t bytes[512];

    if (len > sizeof bytes || getrandom(bytes, len, 0) != (ssize_t)len)
        w->is_closed = true;
    else
        wire_send(w, bytes, len);
}

/* Takes what is there; false: nothing more comes. */
static bool take(struct wire *w)
{
    uint8_t bytes[512];
    ssize_t got = read(w->fd, bytes, sizeof bytes);

    if (got < 0 && connect_is_passing(errno))
        return true;
    if (got <= 0) {
        w->is_closed = true;
        w->closed_at = moment_ms();
        return false;
    }
    if (w->len == 0)
        w->heard_at = moment_ms();
    for (ssize_t i = 0; i < got; i++, w->len++) {
        if (w->len < sizeof w->bytes)
            w->bytes[w->len] = bytes[i];
    }
    return true;
}

void wire_listen(struct wire *w, size_t enough, uint32_t wait_ms, uint32_t quiet_ms)
{
    uint64_t began = moment_ms();
    uint64_t end = began + wait_ms;

    while (!w->is_closed && w->len < enough) {
        struct pollfd pollfd = {.fd = w->fd, .events = POLLIN};
        uint64_t now = moment_ms();

        /* Who talks without end is listened to no longer than who is silent. */
        if (now >= end || now >= began + wait_ms + quiet_ms)
            return;
        if (poll(&pollfd, 1, (int)(end - now)) > 0 && take(w))
            end = moment_ms() + quiet_ms;
    }
}

void wire_clear(struct wire *w)
{
    w->len = 0;
}

void wire_close(struct wire *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}
