/* SPDX-License-Identifier: MIT */
/* board_talk.h: a client in the test itself, one step of simulated time after the other:
 * for what the program does not do, and where each cycle has to be the same each time. */
#ifndef BOARD_TALK_H
#define BOARD_TALK_H

#include "board_fixture.h"
#include "device_file.h"

enum { TALK_BYTES = 512, TALK_CHALLENGE = 16 };

struct talk {
    struct device *device;
    csign_client client;
    int fd;                           /* -1: none */
    bool is_cut;                      /* power was cut meanwhile */
    uint8_t challenge[CSIGN_CHALLENGE_MAX]; /* the device's */
    uint8_t sent[TALK_BYTES]; /* all of it, since talk_open() */
    size_t sent_len;
    size_t received;
    /* What a client is made of. */
    struct device_file file;
    csign_any_work work;
    csign_any_keyed keyed;
    csign_settings settings;
    csign_client_config config;
    uint8_t memory[TALK_BYTES];
};

/* Makes a client with the key in a file of the device's directory; no connection yet. */
void talk_begin(struct talk *t, struct device *d, const char *key_file);

/* Connects and goes as far as the first request: false when the device does not. */
bool talk_open(struct talk *t);

/* One request by its name in the device file, or by bytes: what became of it. */
csign_outcome talk_command(struct talk *t, const char *name);
csign_outcome talk_bytes(struct talk *t, const uint8_t *command, size_t len);

/* Open, one command, close. */
csign_outcome talk_once(struct talk *t, const char *name);

void talk_close(struct talk *t);
void talk_end(struct talk *t);

/* Sends bytes and lets time pass; tells how many came back, and keeps the first of them.
 * is_over: whether the device has hung up. */
size_t talk_raw(struct device *d, int fd, const uint8_t *bytes, size_t len,
                const char *time, uint8_t *back, bool *is_over);

/* Collects a challenge with a wake of the test's own and hangs up. */
bool talk_take_challenge(struct device *d, uint8_t challenge[TALK_CHALLENGE]);

/* The challenges collected until now; whether any two are the same, all compared. */
void talk_keep_challenge(const uint8_t challenge[TALK_CHALLENGE]);
size_t talk_challenges(void);
bool talk_challenge_is_repeated(void);
void talk_forget_challenges(void);

#endif
