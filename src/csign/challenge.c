/* SPDX-License-Identifier: MIT */
#include "challenge.h"

#include "bytes.h"

enum { LABEL = 0x21, HEAD_LEN = 10 };

/* Apart: its frame would else stay on the stack of whoever it is inlined into. */
CSIGN_APART void csign_challenge_make(const csign_hasher *hasher, const void *keyed,
                                      uint32_t upper, uint32_t lower,
                                      const uint8_t *entropy, uint8_t entropy_len,
                                      uint8_t *out, uint8_t len)
{
    struct {
        uint8_t label, upper[4], lower[4], block;
        uint8_t digest[CSIGN_DIGEST_MAX];
    } own;

    own.label = LABEL;
    csign_put_u32(own.upper, upper);
    csign_put_u32(own.lower, lower);
    own.block = 0;
    while (len > 0) {
        uint8_t part = hasher->hash->digest_size;

        if (part > len)
            part = len;
        csign_hmac_begin(hasher, keyed);
        csign_hash_add(hasher, &own, HEAD_LEN);
        csign_hash_add(hasher, entropy, entropy_len);
        csign_hmac_end(hasher, keyed, own.digest);
        memcpy(out, own.digest, part);
        out += part;
        len = (uint8_t)(len - part);
        own.block++;
    }
    csign_wipe(own.digest, sizeof own.digest);
    csign_hasher_wipe(hasher);
}
