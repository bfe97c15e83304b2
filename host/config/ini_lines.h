/* SPDX-License-Identifier: MIT */
/* ini_lines.h: inih fed by a reader that knows where it is and lets nothing pass in
 * silence.
 *
 * inih cuts long lines, joins indented ones to the line before, ends a line at a NUL,
 * takes
 * ':' for '=', ignores what follows a section's ']' and never tells of a section without
 * entries. All of that is refused here before inih sees the line.
 */
#ifndef INI_LINES_H
#define INI_LINES_H

#include <stdbool.h>
#include <stdio.h>

#include "file_error.h"

#define INI_LINE_MAX     190 /* bytes, without the line's end */
#define INI_SECTIONS_MAX 8

/* One name = value; section is its index. False ends the reading; the error is set. */
typedef bool (*ini_entry)(void *user, unsigned section, const char *name,
                          const char *value, unsigned line);

struct ini_lines {
    /* The caller's. */
    const char *const *sections; /* the known names */
    unsigned section_count;      /* at most INI_SECTIONS_MAX */
    unsigned skipped;            /* bit s: entries of section s are not looked at */
    ini_entry entry;
    void *user;
    struct file_error *error;
    /* Filled. */
    unsigned
        headings[INI_SECTIONS_MAX]; /* line of each section's heading; 0: it has none */
    unsigned line;                  /* number of the last line read */
    /* Private. */
    FILE *stream;
    unsigned section;
    bool is_inside; /* of a section */
    bool is_over;
};

/* Reads all of the stream. False: the error is set. */
bool ini_lines_read(struct ini_lines *lines, FILE *stream);

#endif
