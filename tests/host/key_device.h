/* SPDX-License-Identifier: MIT */
/* key_device.h: a sealed device that offers set-key and drop-key, played by a thread of
 * the test; it can be told to break off the n-th connection. */
#ifndef KEY_DEVICE_H
#define KEY_DEVICE_H

#include "Countersign.h"
#include "check.h"
#include "process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { KEY_SLOTS = 4 };

enum breach {
    NO_BREACH,
    NOT_ACCEPTED, /* hung up before the challenge */
    NOT_RUN,      /* the request is read and does not run */
    NOT_ANSWERED, /* it runs, and the reply never leaves */
    STOP_BEFORE,  /* as NOT_RUN and NOT_ANSWERED; `arrived` is posted, and `go_on` */
    STOP_AFTER    /* awaited, so that the test can kill the client meanwhile */
};

struct key_device {
    csign_any_work work;
    csign_any_keyed keyed[KEY_SLOTS];
    csign_slot slots[KEY_SLOTS];
    csign_settings settings;
    csign_device device;
    uint8_t memory[512];
    enum breach breach;
    unsigned connection; /* that it is about, the first is 1; 0: all */
    unsigned connections;
    bool store_fails;
    sem_t arrived, go_on;
    pthread_t thread;
    int listener, stop[2], port;
    uint32_t challenges;
};

static inline bool key_device_breaks(const struct key_device *d, enum breach breach)
{
    return d->breach == breach && (d->connection == 0 || d->connection == d->connections);
}

static inline void key_device_wait(struct key_device *d)
{
    sem_post(&d->arrived);
    sem_wait(&d->go_on);
}

/* A whole request is in the machine: whether it runs. */
static inline bool key_device_admits(struct key_device *d)
{
    bool stops = key_device_breaks(d, STOP_BEFORE);

    if (stops)
        key_device_wait(d);
    return !stops && !key_device_breaks(d, NOT_RUN);
}

/* Its reply is in the machine: whether it leaves. */
static inline bool key_device_answers(struct key_device *d, const csign_server *s)
{
    bool stops = key_device_breaks(d, STOP_AFTER) && csign_server_is_proven(s);

    if (stops)
        key_device_wait(d);
    return !stops && !(key_device_breaks(d, NOT_ANSWERED) && csign_server_is_proven(s));
}

static inline bool key_device_send(struct key_device *d, int fd, csign_server *s)
{
    size_t len;
    const uint8_t *out = csign_server_out(s, &len);

    if (!key_device_answers(d, s) || send(fd, out, len, MSG_NOSIGNAL) != (ssize_t)len)
        return false;
    csign_server_sent(s, len, 0);
    return true;
}

static inline bool key_device_take(struct key_device *d, int fd, csign_server *s)
{
    uint8_t byte;
    bool is_request = d->challenges > 0 && s->need > 17;

    if (recv(fd, &byte, 1, 0) != 1)
        return false;
    /* The last byte of a request: what it does must not be done. */
    if (is_request && s->have + 1 == s->need && !key_device_admits(d))
        return false;
    (void)csign_server_take(s, &byte, 1, 0);
    return true;
}

static inline void key_device_challenge(struct key_device *d, csign_server *s)
{
    uint8_t challenge[16] = {0};
    uint32_t number = ++d->challenges;

    memcpy(challenge, &number, sizeof number);
    csign_server_challenge(s, challenge, 0);
}

static inline bool key_device_step(struct key_device *d, int fd, csign_server *s)
{
    switch (csign_server_wants(s)) {
    case CSIGN_WANTS_BYTES:
        return key_device_take(d, fd, s);
    case CSIGN_WANTS_CHALLENGE:
        key_device_challenge(d, s);
        return true;
    case CSIGN_WANTS_SEND:
        return key_device_send(d, fd, s);
    case CSIGN_WANTS_RUN:
        return csign_server_reply(s, 0, NULL, 0, 0) == CSIGN_OK;
    case CSIGN_WANTS_STORE:
        csign_server_stored(s, !d->store_fails, 0);
        return true;
    default:
        return false;
    }
}

static inline void *key_device_serve(void *context)
{
    struct key_device *d = context;
    struct pollfd fds[] = {{.fd = d->listener, .events = POLLIN},
                           {.fd = d->stop[0], .events = POLLIN}};
    csign_server server;

    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        int fd = accept(d->listener, NULL, NULL);

        d->connections++;
        csign_server_open(&server, &d->device, d->memory, 0);
        while (!key_device_breaks(d, NOT_ACCEPTED) && key_device_step(d, fd, &server))
            ;
        csign_server_close(&server, CSIGN_E_STOPPED);
        close(fd);
    }
    return NULL;
}

static inline void key_device_start(struct key_device *d)
{
    static const uint8_t codes[] = {1, 2, 3};
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;
    csign_settings settings = {{&csign_sha256, &d->work.head},
                               "lamp-1",
                               6,
                               16,
                               16,
                               16,
                               64,
                               64,
                               0,
                               CSIGN_DEADLINE_MS};

    memset(d, 0, sizeof *d);
    d->settings = settings;
    d->device.settings = &d->settings;
    d->device.profile = &csign_sealed_server;
    d->device.commands = (csign_table){codes, sizeof codes, 1};
    d->device.slots = d->slots;
    d->device.keyed = d->keyed;
    d->device.slot_count = KEY_SLOTS;
    d->device.key_change = csign_key_change;
    sem_init(&d->arrived, 0, 0);
    sem_init(&d->go_on, 0, 0);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    d->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(bind(d->listener, (struct sockaddr *)&name, sizeof name) == 0);
    assert_true(listen(d->listener, 8) == 0);
    assert_true(getsockname(d->listener, (struct sockaddr *)&name, &len) == 0);
    d->port = ntohs(name.sin_port);
    assert_true(pipe(d->stop) == 0);
    assert_true(pthread_create(&d->thread, NULL, key_device_serve, d) == 0);
}

static inline void key_device_stop(struct key_device *d)
{
    assert_true(write(d->stop[1], "", 1) == 1);
    pthread_join(d->thread, NULL);
    close(d->listener);
    close(d->stop[0]);
    close(d->stop[1]);
    sem_destroy(&d->arrived);
    sem_destroy(&d->go_on);
}

#endif
