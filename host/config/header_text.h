/* SPDX-License-Identifier: MIT */
/* header_text.h: a device file's settings as a C header for a sketch or firmware. */
#ifndef HEADER_TEXT_H
#define HEADER_TEXT_H

#include <stdio.h>

#include "device_file.h"

#define HEADER_PREFIX_MAX 32

/* Whether the prefix is 1 to 32 letters, digits and '_', the first a letter. */
bool header_prefix_is_good(const char *prefix);

/* Writes the header. Macros begin with the prefix in capitals, tables with it as it is.
 * No secret is in it: file was read for DEVICE_FILE_FOR_HEADER. */
void header_text(FILE *to, const struct device_file *file, const char *prefix);

#endif
