/* SPDX-License-Identifier: MIT */
#include "sealed.h"

/* D begins with this text and has 128 bytes in all, zeros at its end. */
#define D_LEN 128
static const uint8_t d_name[] CSIGN_FLASH = {'c', 'o', 'u', 'n', 't', 'e', 'r',
                                             's', 'i', 'g', 'n', '/', '1', 'S'};

static void add_derivation(const csign_settings *settings)
{
    const csign_hasher *hasher = &settings->hasher;
    uint8_t zeros = (uint8_t)(D_LEN - sizeof d_name - 5 - settings->id_len);

    for (uint8_t i = 0; i < sizeof d_name; i++)
        csign_hash_add_byte(hasher, csign_flash_u8(d_name + i));
    csign_hash_add_byte(hasher, hasher->hash->id);
    csign_hash_add_byte(hasher, settings->wake);
    csign_hash_add_byte(hasher, settings->challenge);
    csign_hash_add_byte(hasher, settings->tag);
    csign_hash_add_byte(hasher, settings->id_len);
    csign_hash_add(hasher, settings->id, settings->id_len);
    while (zeros-- > 0)
        csign_hash_add_byte(hasher, 0);
}

/* K' waits in the outer state, which is made from it last. */
void csign_sealed_key(const csign_settings *settings, void *keyed, const uint8_t *key,
                      size_t len)
{
    const csign_hasher *hasher = &settings->hasher;
    uint8_t *derived = (uint8_t *)keyed + hasher->hash->state_size;

    csign_hmac_key(hasher, keyed, key, len);
    csign_hmac_begin(hasher, keyed);
    add_derivation(settings);
    csign_hmac_end(hasher, keyed, derived);
    csign_hmac_key(hasher, keyed, derived, CSIGN_SEALED_LEN);
}

static void begin_bound(const csign_settings *settings, const void *keyed, uint8_t label,
                        const uint8_t *bound)
{
    bool is_first =
        label == CSIGN_LABEL_FIRST_REQUEST || label == CSIGN_LABEL_FIRST_STREAM;

    csign_hmac_begin(&settings->hasher, keyed);
    csign_hash_add_byte(&settings->hasher, label);
    csign_hash_add(&settings->hasher, bound,
                   is_first ? (uint8_t)(settings->wake + settings->challenge)
                            : CSIGN_SEALED_LEN);
}

void csign_sealed_tag(const csign_settings *settings, const void *keyed, uint8_t label,
                      const uint8_t *bound, const uint8_t *message, uint8_t *tag)
{
    begin_bound(settings, keyed, label, bound);
    csign_hash_add(&settings->hasher, message, (size_t)message[0] + 1);
    csign_hmac_end(&settings->hasher, keyed, tag);
}

const uint8_t *csign_sealed_block(const csign_settings *settings, const void *keyed,
                                  uint8_t label, const uint8_t *bound, uint8_t index)
{
    uint8_t *block = csign_work_block(&settings->hasher);

    begin_bound(settings, keyed, label, bound);
    csign_hash_add_byte(&settings->hasher, index);
    csign_hmac_end(&settings->hasher, keyed, block);
    return block;
}

void csign_sealed_stream(const csign_settings *settings, const void *keyed, uint8_t label,
                         const uint8_t *bound, uint16_t from, uint8_t *bytes, uint8_t len)
{
    uint8_t index = (uint8_t)(from / CSIGN_SEALED_LEN);
    uint8_t at = (uint8_t)(from % CSIGN_SEALED_LEN);

    for (; len > 0; index++, at = 0) {
        const uint8_t *block = csign_sealed_block(settings, keyed, label, bound, index);

        for (; at < CSIGN_SEALED_LEN && len > 0; len--)
            *bytes++ ^= block[at++];
    }
}
