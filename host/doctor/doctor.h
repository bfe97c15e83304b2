/* SPDX-License-Identifier: MIT */
/* doctor.h: finds out why a device's commands do not work. Each examination asks the
 * device for a challenge or for `last`, which changes nothing there, or sends it random
 * bytes that it refuses; a command of the user's runs only if he names it. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cause.h"
#include "session.h"
#include "wire.h"

struct doctor_options {
    const char *file;
    uint32_t timeout_ms; /* the longest wait for each answer */
    const char *run;     /* the command to be tried, or NULL */
    const char *argument;
};

struct doctor {
    const struct doctor_options *options;
    struct session session;
    bool has_key;   /* the session has it; else only the wire is examined */
    unsigned found; /* causes */
    bool was_reached, has_challenge;
    uint32_t pause_ms; /* in which the device would have said something */
    uint8_t challenge[CSIGN_CHALLENGE_MAX]; /* the first one it gave, as long as the file
                                               says */
};

/* What an examination came to: one line on standard output; control characters become
 * '?'. Never pass key material. */
void doctor_ok(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_skip(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* And a second line with the cure. */
void doctor_found(struct doctor *d, enum cause cause, const char *cure,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for a line "what is wrong; cure" of another part of the program. */
void doctor_found_line(struct doctor *d, enum cause cause, const char *line);

/* The device file, the key and the state file; opens the session. False: there is nothing
 * to go on with. */
bool doctor_files(struct doctor *d);

/* Reaches the device and has it give a challenge. False: it does not. */
bool doctor_challenge(struct doctor *d);

/* Whether the device has the key and all else alike; otherwise what it has. False: it has
 * not. */
bool doctor_proof(struct doctor *d);

/* A length of the device's that is not the file's. */
void doctor_found_length(struct doctor *d, enum cause cause, const char *setting,
                         const char *what, unsigned device, unsigned file);

/* The least number, of low to high, for which holds() is true, by bisection; it is taken
 * for true at high without a try. */
unsigned doctor_least(struct doctor *d, unsigned low, unsigned high,
                      bool (*holds)(struct doctor *d, unsigned number));

enum doctor_difference {
    DIFFERS_NOT,       /* as far as that shows on the wire */
    DIFFERS_IN_LENGTH, /* the session's file has the device's now */
    DIFFERS_IN_KIND    /* another profile or hash */
};

/* What of profile and lengths the device has otherwise, told; the first that shows. */
enum doctor_difference doctor_lengths(struct doctor *d);

/* Connects for an examination. False, told: it can't. */
bool doctor_connect(struct doctor *d, struct wire *w);

/* Whether the device wakes with fewer bytes than the file says; then told and taken into
 * the session's file. */
bool doctor_wake_is_shorter(struct doctor *d);

/* Connects, wakes the device, and listens to its challenge, which is in w. False: told if
 * it can't connect, else w tells what came. */
bool doctor_wake(struct doctor *d, struct wire *w);

/* Sealed: how many bytes of a request the device takes. */
void doctor_payload(struct doctor *d);

/* How long the device waits for a request, and whether its challenges are new. */
void doctor_deadline(struct doctor *d);

/* Runs the user's command. */
void doctor_run(struct doctor *d);

#endif
