/* SPDX-License-Identifier: MIT */
/* false_device.h: a device for tests of clients, played by a thread of the test. It is an
 * honest one, made of the library's server, until it is told a trick. */
#ifndef FALSE_DEVICE_H
#define FALSE_DEVICE_H

#include "Countersign.h"
#include "check.h"
#include "process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum trick {
    HONEST,
    FLIP,        /* bit 0 of byte k of the message */
    CUT,         /* k bytes of the message, then close */
    SILENT,      /* instead of the message nothing, until the client hangs up */
    EMPTY,       /* a single 00, then silence */
    REFLECT,     /* the request as it came */
    FLOOD,       /* 64 KiB of 5a instead of the message */
    FLOOD_AFTER, /* 64 KiB of 5a behind it */
    SLOW,        /* every message byte by byte */
    REPEAT,      /* always the same challenge */
    DROP,        /* the request is read and does not run; then close */
    HOLD         /* the handler runs until `release` is posted; `arrived` tells of it */
};

/* The codes of the sealed device's commands and what they answer. */
enum { ON = 1, OFF = 2, ECHO = 3, HOT = 4, ODD = 5 };
/* off: 04; echo: 00 and its arguments; hot: 85 and "hot"; odd: 33, which nobody knows.
 * Classic: on: done, off: failed, echo: odd, others none. */

struct false_device {
    csign_any_work work;
    csign_any_keyed keyed;
    csign_slot slot;
    csign_settings settings;
    csign_device device;
    uint8_t memory[1024];
    /* What a test sets while no client is there. */
    enum trick trick;
    unsigned
        message; /* that it is about: 0 the challenge, 1 the first request or reply */
    size_t k;
    /* What a test reads after the client has ended. */
    unsigned connections, runs;
    uint8_t arguments[256]; /* of the last run */
    size_t argument_len;
    sem_t arrived, release;
    /* The thread's. */
    pthread_t thread;
    int listener; /* or the line */
    int stop[2];
    int port;
    uint32_t challenges;
    uint8_t request[512]; /* the bytes read last */
    size_t have, taken;
    unsigned sent; /* messages of this connection */
};

static const uint8_t false_device_key[32] = "the lamp's key of 32 bytes .....";
#define FALSE_DEVICE_KEY_HEX                                                             \
    "746865206c616d702773206b6579206f66203332206279746573202e2e2e2e2e"

/* Without limits, unless the end of an exchange is one. */
static inline uint32_t false_device_now(const struct false_device *d)
{
    return d->settings.is_link ? test_clock() : 0;
}

/* As after a restart. */
static inline void false_device_forget(struct false_device *d)
{
    memset(&d->slot, 0, sizeof d->slot);
    assert_true(csign_device_set_key(&d->device, 0, CSIGN_RIGHTS_EVERY, false_device_key,
                                     sizeof false_device_key) == CSIGN_OK);
}

static inline bool false_device_write(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = send(fd, bytes, len, MSG_NOSIGNAL);

        if (put < 0 && errno == ENOTSOCK)
            put = write(fd, bytes, len);
        if (put <= 0)
            return false;
        bytes += put;
        len -= (size_t)put;
    }
    return true;
}

static inline void false_device_flood(int fd)
{
    uint8_t block[1024];

    memset(block, 0x5a, sizeof block);
    for (int i = 0; i < 64 && false_device_write(fd, block, sizeof block); i++)
        ;
}

/* Until the client hangs up. */
static inline void false_device_listen_on(int fd)
{
    uint8_t dropped[256];

    while (read(fd, dropped, sizeof dropped) > 0)
        ;
}

static inline bool false_device_write_slowly(int fd, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!false_device_write(fd, bytes + i, 1))
            return false;
        poll(NULL, 0, 1);
    }
    return true;
}

