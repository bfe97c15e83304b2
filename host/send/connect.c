/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "connect.h"

#include "moment.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIES   8   /* addresses of a name that are tried, at most */
#define STEP_MS 500 /* for an address, before the next one is tried as well */

struct tries {
    const struct address *address;
    struct pollfd fds[TRIES]; /* fd -1: failed */
    unsigned count;           /* addresses that were begun */
    unsigned pending;         /* of them, those that may still answer */
    bool is_complete;         /* there are no more addresses */
    uint64_t next_at;         /* when to begin with the next one */
    char *error;              /* what went wrong first, or empty */
    int failure;              /* the errno of that; 0: the name leads nowhere */
    size_t error_size;
};

static void note_error(struct tries *t, const char *what, int failure)
{
    char text[384];

    if (t->error[0] != '\0')
        return;
    t->failure = failure;
    address_format(t->address, text, sizeof text);
    snprintf(t->error, t->error_size, "cannot reach %s: %s", text, what);
}

/* Begins with the next address. The descriptor when it answers at once, else -1. */
static int begin_next(struct tries *t)
{
    char error[512] = "";
    bool is_pending = false;
    int fd;

    errno = 0;
    fd = address_connect(t->address, t->count, &is_pending, error, sizeof error);
    if (fd >= 0 && !is_pending)
        return fd;
    if (fd < 0) {
        /* Neither an error of its own nor one of the system's: the list is over. */
        if (error[0] != '\0' || errno != 0)
            note_error(t, error[0] != '\0' ? error : strerror(errno),
                       error[0] != '\0' ? 0 : errno);
        t->is_complete = error[0] != '\0' || errno == 0;
    } else {
        t->pending++;
    }
    t->fds[t->count].fd = fd;
    t->fds[t->count].events = POLLOUT;
    t->fds[t->count].revents = 0;
    t->count++;
    t->next_at = fd < 0 ? 0 : moment_ms() + STEP_MS;
    return -1;
}

/* Looks at what poll() found. The descriptor of an address that answered, else -1. */
static int settle(struct tries *t)
{
    for (unsigned i = 0; i < t->count; i++) {
        int fd = t->fds[i].fd;
        int failure = 0;
        socklen_t size = sizeof failure;

        if (fd < 0 || t->fds[i].revents == 0)
            continue;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0)
            failure = errno;
        t->fds[i].fd = -1;
        t->pending--;
        if (failure == 0)
            return fd;
        note_error(t, strerror(failure), failure);
        t->next_at = 0;
        close(fd);
    }
    return -1;
}

static int wait_ms(const struct tries *t, uint64_t end, uint64_t now)
{
    bool has_next = !t->is_complete && t->count < TRIES;
    uint64_t until = has_next && t->next_at < end ? t->next_at : end;
    uint64_t left = until > now ? until - now : 0;

    return left > 60000 ? 60000 : (int)left;
}

static int try_all(struct tries *t, uint64_t end)
{
    int fd;

    for (;;) {
        uint64_t now = moment_ms();
        bool has_next = !t->is_complete && t->count < TRIES;

        if (now >= end) {
            note_error(t, "no answer in time", ETIMEDOUT);
            return -1;
        }
        if (has_next && now >= t->next_at) {
            fd = begin_next(t);
            if (fd >= 0)
                return fd;
            continue;
        }
        if (!has_next && t->pending == 0)
            return -1;
        if (poll(t->fds, t->count, wait_ms(t, end, now)) > 0 && (fd = settle(t)) >= 0)
            return fd;
    }
}

int connect_device(const struct address *address, uint32_t timeout_ms, char *error,
                   size_t error_size)
{
    struct tries t;
    int fd;

    memset(&t, 0, sizeof t);
    t.address = address;
    t.error = error;
    t.error_size = error_size;
    error[0] = '\0';
    fd = try_all(&t, moment_ms() + timeout_ms);
    for (unsigned i = 0; i < t.count; i++) {
        if (t.fds[i].fd >= 0)
            close(t.fds[i].fd);
    }
    if (fd < 0) {
        note_error(&t, "no address answers", EHOSTUNREACH);
        errno = t.failure;
    }
    return fd;
}

bool connect_is_passing(int failure)
{
    return failure == EAGAIN || failure == EWOULDBLOCK || failure == EINTR;
}
