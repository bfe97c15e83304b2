/* SPDX-License-Identifier: MIT */
/* serial_line.h: serial lines and pseudo-terminals, opened raw. */
#ifndef SERIAL_LINE_H
#define SERIAL_LINE_H

#include <stdbool.h>

/* Whether termios has a name for this speed. */
bool serial_line_knows(unsigned baud);

/* Opens the line at path: raw, 8N1, at this speed (one that serial_line_knows()), without
 * flow control, for this process alone; what came before is thrown away. The descriptor is
 * non-blocking and close-on-exec. -1 with errno set: EBUSY when another process has the
 * line, EINVAL when it does not take the speed or the format. */
int serial_line_open(const char *path, unsigned baud);

#endif
