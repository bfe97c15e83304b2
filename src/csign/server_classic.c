/* SPDX-License-Identifier: MIT */
/* server_classic.c: what a device does with a classic request (docs/protocol.md,
 * section 3): it is the tag of a command, found by trying each. */
#include "bytes.h"
#include "classic.h"
#include "server_state.h"

/* Tries every command of every key, whichever matches. */
static uint8_t find_key_and_command(csign_server *s)
{
    const csign_device *device = s->device;
    uint8_t found = CSIGN_NO_SLOT;

    for (uint8_t slot = 0; slot < device->slot_count; slot++) {
        if (!device->slots[slot].is_held)
            continue;
        size_t row = device->profile->search(
            device->settings, csign_device_keyed(device, slot), s->memory,
            &device->commands, device->slots[slot].rights, s->message);
        /* No table is so long that the highest bit of a row is set; "none" has it. */
        uint8_t hit = (uint8_t)((row >> (8 * sizeof row - 1)) - 1u);
        csign_select((uint8_t *)&s->row, (const uint8_t *)&row, sizeof row, hit);
        found = (uint8_t)((found & ~hit) | (slot & hit));
    }
    return found;
}

static void received(csign_server *s)
{
    uint8_t slot = CSIGN_PUBLIC(find_key_and_command(s));

    csign_hasher_wipe(&s->device->settings->hasher);
    if (slot == CSIGN_NO_SLOT) {
        csign_server_refuse(s, CSIGN_P_TAG);
        return;
    }
    s->slot = slot;
    s->generation = s->device->slots[slot].generation;
    s->flags |= SERVER_PROVEN | SERVER_LAST_REPLY;
    s->state = SERVER_RUN;
}

csign_status csign_server_answer(csign_server *s, const uint8_t *answer, uint32_t now)
{
    const csign_device *device = s->device;

    if (s->state != SERVER_RUN || device->profile->is_sealed)
        return CSIGN_E_ORDER;
    csign_server_tick(s, now);
    s->heard = now;
    if (s->state != SERVER_RUN)
        return CSIGN_OK;
    if (answer == NULL) {
        csign_server_refuse(s, CSIGN_P_CLOSED);
        return CSIGN_OK;
    }
    csign_classic_tag(device->settings, csign_device_keyed(device, s->slot), s->memory,
                      answer, device->answers.len, s->message);
    csign_hasher_wipe(&device->settings->hasher);
    csign_server_send(s, device->settings->hasher.hash->digest_size);
    return CSIGN_OK;
}

const csign_server_profile csign_classic_server = {
    0, CSIGN_CLASSIC_KEY_MIN, csign_classic_key, NULL, received, csign_classic_search};
