/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include "bench_socket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

static size_t passed;

static size_t count(ssize_t len, const char *what)
{
    /* ENOTCONN: the connection is still being made. */
    if (len < 0 && errno != EAGAIN && errno != ENOTCONN)
        bench_fail(what);
    if (len < 0)
        return 0;
    passed += (size_t)len;
    return (size_t)len;
}

size_t talk_send(int fd, const void *bytes, size_t len)
{
    return count(send(fd, bytes, len, MSG_NOSIGNAL), "send");
}

size_t talk_receive(int fd, void *bytes, size_t room)
{
    ssize_t len = recv(fd, bytes, room, 0);

    if (len == 0) {
        errno = ECONNRESET;
        bench_fail("the server hung up");
    }
    return count(len, "recv");
}

size_t talk_bytes(void)
{
    return passed;
}

void talk_count(size_t bytes)
{
    passed += bytes;
}
