/* SPDX-License-Identifier: MIT */
#include "challenge.h"

#include "bytes.h"

enum { LABEL = 0x21 };

/* Apart: its frame would else stay on the stack of whoever it is inlined into. */
CSIGN_APART void csign_challenge_make(const csign_hasher *hasher, const void *keyed,
                                      uint32_t upper, uint32_t lower,
                                      const uint8_t *entropy, uint8_t entropy_len,
                                      uint8_t *out, uint8_t len)
{
    uint8_t *digest = csign_work_block(hasher);
    struct {
        uint8_t label, upper[4], lower[4], block;
    } head;

    head.label = LABEL;
    csign_put_u32(head.upper, upper);
    csign_put_u32(head.lower, lower);
    head.block = 0;
    while (len > 0) {
        uint8_t part = hasher->hash->digest_size;

        if (part > len)
            part = len;
        csign_hmac_begin(hasher, keyed);
        csign_hash_add(hasher, &head, sizeof head);
        csign_hash_add(hasher, entropy, entropy_len);
        csign_hmac_end(hasher, keyed, digest);
        memcpy(out, digest, part);
        out += part;
        len = (uint8_t)(len - part);
        head.block++;
    }
    csign_hasher_wipe(hasher);
}
