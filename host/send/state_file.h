/* SPDX-License-Identifier: MIT */
/* state_file.h: where the state file lies, how it is made and locked. */
#ifndef STATE_FILE_H
#define STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_FILE_TITLE     "countersign state 1\n"
#define STATE_FILE_TITLE_LEN 32 /* bytes, with zeros behind the title */

/* Writes the directory's path. False, with one line in error, when the environment names
 * none. */
bool state_directory_path(char *path, size_t size, char *error, size_t error_size);

/* Opens the directory, made with mode 0700 if may_make and it is not there. -1 with errno
 * set when it can't; with errno EPERM when others could write into it. */
int state_directory_open(char *path, bool may_make);

/* Opens the file of that name in the directory for both or, where that is not allowed and
 * may_make is not set, for reading; makes it if may_make. -1 with errno set. */
int state_file_open(int directory, const char *name, bool may_make);

/* Waits up to patience_ms until the open file is locked. False with errno set:
 * EWOULDBLOCK when another process holds it that long. */
bool state_file_lock(int fd, uint32_t patience_ms);

/* Whether the name still leads to the open file: it may have been removed while its lock
 * was waited for. */
bool state_file_is_named(int fd, int directory, const char *name);

#endif
