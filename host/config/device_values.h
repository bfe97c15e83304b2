/* SPDX-License-Identifier: MIT */
/* device_values.h: how the values of a device file are written. */
#ifndef DEVICE_VALUES_H
#define DEVICE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_MAX_LEN 32 /* bytes of a command's, an answer's or a key's name */

/* 1 to 32 letters, digits, '_', '.' and '-', the first not '-'. */
bool value_is_name(const char *text);

/* Decimal digits without a leading zero, at most 4294967295. */
bool value_number(uint32_t *number, const char *text);

/* Pairs of hex digits; the count of bytes, 0 when it is something else or over max. */
size_t value_hex(uint8_t *bytes, size_t max, const char *text);

/* Splits at blanks; double quotes group, nothing else is special. The words lie in the
 * returned block, which ends with NULL and which free() frees. NULL with *is_open true: a
 * quote is not closed; with false: no memory. */
char **value_words(const char *text, bool *is_open);

/* The path, at directory when it is relative. NULL: no memory. */
char *value_path(const char *directory, const char *path);

#endif
