/* SPDX-License-Identifier: MIT */
/* raw_server.c: what `countersign serve` is measured against: a server that moves the
 * same bytes over the same epoll loop and knows no secret. What it sends are zeros.
 *
 *     bench_raw_server WAKE CHALLENGE REQUEST REPLY CLOSES
 *
 * The numbers are bytes of each message. CLOSES is 1 where the server hangs up after its
 * reply (classic) and 0 where it waits for the client to (sealed).
 */
#include "bench_socket.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, ACCEPTS = 32, MESSAGE_MAX = 512 };

enum stage { WAKE, REQUEST, OVER };

/* At the descriptor's number. */
static struct {
    uint8_t stage;
    uint16_t have;
} connections[1 << 20];

static struct {
    size_t wake, challenge, request, reply;
    int closes;
} sizes;

static int epoll;

static void watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        bench_fail("epoll_ctl");
}

/* False: hung up. */
static int say(int fd, size_t len, enum stage next)
{
    static const uint8_t zeros[MESSAGE_MAX];

    connections[fd].stage = (uint8_t)next;
    connections[fd].have = 0;
    if (len == 0 || send(fd, zeros, len, MSG_NOSIGNAL) == (ssize_t)len)
        return 1;
    close(fd);
    return 0;
}

static void take_in(int fd)
{
    connections[fd].stage = WAKE;
    connections[fd].have = 0;
    watch(fd, EPOLLIN | EPOLLRDHUP | EPOLLET);
    if (sizes.wake == 0)
        say(fd, sizes.challenge, REQUEST);
}

static void accept_some(int listener)
{
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return;
        take_in(fd);
    }
}

/* One event is one message of these clients, or their end. */
static void go_on(int fd)
{
    uint8_t bytes[MESSAGE_MAX];
    ssize_t len = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (len <= 0) {
        close(fd);
        return;
    }
    connections[fd].have = (uint16_t)(connections[fd].have + len);
    if (connections[fd].stage == WAKE && connections[fd].have >= sizes.wake)
        say(fd, sizes.challenge, REQUEST);
    else if (connections[fd].stage == REQUEST && connections[fd].have >= sizes.request &&
             say(fd, sizes.reply, OVER) && sizes.closes)
        close(fd);
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    int listener;

    if (argc != 6) {
        fputs("usage: bench_raw_server WAKE CHALLENGE REQUEST REPLY CLOSES\n", stderr);
        return 2;
    }
    sizes.wake = (size_t)atoi(argv[1]);
    sizes.challenge = (size_t)atoi(argv[2]);
    sizes.request = (size_t)atoi(argv[3]);
    sizes.reply = (size_t)atoi(argv[4]);
    sizes.closes = atoi(argv[5]);
    bench_raise_descriptors();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    listener = bench_listen();
    watch(listener, EPOLLIN);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_some(listener);
            else
                go_on(events[i].data.fd);
        }
    }
}