/* Sends a message in the manner of the trick; false: the connection is to be closed. */
static inline bool false_device_send(struct false_device *d, int fd, const uint8_t *out,
                                     size_t len)
{
    uint8_t message[1024];

    memcpy(message, out, len);
    if (d->trick == SLOW)
        return false_device_write_slowly(fd, message, len);
    if (d->sent++ != d->message)
        return false_device_write(fd, message, len);
    switch (d->trick) {
    case FLIP:
        message[d->k] ^= 1;
        return false_device_write(fd, message, len);
    case CUT:
        (void)false_device_write(fd, message, d->k);
        return false;
    case SILENT:
        false_device_listen_on(fd);
        return false;
    case EMPTY:
        (void)false_device_write(fd, (const uint8_t[]){0}, 1);
        false_device_listen_on(fd);
        return false;
    case REFLECT:
        return false_device_write(fd, d->request, d->have);
    case FLOOD:
        false_device_flood(fd);
        false_device_listen_on(fd);
        return false;
    case FLOOD_AFTER:
        (void)false_device_write(fd, message, len);
        false_device_flood(fd);
        return true;
    default:
        return false_device_write(fd, message, len);
    }
}

static inline void false_device_run_sealed(struct false_device *d, csign_server *s)
{
    static const uint8_t statuses[] = {0x00, 0x04, 0x00, 0x85, 0x33};
    size_t row = csign_server_command(s);
    const uint8_t *arguments = csign_server_arguments(s, &d->argument_len);

    memcpy(d->arguments, arguments, d->argument_len);
    if (row == ECHO - 1)
        csign_server_reply(s, 0, arguments, d->argument_len, false_device_now(d));
    else
        csign_server_reply(s, statuses[row], (const uint8_t *)"hot",
                           row == HOT - 1 ? 3 : 0, false_device_now(d));
}

static inline void false_device_run(struct false_device *d, csign_server *s)
{
    size_t row = csign_server_command(s);
    const csign_table *answers = &d->device.answers;

    d->runs++;
    if (d->trick == HOLD) {
        sem_post(&d->arrived);
        sem_wait(&d->release);
    }
    if (d->device.profile->is_sealed)
        false_device_run_sealed(d, s);
    else
        csign_server_answer(s, row < answers->count ? answers->codes + row : NULL,
                            false_device_now(d));
}

static inline void false_device_challenge(struct false_device *d, csign_server *s)
{
    uint8_t challenge[CSIGN_CHALLENGE_MAX] = {0};
    uint32_t number = d->trick == REPEAT ? 1 : ++d->challenges;

    memcpy(challenge, &number, d->settings.challenge < 4 ? 1 : 4);
    csign_server_challenge(s, challenge, false_device_now(d));
}

/* Takes what the client sent; false: the connection is to be closed. */
static inline bool false_device_read(struct false_device *d, int fd, csign_server *s)
{
    uint32_t now = false_device_now(d);

    if (d->taken == d->have) {
        ssize_t got = read(fd, d->request, sizeof d->request);

        d->taken = 0;
        d->have = got > 0 ? (size_t)got : 0;
        if (got <= 0 && d->settings.is_link)
            return true;
        if (got <= 0)
            csign_server_end(s);
        if (d->trick == DROP && d->sent > 0 && d->sent == d->message)
            return false;
    }
    d->taken += csign_server_take(s, d->request + d->taken, d->have - d->taken, now);
    return true;
}

static inline bool false_device_step(struct false_device *d, int fd, csign_server *s)
{
    const uint8_t *out;
    size_t len;
    bool good = true;

    switch (csign_server_wants(s)) {
    case CSIGN_WANTS_BYTES:
        return false_device_read(d, fd, s);
    case CSIGN_WANTS_CHALLENGE:
        false_device_challenge(d, s);
        break;
    case CSIGN_WANTS_SEND:
        out = csign_server_out(s, &len);
        good = false_device_send(d, fd, out, len);
        csign_server_sent(s, len, false_device_now(d));
        break;
    case CSIGN_WANTS_RUN:
        false_device_run(d, s);
        break;
    default:
        return false;
    }
    return good;
}

