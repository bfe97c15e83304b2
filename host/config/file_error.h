/* SPDX-License-Identifier: MIT */
/* file_error.h: what is wrong with a file, as one line "FILE:LINE: what; cure". */
#ifndef FILE_ERROR_H
#define FILE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

struct file_error {
    const char *path;
    char *text; /* the caller's, size bytes; empty as long as all is well */
    size_t size;
};

/* Writes the line, cut to size, unless one is there already: the first mistake counts.
 * Line 0: the file as a whole, no number. Nothing that may be a secret goes into it: a
 * line that went astray can be one, so that only names known to be good are repeated.
 * Always false, so that a caller can return it. */
bool file_error_set(const struct file_error *error, unsigned line, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));

/* Without memory nothing can be read further. */
bool file_error_no_memory(const struct file_error *error);

#endif
