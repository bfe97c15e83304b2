/* SPDX-License-Identifier: MIT */
/* provision_device.h: a device at a pseudo-terminal that can be provisioned, played by a
 * thread of the test; its memory is an array. */
#ifndef PROVISION_DEVICE_H
#define PROVISION_DEVICE_H

#include "Countersign.h"
#include "check.h"
#include "csign/provision.h"
#include "csign/store.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

enum { PROVISION_SLOTS = 4, PROVISION_CELLS = 512 };

/* What goes wrong, once, when the request of this kind comes. */
enum mishap {
    NO_MISHAP,
    LOSE_REQUEST,  /* it arrives damaged */
    LOSE_REPLY,    /* it is done, and its reply never arrives */
    UNPLUG_BEFORE, /* the cable is pulled before it is done */
    UNPLUG_AFTER,  /* it is done, and the cable is pulled before the reply */
    LIE            /* a bit of the reply's body is another, and the check is right */
};

struct provision_device {
    /* What a test sets before the start. */
    csign_any_work work;
    csign_any_keyed keyed[PROVISION_SLOTS];
    csign_slot slots[PROVISION_SLOTS];
    csign_settings settings;
    csign_device device;
    uint8_t cells[PROVISION_CELLS];
    csign_store_memory memory;
    bool is_granted;
    unsigned boot_ms;    /* in which it prints and hears nothing */
    const char *chatter; /* what it prints then */
    enum mishap mishap;
    uint8_t kind; /* of the request that it is about */
    bool always;  /* not once only */
    /* What a test reads after the stop. */
    csign_store store;
    unsigned requests;
    /* The thread's. */
    csign_provision provision;
    uint8_t frame[CSIGN_PROVISION_BYTES];
    pthread_t thread;
    int fd, slave; /* -1: unplugged */
    int stop[2];
    char path[64];
    bool is_lost; /* the reply to this request */
};

static inline uint8_t provision_device_read(void *context, uint16_t address)
{
    return ((struct provision_device *)context)->cells[address];
}

static inline void provision_device_write(void *context, uint16_t address, uint8_t byte)
{
    ((struct provision_device *)context)->cells[address] = byte;
}

/* A blank device that is built like the device files of the tests. */
static inline void provision_device_make(struct provision_device *d)
{
    static const uint8_t codes[] = {1, 2, 3};
    csign_settings settings = {
        {&csign_sha256, &d->work.head}, "", 0, 16, 16, 16, 64, 64, 0, CSIGN_DEADLINE_MS};

    memset(d, 0, sizeof *d);
    memset(d->cells, 0xff, sizeof d->cells);
    d->settings = settings;
    d->device.settings = &d->settings;
    d->device.profile = &csign_sealed_server;
    d->device.commands = (csign_table){codes, sizeof codes, 1};
    d->device.slots = d->slots;
    d->device.keyed = d->keyed;
    d->device.slot_count = PROVISION_SLOTS;
    d->memory =
        (csign_store_memory){provision_device_read, provision_device_write, NULL, d, 0,
                             PROVISION_SLOTS,       CSIGN_STORE_COUNTERS};
}

static inline void provision_device_unplug(struct provision_device *d)
{
    if (d->fd >= 0) {
        close(d->fd);
        close(d->slave);
    }
    d->fd = d->slave = -1;
}

/* Whether the mishap happens now, to the request that is whole in the frame. */
static inline bool provision_device_fails(struct provision_device *d, enum mishap mishap)
{
    if (d->mishap != mishap || d->frame[3] != d->kind)
        return false;
    if (!d->always)
        d->mishap = NO_MISHAP;
    return true;
}

