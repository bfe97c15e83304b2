/* SPDX-License-Identifier: MIT */
/* key_change.c: F1 set-key and F2 drop-key (docs/protocol.md, section 4.8). Linked only
 * where a device offers them.
 *
 * The request is checked against the slots as they are; then the caller's store takes the
 * change; only what the store has taken becomes true for connections. One change at a
 * time, so that the check still holds when the store is done.
 */
#include "bytes.h"
#include "server_state.h"

/* n, code, slot, rights, key. */
enum { AT_CODE = 1, AT_SLOT = 2, AT_RIGHTS = 3, AT_KEY = 7, DROP_KEY_LEN = 2 };

/* What is changed shows by the time it takes, on the wire and in the store; the new key
 * and its rights do not. */
static bool is_set(const uint8_t *message)
{
    return CSIGN_PUBLIC(message[AT_CODE] == CSIGN_CODE_SET_KEY);
}

static uint8_t slot_of(const uint8_t *message)
{
    return CSIGN_PUBLIC(message[AT_SLOT]);
}

csign_change csign_server_change(const csign_server *s)
{
    const uint8_t *message = s->message;
    csign_change change = {0, 0, 0, NULL};

    if (s->state == SERVER_STORE)
        change.slot = slot_of(message);
    if (s->state == SERVER_STORE && is_set(message)) {
        change.is_set = 1;
        change.rights = csign_get_u32(message + AT_RIGHTS);
        change.key = message + AT_KEY;
    }
    return change;
}

static bool is_admin(const csign_slot *slot)
{
    return CSIGN_PUBLIC((slot->rights & CSIGN_RIGHT_ADMIN) != 0);
}

static bool is_last_admin(const csign_device *device, uint8_t candidate)
{
    const csign_slot *slots = device->slots;

    for (uint8_t slot = 0; slot < device->slot_count; slot++) {
        if (slot != candidate && slots[slot].is_held && is_admin(&slots[slot]))
            return false;
    }
    return is_admin(&slots[candidate]);
}

static uint8_t prepare_set(csign_device *device, const uint8_t *message)
{
    csign_status status =
        csign_slot_prepare(device, slot_of(message), message + AT_KEY, CSIGN_NEW_KEY_LEN);

    return status == CSIGN_OK ? CSIGN_STATUS_DONE : CSIGN_STATUS_FAILED;
}

static uint8_t prepare_drop(const csign_device *device, const uint8_t *message)
{
    uint8_t slot = slot_of(message);

    if (!device->slots[slot].is_held || is_last_admin(device, slot))
        return CSIGN_STATUS_FAILED;
    return CSIGN_STATUS_DONE;
}

/* The checks in the protocol's order; done means that the store is to be asked. */
static uint8_t prepare(csign_server *s)
{
    csign_device *device = s->device;
    const uint8_t *message = s->message;
    bool sets = is_set(message);
    uint8_t len = sets ? CSIGN_SET_KEY_LEN : DROP_KEY_LEN;

    if (!is_admin(&device->slots[s->slot]))
        return CSIGN_STATUS_NOT_ALLOWED;
    csign_server_note_last(s);
    if (message[0] != len || slot_of(message) >= device->slot_count)
        return CSIGN_STATUS_BAD_ARGUMENTS;
    if (device->changing != NULL)
        return CSIGN_STATUS_FAILED;
    return sets ? prepare_set(device, message) : prepare_drop(device, message);
}

void csign_key_change(csign_server *s)
{
    uint8_t status = prepare(s);

    if (status != CSIGN_STATUS_DONE) {
        csign_server_respond(s, status, NULL, 0);
        return;
    }
    s->row = slot_of(s->message);
    s->device->changing = s;
    s->state = SERVER_STORE;
}

/* After the reply, which is still made under the key. */
static void finish_drop(csign_server *s, uint8_t slot)
{
    if (slot == s->slot) {
        s->flags |= SERVER_LAST_REPLY;
        s->slot = CSIGN_NO_SLOT;
    }
    csign_slot_clear(s->device, slot);
}

void csign_server_stored(csign_server *s, bool is_stored, uint32_t now)
{
    csign_device *device = s->device;
    const uint8_t *message = s->message;
    uint8_t slot;
    bool sets;

    if (s->state != SERVER_STORE)
        return;
    slot = slot_of(message);
    sets = is_set(message);
    s->heard = now;
    device->changing = NULL;
    if (sets && is_stored)
        csign_slot_hold(device, slot, csign_get_u32(message + AT_RIGHTS));
    else if (sets)
        csign_slot_clear(device, slot);
    if (csign_server_is_dropped(s))
        csign_server_refuse(s, CSIGN_P_DROPPED);
    else
        csign_server_respond(s, is_stored ? CSIGN_STATUS_DONE : CSIGN_STATUS_FAILED, NULL,
                             0);
    if (!sets && is_stored)
        finish_drop(s, slot);
}
