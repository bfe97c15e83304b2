/* SPDX-License-Identifier: MIT */
/* message.h: how the program tells its user that something is wrong. */
#ifndef MESSAGE_H
#define MESSAGE_H

/* Prints one line to standard error: "countersign: " and the message, formatted as by
 * printf. Control characters become '?', so that a name taken from outside can neither
 * start a line of its own nor steer the terminal; what exceeds 4 KiB is cut. Never pass
 * key material. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
