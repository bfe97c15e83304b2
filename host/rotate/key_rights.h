/* SPDX-License-Identifier: MIT */
/* key_rights.h: rights as they are written on a command line. */
#ifndef KEY_RIGHTS_H
#define KEY_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device_file.h"

/* Reads rights the way [keys] writes them: commands of the file with commas between them,
 * all, admin. On failure returns false and writes one line to error. */
bool key_rights_read(const struct device_file *file, const char *text, uint32_t *rights,
                     char *error, size_t error_size);

#endif
