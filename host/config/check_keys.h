/* SPDX-License-Identifier: MIT */
/* check_keys.h: the keys of a device file, looked at by `check`. No key leaves here, only
 * fingerprints. */
#ifndef CHECK_KEYS_H
#define CHECK_KEYS_H

#include "device_file.h"
#include "fingerprint.h"

/* How a check goes: what it has to say besides its report. */
struct check {
    const struct device_file *file;
    unsigned errors, warnings;
};

/* Each prints one line to standard error: FILE:LINE: what; cure, and counts it. Line 0:
 * the file as a whole. */
void check_error(struct check *check, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_warn(struct check *check, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct checked_key {
    const struct device_key *key;
    bool is_read; /* otherwise it is not on this machine, or bad */
    bool is_inline;
    size_t len;
    char fingerprint[FINGERPRINT_LEN + 1];
    csign_any_keyed keyed;
};

struct checked_keys {
    bool has_client; /* `key` was looked at */
    struct device_key client_key;
    struct checked_key client;
    struct checked_key *device; /* file->key_count of them */
};

/* Reads what is readable here. A key that others can read, that is malformed, too short
 * or that another one of the device equals is an error; one that is not on this machine
 * is a warning. False: no memory. check_keys_free() in either case. */
bool check_keys(struct check *check, struct checked_keys *keys);
void check_keys_free(struct checked_keys *keys, const struct device_file *file);

#endif
