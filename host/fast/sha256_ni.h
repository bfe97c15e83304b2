/* SPDX-License-Identifier: MIT */
/* sha256_ni.h: the compression of SHA-256 by the SHA extensions of x86-64, for a
 * csign_hash in place of csign_sha256.compress. Only where cpu_has_sha(). */
#ifndef SHA256_NI_H
#define SHA256_NI_H

#include "Countersign.h"

/* work is the head of a csign_sha256_work. */
void sha256_ni_compress(csign_work *work);

#endif
