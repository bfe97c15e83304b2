/* SPDX-License-Identifier: MIT */
/* serve.h: the parts of a running device, all in one epoll loop.
 *
 *     listener --> connections --> conversation --> the library's csign_server
 *                  serial_device --> conversation --> runner --> child processes
 *                                             |---> key_store
 *                                             '---> log
 *
 * None of them waits for anything but the loop, and each does a bounded part of its work
 * before the next one's turn.
 */
#ifndef SERVE_H
#define SERVE_H

#include <stdbool.h>

#include "address.h"
#include "challenges.h"
#include "connections.h"
#include "descriptors.h"
#include "key_store.h"
#include "listener.h"
#include "log.h"
#include "runner.h"
#include "serial_device.h"
#include "served.h"
#include "timers.h"

#define OTHER_TIMERS 4 /* besides one a connection and one a handler */

struct serve {
    const char *path;       /* the device file */
    struct address address; /* where it listens */
    struct descriptors descriptors;
    struct served *served; /* what new connections get */
    struct key_store keys; /* open where the device file names a store */
    struct timers timers;
    struct challenges challenges;
    struct log log;
    struct runner runner;
    struct connections connections;
    struct listener listener;
    struct serial_device line; /* instead of the two before, on a serial line */
    struct ring again;         /* conversations that have more to do at once */
    struct ring mark;          /* of a walk through them */
    struct source signals;
    int epoll;
    int signal_fd;
    uint64_t round; /* of the loop, from 1 */
    int64_t now; /* clock_ms() when the loop came to what it does: one moment for all of
                    that */
    bool is_stopping;
    bool is_cut_off; /* a second signal */
};

#endif
