/* SPDX-License-Identifier: MIT */
/* device_layout.h: where things stand in a device file, and a line put into it that
 * leaves all others as they are. */
#ifndef DEVICE_LAYOUT_H
#define DEVICE_LAYOUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct device_layout {
    bool has_keys_section;
    bool has_key;    /* [device] has a `key` */
    unsigned behind; /* the line that a further one of [device] can follow */
};

/* Finds out. False: one line in error. */
bool device_layout_read(struct device_layout *layout, const char *path, char *error,
                        size_t error_size);

/* A changed copy that waits beside the file for taking its place. */
struct device_copy {
    char path[PATH_MAX]; /* of the file, links followed */
    char copy[PATH_MAX]; /* empty: there is none */
};

/* Makes the copy of the file at path with `name = value` behind the line that layout
 * tells, on the disk and with the file's mode. False: one line in error. */
bool device_copy_make(struct device_copy *copy, const char *path,
                      const struct device_layout *layout, const char *name,
                      const char *value, char *error, size_t error_size);

/* The copy becomes the file, in one step; without a copy nothing happens. */
bool device_copy_install(struct device_copy *copy, char *error, size_t error_size);

/* Removes the copy, if there is one. */
void device_copy_drop(struct device_copy *copy);

#endif
