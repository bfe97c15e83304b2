/* SPDX-License-Identifier: MIT */
/* key_slots.h: private to the library: a key enters a slot in two steps, so that a store
 * can take it in between. */
#ifndef CSIGN_KEY_SLOTS_H
#define CSIGN_KEY_SLOTS_H

#include "device.h"

#define CSIGN_NO_SLOT 0xff

/* Computes the keyed state of a new key into its empty slot, which stays empty for every
 * connection. CSIGN_E_SLOT, _SLOT_TAKEN, _KEY_SHORT, _KEY_KNOWN: nothing is kept. */
csign_status csign_slot_prepare(csign_device *device, uint8_t slot, const uint8_t *key,
                                size_t len);

/* From now on the prepared key is accepted. */
void csign_slot_hold(csign_device *device, uint8_t slot, uint32_t rights);

/* Wipes the slot, whether prepared or held. */
void csign_slot_clear(csign_device *device, uint8_t slot);

#endif
