/* SPDX-License-Identifier: MIT */
/* child_environment.h: which of the variables a handler may see. */
#ifndef CHILD_ENVIRONMENT_H
#define CHILD_ENVIRONMENT_H

#include "device_file.h"

/* A new list, to be freed, of those variables of `from` that hold no key: neither one
 * that the file names, nor one whose value begins like a key. The strings stay from's.
 * The variables that the runner sets are left out too. NULL without memory. */
char **child_environment(const struct device_file *file, char *const *from);

#endif
