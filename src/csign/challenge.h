/* SPDX-License-Identifier: MIT */
/* challenge.h: challenges of a device without a random generator (docs/protocol.md,
 * section 8): R = first bytes of HMAC(u, 21 || counter || block || entropy). */
#ifndef CSIGN_CHALLENGE_H
#define CSIGN_CHALLENGE_H

#include "hmac.h"

CSIGN_BEGIN_DECLS

#define CSIGN_SOURCE_SECRET_LEN  32 /* bytes of u */
#define CSIGN_SOURCE_ENTROPY_MAX 32

/* Writes len bytes (1 to CSIGN_CHALLENGE_MAX) to out. keyed is csign_hmac_key() of u.
 * upper comes from the store, which took it before it is used here; lower starts at 0 with
 * each start and rises by one with each call: a pair that was used before repeats a
 * challenge. entropy has entropy_len bytes, 0 to 32, of whatever there is. */
void csign_challenge_make(const csign_hasher *hasher, const void *keyed, uint32_t upper,
                          uint32_t lower, const uint8_t *entropy, uint8_t entropy_len,
                          uint8_t *out, uint8_t len);

CSIGN_END_DECLS

#endif
