/* SPDX-License-Identifier: MIT */
/* key_files.h: the files of a key that is being rotated.
 *
 *     PATH      the key that clients use, always there
 *     PATH.new  the new key, until it is known to work
 *     PATH.old  the old key, until the device has dropped it
 *
 * Each step is one call that the disk either has done or not, so that a crash at any
 * point leaves one of three pictures, from which the rotation goes on.
 */
#ifndef KEY_FILES_H
#define KEY_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "device_file.h"

enum key_files_stage {
    KEY_FILES_FRESH,   /* PATH alone */
    KEY_FILES_MADE,    /* PATH.new is there: the device may have it already */
    KEY_FILES_SWITCHED /* PATH is the new key, PATH.old the old one */
};

struct key_files {
    char path[PATH_MAX], new_path[PATH_MAX + 4], old_path[PATH_MAX + 4];
    enum key_files_stage stage;
};

/* Finds the file that `key` of the device file names, which has to be a file:..., and
 * what an earlier rotation left. On failure returns false and writes one line to error.
 */
bool key_files_find(struct key_files *files, const struct device_file *file, char *error,
                    size_t error_size);

/* FRESH to MADE: draws a new key into PATH.new. */
bool key_files_make(struct key_files *files, char *error, size_t error_size);

/* MADE to FRESH: the device has not got it. */
void key_files_unmake(struct key_files *files);

/* MADE to SWITCHED: PATH becomes the new key, in one step. */
bool key_files_switch(struct key_files *files, char *error, size_t error_size);

/* SWITCHED to FRESH: the device has dropped the old key. */
void key_files_finish(struct key_files *files);

#endif
