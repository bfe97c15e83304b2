/* SPDX-License-Identifier: MIT */
/* challenge_ring.h: the challenges that a classic client was given, so that it answers
 * none of them twice.
 *
 * The ring begins at CHALLENGE_RING_AT in the state file and has up to
 * CHALLENGE_RING_COUNT records of 16 bytes; record number s (from 1) lies in place
 * (s - 1) mod CHALLENGE_RING_COUNT. Numbers are big endian.
 *
 *     offset  bytes
 *          0      8  first bytes of SHA-256 of the challenge
 *          8      4  s
 *         12      4  first bytes of FNV-1a, 64 bits, of the 12 bytes before
 *
 * A cut of power can spoil only the record that was being written, whose request then
 * never left: the place after the newest record may hold anything.
 */
#ifndef CHALLENGE_RING_H
#define CHALLENGE_RING_H

#include <stddef.h>
#include <stdint.h>

#define CHALLENGE_RING_AT    4096
#define CHALLENGE_RING_COUNT 100000
#define CHALLENGE_RING_LEN   16 /* bytes of a record */
#define CHALLENGE_RING_MIN   8  /* bytes; a shorter challenge may well repeat */

enum challenge_ring_answer {
    CHALLENGE_RING_FRESH,   /* not in the ring before, now on the disk */
    CHALLENGE_RING_KNOWN,   /* it was given before */
    CHALLENGE_RING_DAMAGED, /* the ring is not what was written */
    CHALLENGE_RING_FAILED   /* it could not be read or written; errno tells why */
};

/* Looks whether the state file knows the challenge and otherwise notes it there. */
enum challenge_ring_answer challenge_ring_note(int fd, const uint8_t *challenge,
                                               size_t len);

#endif
