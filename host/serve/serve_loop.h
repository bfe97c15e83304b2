/* SPDX-License-Identifier: MIT */
/* serve_loop.h: the one loop of a device, and its signals. */
#ifndef SERVE_LOOP_H
#define SERVE_LOOP_H

#include "serve.h"

/* SIGTERM and SIGINT stop the device, SIGHUP reads its file again; from now on they wait
 * for the loop. False with errno set. */
bool serve_loop_init(struct serve *serve);

/* Runs until a signal stopped it and what ran has ended, or a second one came. */
void serve_loop(struct serve *serve);

#endif
