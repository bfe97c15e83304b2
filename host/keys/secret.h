/* SPDX-License-Identifier: MIT */
/* secret.h: keys, from where a device file says they are.
 *
 *     file:PATH   a file that holds csk1..., hex:.. or text:..
 *     env:NAME    an environment variable that holds one of the same
 *     hex:..      bytes, two hex digits each
 *     text:..     the bytes of UTF-8 text as written
 *     csk1...     32 bytes, see key_text.h
 *
 * In a file and a variable one newline at the end (\n or \r\n) is dropped.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SECRET_MAX 1024 /* bytes */

struct stat;

struct secret {
    uint8_t bytes[SECRET_MAX];
    size_t len;          /* 1 .. SECRET_MAX */
    bool inline_in_file; /* the reference held the key itself */
};

/* Reads the key that reference names; a relative PATH starts at directory. When it fails
 * the answer is false, *secret is wiped, and error (cut to error_size bytes with its
 * terminating 0) holds one line: what is wrong and the cure, and nothing of the key. The
 * caller wipes *secret when done with it. */
bool secret_read(struct secret *secret, const char *reference, const char *directory,
                 char *error, size_t error_size);

/* The same for the key file at path. A file that is not a regular one, that group or
 * others have any right to, or that belongs to neither this user nor root is refused; but
 * for one below $CREDENTIALS_DIRECTORY, where systemd may show the group a right to read. */
bool secret_read_file(struct secret *secret, const char *path, char *error,
                      size_t error_size);

/* Whether a key file of this status (of its open descriptor, else a file put in its place
 * is what gets read) is private enough for the user reader. Otherwise error tells why, as
 * above, naming path. */
bool secret_file_is_private(const struct stat *status, uid_t reader, const char *path,
                            char *error, size_t error_size);

/* Overwrites all of *secret with zeros. */
void secret_wipe(struct secret *secret);

#endif
