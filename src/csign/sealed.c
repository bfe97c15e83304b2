/* SPDX-License-Identifier: MIT */
#include "sealed.h"

#include "bytes.h"

/* D begins with this text and has 128 bytes in all, zeros at its end. */
#define D_LEN 128
static const uint8_t d_name[] CSIGN_FLASH = {'c', 'o', 'u', 'n', 't', 'e', 'r', 's',
                                             'i', 'g', 'n', '/', '1', 'S'};

static void add_zeros(const csign_hasher *hasher, uint8_t count)
{
    uint8_t zero = 0;

    while (count-- > 0)
        csign_hash_add(hasher, &zero, 1);
}

static void add_derivation(const csign_settings *settings)
{
    const csign_hasher *hasher = &settings->hasher;
    uint8_t lengths[5];

    for (uint8_t i = 0; i < sizeof d_name; i++) {
        uint8_t letter = csign_flash_u8(d_name + i);
        csign_hash_add(hasher, &letter, 1);
    }
    lengths[0] = hasher->hash->id;
    lengths[1] = settings->wake;
    lengths[2] = settings->challenge;
    lengths[3] = settings->tag;
    lengths[4] = settings->id_len;
    csign_hash_add(hasher, lengths, sizeof lengths);
    csign_hash_add(hasher, settings->id, settings->id_len);
    add_zeros(hasher, (uint8_t)(D_LEN - sizeof d_name - sizeof lengths - settings->id_len));
}

void csign_sealed_key(const csign_settings *settings, void *keyed, const uint8_t *key,
                      size_t len)
{
    const csign_hasher *hasher = &settings->hasher;
    uint8_t derived[CSIGN_SEALED_LEN];

    csign_hmac_key(hasher, keyed, key, len);
    csign_hmac_begin(hasher, keyed);
    add_derivation(settings);
    csign_hmac_end(hasher, keyed, derived);
    csign_hmac_key(hasher, keyed, derived, sizeof derived);
    csign_wipe(derived, sizeof derived);
}

static void begin_bound(const csign_hasher *hasher, const void *keyed,
                        const csign_binding *binding)
{
    csign_hmac_begin(hasher, keyed);
    csign_hash_add(hasher, &binding->label, 1);
    csign_hash_add(hasher, binding->bytes, binding->len);
}

void csign_sealed_tag(const csign_hasher *hasher, const void *keyed,
                      const csign_binding *binding, const uint8_t *message, size_t len,
                      uint8_t *tag)
{
    begin_bound(hasher, keyed, binding);
    csign_hash_add(hasher, message, len);
    csign_hmac_end(hasher, keyed, tag);
}

void csign_sealed_stream(const csign_hasher *hasher, const void *keyed,
                         const csign_binding *binding, uint16_t from, uint8_t *bytes,
                         size_t len)
{
    uint8_t pad[CSIGN_SEALED_LEN];
    uint8_t index = (uint8_t)(from / CSIGN_SEALED_LEN);
    uint8_t at = (uint8_t)(from % CSIGN_SEALED_LEN);

    while (len > 0) {
        begin_bound(hasher, keyed, binding);
        csign_hash_add(hasher, &index, 1);
        csign_hmac_end(hasher, keyed, pad);
        for (; at < CSIGN_SEALED_LEN && len > 0; len--)
            *bytes++ ^= pad[at++];
        at = 0;
        index++;
    }
    csign_wipe(pad, sizeof pad);
}
