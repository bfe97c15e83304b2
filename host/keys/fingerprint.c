/* SPDX-License-Identifier: MIT */
#include "fingerprint.h"

#include <csign/bytes.h>
#include <csign/hmac.h>
#include <stdio.h>

void fingerprint(const uint8_t *key, size_t len, char text[FINGERPRINT_LEN + 1])
{
    static const char label[] = "countersign/1 fingerprint";
    csign_sha256_work work;
    csign_sha256_keyed keyed;
    csign_hasher hasher = {&csign_sha256, &work.head};
    uint8_t digest[32];

    csign_hmac_key(&hasher, &keyed, key, len);
    csign_hmac_begin(&hasher, &keyed);
    csign_hash_add(&hasher, label, sizeof label - 1);
    csign_hmac_end(&hasher, &keyed, digest);

    snprintf(text, FINGERPRINT_LEN + 1, "%02x%02x-%02x%02x", digest[0], digest[1],
             digest[2], digest[3]);
    csign_wipe(&keyed, sizeof keyed);
    csign_wipe(digest, sizeof digest);
    csign_hasher_wipe(&hasher);
}
