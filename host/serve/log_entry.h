/* SPDX-License-Identifier: MIT */
/* log_entry.h: one line of a device's log, for people or as JSON:
 *
 *     2026-11-23T12:00:00.123Z exchange key=owner command=on status=0
 *     {"time":"2026-11-23T12:00:00.123Z","event":"exchange","key":"owner",...}
 *
 * No key and no byte of an argument or of a reply belongs into it.
 */
#ifndef LOG_ENTRY_H
#define LOG_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 4096 /* bytes: what a pipe takes whole, or not at all */

struct log_entry {
    bool is_json;
    bool is_cut; /* it does not fit */
    size_t len;
    char text[LOG_LINE_MAX];
};

/* Begins a line of the present time. event and the names below are words of ours. */
void log_entry_begin(struct log_entry *entry, bool is_json, const char *event);

/* value may hold anything; NULL is JSON's null, and left out for people. */
void log_entry_text(struct log_entry *entry, const char *name, const char *value);
void log_entry_number(struct log_entry *entry, const char *name, int64_t value);

/* Ends the line. False when it did not fit. */
bool log_entry_end(struct log_entry *entry);

#endif