static inline uint16_t provision_device_check(const uint8_t *bytes, size_t len)
{
    uint16_t crc = 0xffff;

    while (len-- > 0) {
        crc = (uint16_t)(crc ^ *bytes++ << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

static inline void provision_device_lie(struct provision_device *d)
{
    uint8_t *frame = d->frame;
    uint16_t check;

    frame[4 + frame[1] - 1] ^= 1;
    check = provision_device_check(frame + 1, (size_t)frame[1] + 3);
    frame[4 + frame[1]] = (uint8_t)(check >> 8);
    frame[4 + frame[1] + 1] = (uint8_t)check;
}

static inline void provision_device_send(struct provision_device *d)
{
    size_t len;
    const uint8_t *out = csign_provision_out(&d->provision, &len);

    d->frame[3] &= 0x7f;
    if (d->provision.have == 0 && provision_device_fails(d, LIE)) {
        d->frame[3] |= 0x80;
        provision_device_lie(d);
    }
    d->is_lost = provision_device_fails(d, LOSE_REPLY);
    if (provision_device_fails(d, UNPLUG_AFTER))
        provision_device_unplug(d);
    d->frame[3] |= 0x80;
    if (d->fd >= 0 && !d->is_lost) {
        ssize_t put = write(d->fd, out, len);

        len = put > 0 ? (size_t)put : 0;
    }
    csign_provision_sent(&d->provision, len, test_clock());
}

static inline void provision_device_take(struct provision_device *d)
{
    uint8_t bytes[64];
    ssize_t got = read(d->fd, bytes, sizeof bytes);

    for (ssize_t at = 0; at < got && d->fd >= 0; at++) {
        if (d->provision.have > 4 && d->provision.have == 5 + d->frame[1] &&
            provision_device_fails(d, LOSE_REQUEST))
            bytes[at] ^= 1;
        (void)csign_provision_take(&d->provision, bytes + at, 1, d->is_granted,
                                   test_clock());
        if (csign_provision_wants(&d->provision) != CSIGN_WANTS_STORE)
            continue;
        d->requests++;
        if (provision_device_fails(d, UNPLUG_BEFORE))
            provision_device_unplug(d);
        if (d->fd < 0)
            csign_provision_open(&d->provision, &d->device, &d->store, d->frame,
                                 test_clock());
        while (csign_provision_wants(&d->provision) == CSIGN_WANTS_STORE)
            csign_provision_step(&d->provision, test_clock());
        while (csign_provision_wants(&d->provision) == CSIGN_WANTS_SEND)
            provision_device_send(d);
    }
}

static inline void provision_device_boot(struct provision_device *d)
{
    uint32_t began = test_clock();
    uint8_t dropped[64];

    while (test_clock() - began < d->boot_ms) {
        struct pollfd pollfd = {.fd = d->fd, .events = POLLIN};

        if (d->chatter != NULL)
            assert_true(write(d->fd, d->chatter, strlen(d->chatter)) > 0);
        poll(NULL, 0, 20);
        if (poll(&pollfd, 1, 0) > 0 && read(d->fd, dropped, sizeof dropped) < 0)
            return;
    }
}

static inline void *provision_device_run(void *context)
{
    struct provision_device *d = context;

    provision_device_boot(d);
    (void)csign_store_open(&d->store, &d->memory);
    csign_provision_open(&d->provision, &d->device, &d->store, d->frame, test_clock());
    for (;;) {
        struct pollfd fds[] = {{.fd = d->fd, .events = POLLIN},
                               {.fd = d->stop[0], .events = POLLIN}};

        poll(fds, 2, 50);
        if (fds[1].revents != 0)
            return NULL;
        csign_provision_tick(&d->provision, test_clock());
        if ((fds[0].revents & POLLIN) != 0)
            provision_device_take(d);
    }
}

/* The device keeps the line's other end open too, so that the line lasts from one opening
 * to the next. */
static inline void provision_device_start(struct provision_device *d)
{
    struct termios raw;

    d->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(d->fd >= 0 && grantpt(d->fd) == 0 && unlockpt(d->fd) == 0);
    assert_true(ptsname_r(d->fd, d->path, sizeof d->path) == 0);
    d->slave = open(d->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(d->slave >= 0 && tcgetattr(d->slave, &raw) == 0);
    cfmakeraw(&raw);
    assert_true(tcsetattr(d->slave, TCSANOW, &raw) == 0);
    d->requests = 0;
    assert_true(pipe(d->stop) == 0);
    assert_true(pthread_create(&d->thread, NULL, provision_device_run, d) == 0);
}

static inline void provision_device_stop(struct provision_device *d)
{
    assert_true(write(d->stop[1], "", 1) == 1);
    pthread_join(d->thread, NULL);
    provision_device_unplug(d);
    close(d->stop[0]);
    close(d->stop[1]);
}

/* The state in which the device is when it starts anew. */
static inline csign_store_state provision_device_state(struct provision_device *d)
{
    return csign_store_open(&d->store, &d->memory);
}

/* Starts the store and gives the device its keys, as a sketch does. */
static inline void provision_device_serve(struct provision_device *d)
{
    assert_int_equal(provision_device_state(d), CSIGN_STORE_READY);
    assert_int_equal(csign_store_start(&d->store), CSIGN_OK);
    while (csign_store_step(&d->store) == CSIGN_STEP_MORE)
        ;
    assert_int_equal(csign_store_load(&d->store, &d->device), CSIGN_OK);
}

#endif
