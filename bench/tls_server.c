/* SPDX-License-Identifier: MIT */
/* tls_server.c: the device's job by OpenSSL: TLS 1.3 with a shared key, one byte of
 * command, one byte of answer, over the same epoll loop.
 *
 *     bench_tls_server psk|dhe
 */
#include "bench_socket.h"
#include "tls_psk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, ACCEPTS = 32 };

static SSL *connections[1 << 20]; /* at the descriptor's number */
static SSL_CTX *context;
static int epoll;

static void watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        bench_fail("epoll_ctl");
}

static void accept_some(int listener)
{
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return;
        connections[fd] = SSL_new(context);
        if (connections[fd] == NULL || SSL_set_fd(connections[fd], fd) != 1)
            bench_fail("SSL_new");
        SSL_set_accept_state(connections[fd]);
        watch(fd, EPOLLIN | EPOLLRDHUP | EPOLLET);
    }
}

/* Reading makes the handshake too, and meets the client's end. */
static void go_on(int fd)
{
    SSL *ssl = connections[fd];
    unsigned char command[256];
    int len;

    while ((len = SSL_read(ssl, command, sizeof command)) > 0) {
        if (SSL_write(ssl, command, 1) != 1)
            break;
    }
    if (SSL_get_error(ssl, len) == SSL_ERROR_WANT_READ)
        return;
    SSL_free(ssl);
    connections[fd] = NULL;
    close(fd);
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    int listener;

    if (argc != 2 || (strcmp(argv[1], "psk") != 0 && strcmp(argv[1], "dhe") != 0)) {
        fputs("usage: bench_tls_server psk|dhe\n", stderr);
        return 2;
    }
    context = tls_psk_server(strcmp(argv[1], "dhe") == 0);
    bench_raise_descriptors();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    listener = bench_listen();
    watch(listener, EPOLLIN);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_some(listener);
            else if (connections[events[i].data.fd] != NULL)
                go_on(events[i].data.fd);
        }
    }
}
