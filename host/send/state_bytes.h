/* SPDX-License-Identifier: MIT */
/* state_bytes.h: how numbers, checks and writes look in the state file. */
#ifndef STATE_BYTES_H
#define STATE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A number of len bytes, big endian. */
void state_put(uint8_t *bytes, uint64_t number, size_t len);
uint64_t state_get(const uint8_t *bytes, size_t len);

/* FNV-1a, 64 bits. It finds accidents, not attacks: who can write into the
 * state file can also read the key. */
uint64_t state_check(const uint8_t *bytes, size_t len);

/* Writes all len bytes at offset and waits until they are on the disk. False with errno
 * set when they are not; some of them may be. */
bool state_write(int fd, const uint8_t *bytes, size_t len, off_t offset);

#endif
