/* SPDX-License-Identifier: MIT */
#if defined(ARDUINO)

#include "CountersignStore.h"

#include "../bytes.h"

#if defined(__AVR__)

#include <avr/eeprom.h>
#include <avr/io.h>

static uint8_t read_eeprom(void *, uint16_t address)
{
    return eeprom_read_byte((const uint8_t *)address);
}

/* Waits only for a byte before, which the store has waited for. */
static void write_eeprom(void *, uint16_t address, uint8_t value)
{
    eeprom_write_byte((uint8_t *)address, value);
}

static bool eeprom_is_busy(void *)
{
    return !eeprom_is_ready();
}

CountersignStore::CountersignStore(EEPROMClass &, uint16_t base, uint8_t key_slots,
                                   uint8_t counters)
    : place(), store(), ready_memory(NULL)
{
    place.read = read_eeprom;
    place.write = write_eeprom;
    place.is_busy = eeprom_is_busy;
    take(base, key_slots, counters);
}

/* Addresses beyond the EEPROM's end would wrap and lie over its begin. */
static bool is_beyond_end(const csign_store_memory *place)
{
    return place->read == read_eeprom &&
           place->base + csign_store_bytes(place) > (uint32_t)E2END + 1;
}

#else

static bool is_beyond_end(const csign_store_memory *)
{
    return false;
}

#endif

CountersignStore::CountersignStore(const csign_store_memory &memory)
    : place(memory), store(), ready_memory(NULL)
{
}

csign_status CountersignStore::begin()
{
    csign_status status = csign_store_check(&place);

    if (status != CSIGN_OK)
        return status;
    if (is_beyond_end(&place))
        return CSIGN_E_MEMORY;
    if (ready_memory != NULL)
        ready_memory(place.context, place.base + csign_store_bytes(&place));
    /* A byte of the run before may still be on its way. */
    while (place.is_busy != NULL && place.is_busy(place.context)) {
    }
    csign_store_open(&store, &place);
    return CSIGN_OK;
}

uint8_t CountersignStore::id(char *text, uint8_t size) const
{
    csign_store_identity identity;
    uint8_t len = 0;

    if (isProvisioned() && csign_store_identify(&store, &identity) == CSIGN_OK)
        len = identity.id_len;
    if (size > 0) {
        uint8_t kept = len < size ? len : (uint8_t)(size - 1);
        memcpy(text, identity.id, kept);
        text[kept] = '\0';
    }
    return len;
}

/* Each byte goes through the id's letters with a factor of its own, in steps that lose
 * nothing of it: ids of one length which differ in one letter differ in all six bytes. */
bool CountersignStore::macAddress(uint8_t *mac) const
{
    csign_store_identity identity;

    if (!isProvisioned() || csign_store_identify(&store, &identity) != CSIGN_OK ||
        identity.id_len == 0)
        return false;
    for (uint8_t i = 0; i < 6; i++) {
        uint8_t sum = i;
        for (uint8_t at = 0; at < identity.id_len; at++)
            sum = (uint8_t)((sum ^ sum >> 5) * (29 + 22 * i) + identity.id[at]);
        mac[i] = sum;
    }
    /* Locally administered, and not a group's. */
    mac[0] = (uint8_t)((mac[0] | 0x02) & 0xfe);
    return true;
}

#endif
