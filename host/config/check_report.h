/* SPDX-License-Identifier: MIT */
/* check_report.h: what both sides of a device file will do, for people. */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include <stdio.h>

#include "check_keys.h"

void check_report(FILE *to, const struct device_file *file,
                  const struct checked_keys *keys);

#endif
