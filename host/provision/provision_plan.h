/* SPDX-License-Identifier: MIT */
/* provision_plan.h: what a device is to be given, made from its device file and from key
 * files, before anything is changed. */
#ifndef PROVISION_PLAN_H
#define PROVISION_PLAN_H

#include "device_file.h"
#include "device_layout.h"
#include "keygen.h"

struct provision_key {
    const char *name; /* of [keys], or "key" */
    uint8_t slot;
    uint32_t rights;
    uint8_t key[KEY_TEXT_KEY];
    char *path;   /* of its key file; NULL: it has none */
    bool is_new;  /* drawn here: its file is to be made */
    bool is_made; /* its file was made here */
};

struct provision_plan {
    struct device_file file;
    struct device_layout layout;
    struct provision_key *keys; /* count of them, in the order of their slots */
    size_t count, room;
    char *reference; /* for `key` of the device file, which lacks it; else NULL */
    struct device_copy copy;
};

/* Reads the device file and the key files that are there, draws keys for those that are
 * not. slot: of the only key where there is no [keys]; -1: not given, 0 then. On failure
 * returns false and writes one line to error. provision_plan_free() in either case. */
bool provision_plan_make(struct provision_plan *plan, const char *path, int slot,
                         char *error, size_t error_size);

/* Writes the new key files, and the completed device file beside the old one. When it
 * fails what was written is removed again. */
bool provision_plan_write(struct provision_plan *plan, char *error, size_t error_size);

/* The device has the keys: the completed device file takes its place. */
bool provision_plan_keep(struct provision_plan *plan, char *error, size_t error_size);

/* The device has not got them: removes what provision_plan_write() wrote. */
void provision_plan_undo(struct provision_plan *plan);

/* Wipes the keys. */
void provision_plan_free(struct provision_plan *plan);

#endif
