/* SPDX-License-Identifier: MIT */
#include "classic.h"

#include "bytes.h"
#include "rights.h"

void csign_classic_key(const csign_settings *settings, void *keyed, const uint8_t *key,
                       size_t len)
{
    csign_hmac_key(&settings->hasher, keyed, key, len);
}

void csign_classic_tag(const csign_settings *settings, const void *keyed,
                       const uint8_t *r, const uint8_t *code, uint8_t code_len,
                       uint8_t *tag)
{
    csign_hmac_begin(&settings->hasher, keyed);
    csign_hash_add(&settings->hasher, r, settings->challenge);
    csign_hash_add(&settings->hasher, code, code_len);
    csign_hmac_end(&settings->hasher, keyed, tag);
}

/* The tag of the code in a row, in the work's block. The code goes in byte by byte: most
 * have one, and so it needs no memory. */
static const uint8_t *candidate(const csign_settings *settings, const void *keyed,
                                const uint8_t *r, const csign_table *table, size_t row)
{
    const csign_hasher *hasher = &settings->hasher;
    const uint8_t *code = table->codes + row * table->len;
    uint8_t *tag = csign_work_block(hasher);

    csign_hmac_begin(hasher, keyed);
    csign_hash_add(hasher, r, settings->challenge);
    for (uint8_t i = 0; i < table->len; i++)
        csign_hash_add_byte(hasher, csign_flash_u8(code + i));
    csign_hmac_end(hasher, keyed, tag);
    return tag;
}

size_t csign_classic_search(const csign_settings *settings, const void *keyed,
                            const uint8_t *r, const csign_table *table, uint32_t rights,
                            const uint8_t *tag)
{
    uint32_t right = CSIGN_RIGHT_OF_ROW_0;
    size_t found = CSIGN_NO_ROW;

    for (size_t row = 0; row < table->count; row++) {
        uint8_t same = csign_same(candidate(settings, keyed, r, table, row), tag,
                                  settings->hasher.hash->digest_size);
        same &= csign_right_is_held(rights, right);
        csign_select((uint8_t *)&found, (const uint8_t *)&row, sizeof found, same);
        right = csign_right_after(right);
    }
    return found;
}
