/* SPDX-License-Identifier: MIT */
/* serial_device.h: a device on a serial line: one conversation, by the protocol's rules
 * for links without connections. */
#ifndef SERIAL_DEVICE_H
#define SERIAL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conversation.h"
#include "events.h"
#include "served.h"
#include "timers.h"

struct serial_device {
    struct source source;
    struct timer
        pause; /* until it is tried to open the line again, or to see what left */
    struct conversation conversation;
    int fd;          /* -1: the line is not there */
    bool is_open;    /* the conversation */
    size_t queued;   /* bytes of the message that the kernel has and the line has not */
    size_t from, to; /* the bytes in input that the machine did not want yet */
    uint8_t input[256];
    uint8_t memory[SERVED_CONNECTION_BYTES];
};

/* fd is the opened line, serve->address its address; the line owns it from now on. False
 * with errno set. */
bool serial_device_init(struct serial_device *line, struct serve *serve, int fd);

/* Ends what need not be finished. */
void serial_device_stop(struct serial_device *line);

/* The device that is served has changed. */
void serial_device_retire(struct serial_device *line);

/* Whether nothing of it is under way. */
bool serial_device_is_over(const struct serial_device *line);

void serial_device_close(struct serial_device *line);

#endif
