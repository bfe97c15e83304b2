/* SPDX-License-Identifier: MIT */
/* store_keys.c: keys out of the store into a device, and key changes into the store. */
#include "store_state.h"

#include "bytes.h"

static void read_key(const csign_store *store, uint8_t slot, uint32_t *rights,
                     uint8_t *key)
{
    uint16_t cell = csign_store_cell(store, (uint8_t)(STORE_KEYS + slot));

    cell = (uint16_t)(cell + STORE_MARKS);
    csign_store_copy(store, cell, key, STORE_KEY_LEN);
    *rights = csign_store_read_u32(store, (uint16_t)(cell + STORE_KEY_LEN));
}

/* Whether the slot may be set or, with is_there, dropped or read. */
static CSIGN_APART csign_status check_slot(const csign_store *store, uint8_t slot,
                                           bool is_there)
{
    uint8_t held;

    if (slot >= store->memory->key_slots)
        return CSIGN_E_SLOT;
    held = csign_store_held(store, (uint8_t)(STORE_KEYS + slot));
    if (is_there)
        return held == RECORD_HELD ? CSIGN_OK : CSIGN_E_SLOT_EMPTY;
    return held == RECORD_EMPTY ? CSIGN_OK : CSIGN_E_SLOT_TAKEN;
}

csign_status csign_store_key(const csign_store *store, uint8_t slot, uint32_t *rights,
                             uint8_t *key)
{
    csign_status status = csign_store_may(
        store, store->state == CSIGN_STORE_OPEN ? CSIGN_STORE_OPEN : CSIGN_STORE_SERVING);

    if (status == CSIGN_OK)
        status = check_slot(store, slot, true);
    if (status == CSIGN_OK)
        read_key(store, slot, rights, key);
    return status;
}

static csign_status load_slot(const csign_store *store, csign_device *device,
                              uint8_t slot)
{
    uint8_t key[CSIGN_NEW_KEY_LEN];
    uint32_t rights;
    csign_status status = csign_store_key(store, slot, &rights, key);

    if (status == CSIGN_E_SLOT_EMPTY)
        return CSIGN_OK;
    if (status == CSIGN_OK)
        status = csign_device_set_key(device, slot, rights, key, sizeof key);
    csign_wipe(key, sizeof key);
    return status;
}

csign_status csign_store_load(const csign_store *store, csign_device *device)
{
    csign_status status = csign_store_may(store, CSIGN_STORE_SERVING);
    uint8_t slot = 0;

    if (status == CSIGN_OK && device->slot_count != store->memory->key_slots)
        status = CSIGN_E_SLOT_COUNT;
    for (; status == CSIGN_OK && slot < device->slot_count; slot++)
        status = load_slot(store, device, slot);
    while (status != CSIGN_OK && slot-- > 0)
        (void)csign_device_drop_key(device, slot);
    return status;
}

/* Begins the job that makes the change, which needs this state. */
static CSIGN_APART csign_status begin(csign_store *store, uint8_t state,
                                      const csign_change *change)
{
    csign_status status = csign_store_may(store, state);
    uint8_t record = (uint8_t)(STORE_KEYS + change->slot);

    if (status == CSIGN_OK)
        status = check_slot(store, change->slot, !change->is_set);
    if (status != CSIGN_OK)
        return status;
    if (change->is_set)
        csign_store_put(store, record, change->rights, change->key);
    else
        csign_store_drop(store, record, 0);
    return CSIGN_OK;
}

csign_status csign_store_change(csign_store *store, const csign_change *change)
{
    return begin(store, CSIGN_STORE_SERVING, change);
}

csign_status csign_store_put_key(csign_store *store, uint8_t slot, uint32_t rights,
                                 const uint8_t *key)
{
    csign_change change = {slot, 1, rights, key};

    return begin(store, CSIGN_STORE_OPEN, &change);
}
