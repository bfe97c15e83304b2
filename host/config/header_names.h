/* SPDX-License-Identifier: MIT */
/* header_names.h: the names of commands and answers as C has them. */
#ifndef HEADER_NAMES_H
#define HEADER_NAMES_H

#include "device_file.h"
#include "file_error.h"

#define HEADER_NAME_SIZE 33

/* Capitals for letters, '_' for '-' and '.'. */
void header_name(char name[HEADER_NAME_SIZE], const char *from);

/* Refuses a name that becomes the same as an earlier one. False: the error is set. */
bool header_names_are_unique(const struct name_table *table,
                             const struct file_error *error);

#endif
