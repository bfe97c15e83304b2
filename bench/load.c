/* SPDX-License-Identifier: MIT */
/* load.c: many clients at once, each with a new connection for each exchange.
 *
 *     bench_load PROTOCOL PORT BUSY IDLE EXCHANGES [NAME=NUMBER]...
 *
 * Opens IDLE connections, makes one exchange on each and leaves them open; then prints
 * `ready`, awaits a line on standard input, keeps BUSY connections at work until
 * EXCHANGES are made, and prints `exchanges N ns N bytes N`. Names: see `numbers` below.
 */
#include "bench_socket.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, WARM_UP = 200 };

static const struct talk_kind *const kinds[] = {&talk_raw, &talk_sealed, &talk_classic,
                                                &talk_tls, &talk_tls_dhe};

static struct {
    const char *name;
    size_t value;
} numbers[] = {{"wake", 16},   {"challenge", 16}, {"request", 18}, {"reply", 18},
               {"payload", 1}, {"row", 0},        {"code", 1}};

struct client {
    int fd;
    void *talk;
};

static const struct talk_kind *kind;
static uint16_t port;
static int epoll;

static size_t number(const char *name)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].name, name) == 0)
            return numbers[i].value;
    }
    abort();
}

static void usage(void)
{
    fputs("usage: bench_load PROTOCOL PORT BUSY IDLE EXCHANGES [NAME=NUMBER]...\n",
          stderr);
    exit(2);
}

static void take_number(const char *argument)
{
    const char *value = strchr(argument, '=');

    for (size_t i = 0; value != NULL && i < sizeof numbers / sizeof *numbers; i++) {
        size_t len = strlen(numbers[i].name);

        if ((size_t)(value - argument) == len &&
            strncmp(numbers[i].name, argument, len) == 0) {
            numbers[i].value = (size_t)strtoul(value + 1, NULL, 10);
            return;
        }
    }
    usage();
}

static void choose_kind(const char *name)
{
    struct talk_options options = {
        .wake = number("wake"),
        .challenge = number("challenge"),
        .request = number("request"),
        .reply = number("reply"),
        .payload = number("payload"),
        .row = (uint32_t)number("row"),
        .code_len = (uint8_t)number("code"),
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i]->name, name) == 0)
            kind = kinds[i];
    }
    if (kind == NULL)
        usage();
    kind->setup(&options);
}

static void begin(struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = client};

    client->fd = bench_connect(port);
    kind->begin(client->talk, client->fd);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
        bench_fail("epoll_ctl");
}

static void end(struct client *client)
{
    kind->end(client->talk);
    close(client->fd);
    client->fd = -1;
}

/* A place for each of count connections. */
static struct client *make_clients(size_t count)
{
    struct client *clients = calloc(count + 1, sizeof *clients);

    for (size_t i = 0; clients != NULL && i < count; i++) {
        clients[i].fd = -1;
        clients[i].talk = calloc(1, kind->size);
        if (clients[i].talk == NULL)
            clients = NULL;
    }
    if (clients == NULL)
        bench_fail("memory");
    return clients;
}

/* Makes so many exchanges, with at most busy connections at once, in places that are used
 * in turn, again and again (are_kept: each once, and it stays open). */
static void make(struct client *places, size_t busy, size_t exchanges, int are_kept)
{
    struct epoll_event events[EVENTS];
    size_t begun = 0, done = 0;

    while (begun < busy && begun < exchanges)
        begin(&places[begun++]);
    while (done < exchanges) {
        int count = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;

            if (client->fd < 0 || kind->go_on(client->talk, client->fd) == TALK_WAITS)
                continue;
            done++;
            if (are_kept)
                epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
            else
                end(client);
            if (begun < exchanges)
                begin(are_kept ? &places[begun] : client), begun++;
        }
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
    size_t busy, idle, exchanges, bytes;
    struct client *working, *resting;
    uint64_t start;

    if (argc < 6)
        usage();
    for (int i = 6; i < argc; i++)
        take_number(argv[i]);
    port = (uint16_t)atoi(argv[2]);
    busy = (size_t)atol(argv[3]);
    idle = (size_t)atol(argv[4]);
    exchanges = (size_t)atol(argv[5]);
    bench_raise_descriptors();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    choose_kind(argv[1]);
    working = make_clients(busy);
    resting = make_clients(idle);
    make(working, busy, WARM_UP, 0);
    make(resting, busy, idle, 1);
    puts("ready");
    fflush(stdout);
    if (getchar() == EOF)
        return 1;
    bytes = talk_bytes();
    start = now_ns();
    make(working, busy, exchanges, 0);
    printf("exchanges %zu ns %llu bytes %zu\n", exchanges,
           (unsigned long long)(now_ns() - start), talk_bytes() - bytes);
    return 0;
}
