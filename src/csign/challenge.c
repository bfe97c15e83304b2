/* SPDX-License-Identifier: MIT */
#include "challenge.h"

#include "bytes.h"

enum { LABEL = 0x21, AT_BLOCK = 9, HEAD_LEN = 10 };

static void write_u32(uint8_t *to, uint32_t value)
{
    for (uint8_t i = 4; i-- > 0; value >>= 8)
        to[i] = (uint8_t)value;
}

/* Apart: its frame would else stay on the stack of whoever it is inlined into. */
CSIGN_APART void csign_challenge_make(const csign_hasher *hasher, const void *keyed,
                                      uint32_t upper, uint32_t lower,
                                      const uint8_t *entropy, uint8_t entropy_len,
                                      uint8_t *out, uint8_t len)
{
    uint8_t head[HEAD_LEN];
    uint8_t digest[CSIGN_DIGEST_MAX];
    uint8_t size = hasher->hash->digest_size;

    head[0] = LABEL;
    write_u32(head + 1, upper);
    write_u32(head + 5, lower);
    head[AT_BLOCK] = 0;
    while (len > 0) {
        uint8_t part = len < size ? len : size;

        csign_hmac_begin(hasher, keyed);
        csign_hash_add(hasher, head, sizeof head);
        csign_hash_add(hasher, entropy, entropy_len);
        csign_hmac_end(hasher, keyed, digest);
        memcpy(out, digest, part);
        out += part;
        len = (uint8_t)(len - part);
        head[AT_BLOCK]++;
    }
    csign_wipe(digest, sizeof digest);
    csign_hasher_wipe(hasher);
}
