/* SPDX-License-Identifier: MIT */
/* bench_socket.h: sockets as the servers and the client of the benchmark have them alike.
 * What fails ends the program: a benchmark has nothing to recover. */
#ifndef BENCH_SOCKET_H
#define BENCH_SOCKET_H

#include <stdint.h>

/* Says what failed, with errno, and exits with status 1. */
void bench_fail(const char *what) __attribute__((noreturn));

/* As many descriptors as the system allows. */
void bench_raise_descriptors(void);

/* A socket that listens on a free port of 127.0.0.1 and does not block; its accepted ones
 * send without delay. Prints `listening on tcp://127.0.0.1:PORT` as serve does. */
int bench_listen(void);

/* A socket that connects to that port and does not block. Each of many addresses of this
 * machine is the source in turn, else a port soon waits for its next use. */
int bench_connect(uint16_t port);

#endif
