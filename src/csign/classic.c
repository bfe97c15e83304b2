/* SPDX-License-Identifier: MIT */
#include "classic.h"

#include "bytes.h"
#include "rights.h"

void csign_classic_key(const csign_settings *settings, void *keyed, const uint8_t *key,
                       size_t len)
{
    csign_hmac_key(&settings->hasher, keyed, key, len);
}

void csign_classic_tag(const csign_settings *settings, const void *keyed, const uint8_t *r,
                       const uint8_t *code, uint8_t code_len, uint8_t *tag)
{
    csign_hmac_begin(&settings->hasher, keyed);
    csign_hash_add(&settings->hasher, r, settings->challenge);
    csign_hash_add(&settings->hasher, code, code_len);
    csign_hmac_end(&settings->hasher, keyed, tag);
}

size_t csign_classic_search(const csign_settings *settings, const void *keyed,
                            const uint8_t *r, const csign_table *table, uint32_t rights,
                            const uint8_t *tag)
{
    uint8_t code[CSIGN_CODE_MAX];
    uint8_t candidate[CSIGN_DIGEST_MAX];
    uint32_t right = CSIGN_RIGHT_OF_ROW_0;
    size_t found = CSIGN_NO_ROW;

    for (size_t row = 0; row < table->count; row++) {
        csign_table_code(table, row, code);
        csign_classic_tag(settings, keyed, r, code, table->len, candidate);
        uint8_t same = csign_same(candidate, tag, settings->hasher.hash->digest_size);
        same &= csign_right_is_held(rights, right);
        csign_select((uint8_t *)&found, (const uint8_t *)&row, sizeof found, same);
        right = csign_right_after(right);
    }
    csign_wipe(candidate, sizeof candidate);
    return found;
}
