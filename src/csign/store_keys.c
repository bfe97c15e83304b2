/* SPDX-License-Identifier: MIT */
/* store_keys.c: keys out of the store into a device, and key changes into the store. */
#include "store_state.h"

#include "bytes.h"
#include "key_slots.h"

static uint8_t record_of(uint8_t slot)
{
    return (uint8_t)(STORE_KEYS + slot);
}

/* Whether the slot may be set (wanted RECORD_EMPTY), or dropped or read (RECORD_HELD), in
 * a state from least to most. */
static CSIGN_APART csign_status check_slot(const csign_store *store, uint8_t least,
                                           uint8_t most, uint8_t slot, uint8_t wanted)
{
    csign_status status = csign_store_may(store, least, most);

    if (status != CSIGN_OK)
        return status;
    if (slot >= store->memory->key_slots)
        return CSIGN_E_SLOT;
    if (csign_store_held(store, record_of(slot)) == wanted)
        return CSIGN_OK;
    return wanted == RECORD_HELD ? CSIGN_E_SLOT_EMPTY : CSIGN_E_SLOT_TAKEN;
}

csign_status csign_store_key(const csign_store *store, uint8_t slot, uint32_t *rights,
                             uint8_t *key)
{
    csign_status status =
        check_slot(store, CSIGN_STORE_SERVING, CSIGN_STORE_OPEN, slot, RECORD_HELD);

    if (status == CSIGN_OK) {
        csign_store_copy(store, record_of(slot), STORE_MARKS, key, STORE_KEY_LEN);
        csign_store_copy(store, record_of(slot), STORE_AT_RIGHTS, rights, STORE_RIGHTS);
        *rights = csign_get_u32((const uint8_t *)rights);
    }
    return status;
}

csign_status csign_store_load(const csign_store *store, csign_device *device)
{
    csign_status status =
        csign_store_may(store, CSIGN_STORE_SERVING, CSIGN_STORE_SERVING);
    uint8_t key[CSIGN_NEW_KEY_LEN];
    uint32_t rights;
    uint8_t slot = 0;

    if (status == CSIGN_OK && device->slot_count != store->memory->key_slots)
        status = CSIGN_E_SLOT_COUNT;
    for (; status == CSIGN_OK && slot < device->slot_count; slot++) {
        status = csign_store_key(store, slot, &rights, key);
        if (status == CSIGN_OK)
            status = csign_device_set_key(device, slot, rights, key, sizeof key);
        else if (status == CSIGN_E_SLOT_EMPTY)
            status = CSIGN_OK;
    }
    csign_wipe(key, sizeof key);
    while (status != CSIGN_OK && slot-- > 0)
        csign_slot_clear(device, slot);
    return status;
}

csign_status csign_store_change(csign_store *store, const csign_change *change)
{
    csign_status status =
        check_slot(store, CSIGN_STORE_SERVING, CSIGN_STORE_SERVING, change->slot,
                   change->is_set ? RECORD_EMPTY : RECORD_HELD);

    if (status != CSIGN_OK)
        return status;
    if (change->is_set)
        csign_store_put(store, record_of(change->slot), change->rights, change->key);
    else
        csign_store_drop(store, record_of(change->slot), 0);
    return CSIGN_OK;
}

csign_status csign_store_put_key(csign_store *store, uint8_t slot, uint32_t rights,
                                 const uint8_t *key)
{
    csign_status status =
        check_slot(store, CSIGN_STORE_OPEN, CSIGN_STORE_OPEN, slot, RECORD_EMPTY);

    if (status == CSIGN_OK)
        csign_store_put(store, record_of(slot), rights, key);
    return status;
}
