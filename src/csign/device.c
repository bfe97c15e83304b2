/* SPDX-License-Identifier: MIT */
#include "device.h"

#include "bytes.h"
#include "key_slots.h"

static csign_status check_commands(const csign_device *device)
{
    const csign_table *commands = &device->commands;

    if (commands->count == 0)
        return CSIGN_E_NO_COMMAND;
    if (commands->codes == NULL)
        return CSIGN_E_MEMORY;
    if (commands->len < 1 || commands->len > CSIGN_CODE_MAX)
        return CSIGN_E_CODE_LENGTH;
    if (device->profile->is_sealed && commands->len != 1)
        return CSIGN_E_CODE_LENGTH;
    if (!csign_table_is_unique(commands))
        return CSIGN_E_CODE_TWICE;
    return CSIGN_OK;
}

static csign_status check_sealed(const csign_device *device)
{
    for (size_t row = 0; row < device->commands.count; row++) {
        if (csign_flash_u8(device->commands.codes + row) >= CSIGN_CODE_LAST)
            return CSIGN_E_CODE_RESERVED;
    }
    if (device->key_change != NULL && device->settings->request_max < CSIGN_SET_KEY_LEN)
        return CSIGN_E_REQUEST_MAX;
    return CSIGN_OK;
}

static csign_status check_classic(const csign_device *device, bool may_overlap)
{
    const csign_table *answers = &device->answers;

    if (answers->count == 0)
        return CSIGN_OK;
    if (answers->codes == NULL)
        return CSIGN_E_MEMORY;
    if (answers->len < 1 || answers->len > CSIGN_CODE_MAX)
        return CSIGN_E_ANSWER_LENGTH;
    if (!csign_table_is_unique(answers))
        return CSIGN_E_ANSWER_TWICE;
    if (!may_overlap && csign_tables_overlap(&device->commands, answers))
        return CSIGN_E_ANSWER_OVERLAPS;
    return CSIGN_OK;
}

csign_status csign_device_check(const csign_device *device, bool may_overlap)
{
    csign_status status;

    if (device->settings == NULL || device->profile == NULL || device->slots == NULL ||
        device->keyed == NULL)
        return CSIGN_E_MEMORY;
    if (device->slot_count < 1 || device->slot_count == CSIGN_NO_SLOT)
        return CSIGN_E_SLOT_COUNT;
    status = csign_settings_check(device->settings, device->profile->is_sealed);
    if (status == CSIGN_OK)
        status = check_commands(device);
    if (status != CSIGN_OK)
        return status;
    return device->profile->is_sealed ? check_sealed(device)
                                      : check_classic(device, may_overlap);
}

static uint8_t keyed_size(const csign_device *device)
{
    return (uint8_t)(2 * device->settings->hasher.hash->state_size);
}

void *csign_device_keyed(const csign_device *device, uint8_t slot)
{
    return (uint8_t *)device->keyed + (size_t)slot * keyed_size(device);
}

/* Compares with every held key, whichever is equal. */
static bool is_known(const csign_device *device, uint8_t new_slot)
{
    const uint8_t *keyed = csign_device_keyed(device, new_slot);
    uint8_t same = 0;

    for (uint8_t slot = 0; slot < device->slot_count; slot++) {
        if (slot != new_slot && device->slots[slot].is_held)
            same |=
                csign_same(csign_device_keyed(device, slot), keyed, keyed_size(device));
    }
    return same != 0;
}

csign_status csign_slot_prepare(csign_device *device, uint8_t slot, const uint8_t *key,
                                size_t len)
{
    if (slot >= device->slot_count)
        return CSIGN_E_SLOT;
    if (device->slots[slot].is_held)
        return CSIGN_E_SLOT_TAKEN;
    if (len < device->profile->key_min)
        return CSIGN_E_KEY_SHORT;
    device->profile->key(device->settings, csign_device_keyed(device, slot), key, len);
    if (!CSIGN_PUBLIC(is_known(device, slot)))
        return CSIGN_OK;
    csign_slot_clear(device, slot);
    return CSIGN_E_KEY_KNOWN;
}

void csign_slot_hold(csign_device *device, uint8_t slot, uint32_t rights)
{
    csign_slot *held = &device->slots[slot];

    held->rights = rights;
    held->has_last = 0;
    held->generation++;
    held->is_held = 1;
}

void csign_slot_clear(csign_device *device, uint8_t slot)
{
    csign_slot *cleared = &device->slots[slot];
    uint16_t generation = (uint16_t)(cleared->generation + 1);

    csign_wipe(csign_device_keyed(device, slot), keyed_size(device));
    csign_wipe(cleared, sizeof *cleared);
    cleared->generation = generation;
}

csign_status csign_device_set_key(csign_device *device, uint8_t slot, uint32_t rights,
                                  const uint8_t *key, size_t len)
{
    csign_status status = csign_slot_prepare(device, slot, key, len);

    if (status == CSIGN_OK)
        csign_slot_hold(device, slot, rights);
    csign_hasher_wipe(&device->settings->hasher);
    return status;
}

csign_status csign_device_drop_key(csign_device *device, uint8_t slot)
{
    if (slot >= device->slot_count)
        return CSIGN_E_SLOT;
    if (!device->slots[slot].is_held)
        return CSIGN_E_SLOT_EMPTY;
    csign_slot_clear(device, slot);
    return CSIGN_OK;
}
