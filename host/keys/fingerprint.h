/* SPDX-License-Identifier: MIT */
/* fingerprint.h: how people tell keys apart without seeing them. */
#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#define FINGERPRINT_LEN 9 /* characters, such as 1a2b-3c4d, without the terminating 0 */

/* Writes the fingerprint of a key of len bytes to text, terminated by 0: the first 4
 * bytes of HMAC-SHA256(key, "countersign/1 fingerprint") in hex. It may be shown and
 * logged. */
void fingerprint(const uint8_t *key, size_t len, char text[FINGERPRINT_LEN + 1]);

#endif
