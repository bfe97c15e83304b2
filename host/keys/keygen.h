/* SPDX-License-Identifier: MIT */
/* keygen.h: making keys of 32 bytes, and the files that hold them. */
#ifndef KEYGEN_H
#define KEYGEN_H

#include "key_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYGEN_PASSPHRASE_MAX 1023 /* bytes */
#define KEYGEN_ID_MAX         64   /* bytes, the protocol's longest id */

struct keygen_cost {
    uint64_t n, r, p; /* scrypt's (RFC 7914): memory and time, block size, repetitions */
};

/* What a passphrase costs: 64 MiB. Changing it changes the keys of all passphrases. */
extern const struct keygen_cost keygen_cost;

/* Fills key from the system's generator. False: there is none, errno says why. */
bool keygen_random(uint8_t key[KEY_TEXT_KEY]);

/* Makes a key from a passphrase and a salt by scrypt. False: the cost is none that scrypt
 * allows, or memory ran out. */
bool keygen_scrypt(uint8_t key[KEY_TEXT_KEY], const char *passphrase, const char *salt,
                   const struct keygen_cost *cost);

/* Reads a passphrase of 1 .. KEYGEN_PASSPHRASE_MAX bytes: twice and without echo when
 * standard input is a terminal, else one line of standard input, whose end (\n or \r\n)
 * is dropped. When it fails the answer is false and error holds one line. The caller
 * wipes the passphrase in either case. */
bool keygen_read_passphrase(char passphrase[KEYGEN_PASSPHRASE_MAX + 1], char *error,
                            size_t error_size);

/* Writes the key's text and a newline to fd. False: errno says why. */
bool keygen_print(int fd, const uint8_t key[KEY_TEXT_KEY]);

/* Makes the key file path, of mode 600 whatever the umask, written through to the disk.
 * What exists under that name already is left as it is, a file that cannot be completed
 * is removed; in both cases the answer is false and error holds one line. */
bool keygen_write_file(const char *path, const uint8_t key[KEY_TEXT_KEY], char *error,
                       size_t error_size);

#endif
