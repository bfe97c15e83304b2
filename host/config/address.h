/* SPDX-License-Identifier: MIT */
/* address.h: tcp://HOST:PORT, unix:PATH and serial:PATH?baud=N&boot=MS. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

enum address_kind { ADDRESS_TCP, ADDRESS_UNIX, ADDRESS_SERIAL };

struct address {
    enum address_kind kind;
    char host[256]; /* tcp: name or number; [..] of IPv6 taken off */
    char port[8];   /* tcp: a number */
    char path[256]; /* unix (at most 107 bytes), serial */
    unsigned baud;  /* serial: 300 to 4000000, one that termios knows; default 115200 */
    unsigned boot;  /* serial: ms to wait after opening; default 2000 */
};

/* Parses text; relative paths start at directory. On failure writes what is wrong and the
 * cure to error, without file and line, and returns false. */
bool address_parse(struct address *address, const char *text, const char *directory,
                   char *error, size_t error_size);

/* Writes the address as text, at most 300 bytes. */
void address_format(const struct address *address, char *text, size_t size);

/* Client: begins to connect without blocking; the descriptor is non-blocking and
 * close-on-exec, TCP_NODELAY set. *is_pending: poll for writing, then SO_ERROR. For a serial
 * line: opens it raw, 8N1, at the baud rate, exclusively. -1 with errno set, or a resolver's
 * failure as one line in error. A name with several addresses: the first that accepts a
 * socket; index counts them from 0 so that the caller may try the next (-1 and empty error
 * when there are no more). */
int address_connect(const struct address *address, unsigned index, bool *is_pending,
                    char *error, size_t error_size);

/* Device: a listening, non-blocking, close-on-exec socket with a long backlog (for a serial
 * line: the opened line). A Unix socket left over by a process that is gone is replaced, one
 * that is served is not; its mode is 0660. On failure -1 and one line in error. port 0 lets
 * the system choose: *address then holds the chosen one. */
int address_listen(struct address *address, char *error, size_t error_size);

#endif
