/* SPDX-License-Identifier: MIT */
/* chip.h: a W5500 model on the test's own SPI, and peers on loopback. */
#ifndef TESTS_CHIP_H
#define TESTS_CHIP_H

#include "w5500.h"

struct bench_chip {
    struct w5500 chip;
    struct lan lan;
    char fault[200]; /* what the model complained about last */
    unsigned events;
};

/* A fresh chip; maps and routes may be added to b->lan before. */
void chip_start(struct bench_chip *b);
void chip_stop(struct bench_chip *b);

/* Simulated time passes in steps of 100 µs. */
void chip_pass(struct bench_chip *b, uint64_t microseconds);

/* A frame in variable length mode; answers land in bytes when reading. */
void chip_frame(struct bench_chip *b, uint16_t address, uint8_t control, uint8_t *bytes,
                unsigned count);

uint8_t chip_common(struct bench_chip *b, uint16_t address);
void chip_set_common(struct bench_chip *b, uint16_t address, uint8_t value);
uint8_t chip_get(struct bench_chip *b, int n, uint16_t address);
uint16_t chip_get16(struct bench_chip *b, int n, uint16_t address);
void chip_set(struct bench_chip *b, int n, uint16_t address, uint8_t value);
void chip_set16(struct bench_chip *b, int n, uint16_t address, uint16_t value);
void chip_command(struct bench_chip *b, int n, uint8_t command);

/* Opens a TCP socket on a port and lets it listen. */
void chip_listen(struct bench_chip *b, int n, uint16_t port);

/* A fresh chip whose port 80 this machine's peers reach; and with a connection
 * on socket 0, both ends established: returns the peer's. */
void chip_start_mapped(struct bench_chip *b);
int chip_establish(struct bench_chip *b);

/* Writes text behind Sn_TX_WR and SENDs it. */
void chip_send(struct bench_chip *b, int n, const char *text);

/* Takes what was received, at most size - 1 bytes, and a NUL. */
unsigned chip_receive(struct bench_chip *b, int n, char *text, unsigned size);

/* A peer's blocking socket to the map of that port; -1 when refused. */
int peer_connect(struct bench_chip *b, uint16_t port);

/* A listening peer on loopback, and the port it has. */
int peer_listen(uint16_t *port);

/* What comes within a second; 0 at the end of the stream, -1 on a reset. */
int peer_read(int fd, char *text, unsigned size);

#endif
