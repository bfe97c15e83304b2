/* SPDX-License-Identifier: MIT */
/* board_fixture.h: a sketch's very firmware on the virtual board, with its device file,
 * its keys and the program. Time on the board moves by command, in lock-step, so that nothing
 * depends on how fast this machine is; only while the program talks over the serial line,
 * where it waits by the clock, does the board keep to the clock too.
 *
 *     struct device lamp;
 *
 *     device_start(&lamp, "EthernetLamp");
 *     CHECK_EQUAL(device_send(&lamp, "on"), 0);
 *     CHECK_EQUAL(device_level(&lamp, "D5"), 1);
 *     device_stop(&lamp);
 *
 * A variant is a sketch that was built anew with something changed, "EthernetLamp-more".
 */
#ifndef BOARD_FIXTURE_H
#define BOARD_FIXTURE_H

#include "bench.h"
#include "process.h"

struct device {
    struct bench board;
    char sketch[32];     /* without the variant */
    char directory[256]; /* of the device file and the keys */
    char file[320];      /* the device file, moved to where the board can be reached */
    char image[320];     /* what the EEPROM holds once it is provisioned */
    char serial[400];    /* the address of its line */
    bool is_line;        /* commands come over the line too */
    uint16_t port;       /* else the one that the sketch listens on */
    char origin[320];    /* the device file as it is in the repository */
    char out[4096];      /* what the program that ran last has written, both streams */
};

/* Starts it provisioned, and runs it until it serves. The first time a sketch is asked
 * for the program provisions it over its line; later ones get the same EEPROM. */
void device_start(struct device *d, const char *name);

/* Starts it with an erased EEPROM. Further options of the board up to a NULL. */
void device_start_blank(struct device *d, const char *name, ...);

/* Makes the directory, with the repository's device file in it, before a start. */
void device_prepare(struct device *d, const char *name);

/* `countersign provision` over the line, options NULL or one; its exit status. */
int device_provision(struct device *d, const char *option);

/* Lets time pass until the sketch says that it is ready; half a second where its line is
 * for commands and it says nothing. */
void device_boot(struct device *d);

/* Power away for a moment, all RAM lost, and up to where it serves. */
void device_restart(struct device *d);

/* Runs the program with these words up to a NULL, the word "FILE" becoming the device
 * file; its exit status. Each event lets the board go on for a quarter of a second. */
int device_run(struct device *d, ...);

/* `countersign send FILE` and the words of one text, which blanks part. */
int device_send(struct device *d, const char *words);

/* The same with the key of another file in the directory. */
int device_send_as(struct device *d, const char *key, const char *words);

bool device_said(const struct device *d, const char *text);

/* A pin: 1 high, 0 low, -1 neither; how often it has changed since power came. */
int device_level(struct device *d, const char *pin);
uint64_t device_edges(struct device *d, const char *pin);

/* A connection, or -1; this never waits, whatever state the board is in. */
int device_connect(struct device *d);

void device_stop(struct device *d);

#endif