static inline void false_device_open(struct false_device *d, csign_server *s)
{
    d->connections++;
    d->have = d->taken = 0;
    d->sent = 0;
    csign_server_open(s, &d->device, d->memory, false_device_now(d));
}

static inline void *false_device_serve_sockets(void *context)
{
    struct false_device *d = context;
    struct pollfd fds[] = {{.fd = d->listener, .events = POLLIN},
                           {.fd = d->stop[0], .events = POLLIN}};
    csign_server server;

    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        int fd = accept(d->listener, NULL, NULL);

        false_device_open(d, &server);
        while (false_device_step(d, fd, &server))
            ;
        csign_server_close(&server, CSIGN_E_STOPPED);
        close(fd);
    }
    return NULL;
}

/* One conversation without an end, and time that passes. */
static inline void *false_device_serve_line(void *context)
{
    struct false_device *d = context;
    struct pollfd fds[] = {{.fd = d->listener, .events = POLLIN},
                           {.fd = d->stop[0], .events = POLLIN}};
    csign_server server;

    false_device_open(d, &server);
    for (;;) {
        csign_server_tick(&server, test_clock());
        if (csign_server_wants(&server) == CSIGN_WANTS_BYTES && d->taken == d->have) {
            uint32_t due = csign_server_due(&server, test_clock());

            poll(fds, 2, due > 50 ? 50 : (int)due);
            if (fds[1].revents != 0)
                return NULL;
            if ((fds[0].revents & POLLIN) == 0)
                continue;
        }
        (void)false_device_step(d, d->listener, &server);
    }
}

/* A device that shares everything but its address with the device file of the fixture. */
static inline void false_device_make(struct false_device *d, bool is_sealed)
{
    static const uint8_t codes[] = {ON, OFF, ECHO, HOT, ODD};
    static const uint8_t answers[] = {0xa0, 0xa1, 0xa2};
    csign_settings settings = {{&csign_sha256, &d->work.head},
                               "lamp-1",
                               6,
                               16,
                               16,
                               16,
                               255,
                               255,
                               0,
                               CSIGN_DEADLINE_MS};

    memset(d, 0, sizeof *d);
    d->settings = settings;
    d->device.settings = &d->settings;
    d->device.profile = is_sealed ? &csign_sealed_server : &csign_classic_server;
    d->device.commands = (csign_table){codes, sizeof codes, 1};
    if (!is_sealed)
        d->device.answers = (csign_table){answers, sizeof answers, 1};
    d->device.slots = &d->slot;
    d->device.keyed = &d->keyed;
    d->device.slot_count = 1;
    false_device_forget(d);
    sem_init(&d->arrived, 0, 0);
    sem_init(&d->release, 0, 0);
    assert_true(pipe(d->stop) == 0);
}

/* Listens on a port of its own. */
static inline void false_device_start(struct false_device *d, bool is_sealed)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;

    false_device_make(d, is_sealed);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    d->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(bind(d->listener, (struct sockaddr *)&name, sizeof name) == 0);
    assert_true(listen(d->listener, 8) == 0);
    assert_true(getsockname(d->listener, (struct sockaddr *)&name, &len) == 0);
    d->port = ntohs(name.sin_port);
    assert_true(pthread_create(&d->thread, NULL, false_device_serve_sockets, d) == 0);
}

/* Serves one end of a line; the descriptor becomes the device's. */
static inline void false_device_start_on_line(struct false_device *d, bool is_sealed,
                                              int fd)
{
    false_device_make(d, is_sealed);
    d->settings.is_link = 1;
    d->listener = fd;
    assert_true(pthread_create(&d->thread, NULL, false_device_serve_line, d) == 0);
}

static inline void false_device_stop(struct false_device *d)
{
    assert_true(write(d->stop[1], "", 1) == 1);
    pthread_join(d->thread, NULL);
    close(d->listener);
    close(d->stop[0]);
    close(d->stop[1]);
    sem_destroy(&d->arrived);
    sem_destroy(&d->release);
}

#endif
