/* SPDX-License-Identifier: MIT */
/* spawn_child.h: starts one program of [run]. */
#ifndef SPAWN_CHILD_H
#define SPAWN_CHILD_H

#include <sys/types.h>

#include "runner.h"

struct child {
    pid_t pid;  /* leads a process group of its own */
    int pidfd;  /* readable when it has ended */
    int output; /* its standard output; does not block */
};

/* Starts order->argv[0], a path, with the order's input on standard input, this process'
 * standard error, nothing else open, and the limit of descriptors that this process was
 * given. 0 or an errno; then there is no child. */
int child_start(struct child *child, const struct run_order *order,
                const struct descriptors *descriptors);

#endif
