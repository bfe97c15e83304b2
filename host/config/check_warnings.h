/* SPDX-License-Identifier: MIT */
/* check_warnings.h: what a device file allows and should not, its keys apart. */
#ifndef CHECK_WARNINGS_H
#define CHECK_WARNINGS_H

#include "check_keys.h"

/* Also an error: a store that others have access to. False: no memory. */
bool check_warnings(struct check *check);

#endif
