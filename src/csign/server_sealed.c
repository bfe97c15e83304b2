/* SPDX-License-Identifier: MIT */
/* server_sealed.c: what a device does with a sealed request (docs/protocol.md, section
 * 4).
 *
 * The message begins with its length, so it is received in two parts: that byte, then the
 * rest. Nothing of it is believed before its tag matched under a key.
 */
#include "bytes.h"
#include "server_state.h"

/* What this exchange's request or stream is bound to; the first label is for the first
 * exchange of a connection. */
static csign_binding binding_of(const csign_server *s, uint8_t first, uint8_t next)
{
    const csign_settings *settings = s->device->settings;
    csign_binding binding = {first, (uint8_t)(settings->wake + settings->challenge),
                             s->memory};

    if (s->flags & SERVER_CHAINED) {
        binding.label = next;
        binding.len = CSIGN_SEALED_LEN;
    }
    return binding;
}

/* XORs the message's len bytes after its length byte with the stream from byte `from`. */
static void apply_stream(const csign_server *s, uint16_t from, uint8_t len)
{
    csign_binding binding =
        binding_of(s, CSIGN_LABEL_FIRST_STREAM, CSIGN_LABEL_NEXT_STREAM);

    csign_sealed_stream(&s->device->settings->hasher,
                        csign_device_keyed(s->device, s->slot), &binding, from,
                        s->message + 1, len);
}

/* The slot whose key made the request's tag, or none. Tries every key that may be meant,
 * whichever matches, and keeps the whole tag of the one that does. */
static uint8_t find_key(csign_server *s)
{
    const csign_device *device = s->device;
    csign_binding binding =
        binding_of(s, CSIGN_LABEL_FIRST_REQUEST, CSIGN_LABEL_NEXT_REQUEST);
    const uint8_t *message = s->message;
    uint8_t tag[CSIGN_SEALED_LEN];
    uint8_t found = CSIGN_NO_SLOT;

    for (uint8_t slot = 0; slot < device->slot_count; slot++) {
        if (!device->slots[slot].is_held ||
            ((s->flags & SERVER_PROVEN) && slot != s->slot))
            continue;
        csign_sealed_tag(&device->settings->hasher, csign_device_keyed(device, slot),
                         &binding, message, (size_t)message[0] + 1, tag);
        uint8_t same = csign_same(tag, message + 1 + message[0], device->settings->tag);
        csign_select(csign_server_tag(s), tag, sizeof tag, same);
        found = (uint8_t)((found & ~same) | (slot & same));
    }
    csign_wipe(tag, sizeof tag);
    return found;
}

static void learn_length(csign_server *s)
{
    uint8_t len = s->message[0];

    if (len == 0)
        csign_server_refuse(s, CSIGN_P_EMPTY);
    else if (len > s->device->settings->request_max)
        csign_server_refuse(s, CSIGN_P_TOO_LONG);
    else
        s->need = (uint16_t)(1 + len + s->device->settings->tag);
}

void csign_server_note_last(csign_server *s)
{
    csign_slot *slot = &s->device->slots[s->slot];

    memcpy(slot->last, csign_server_tag(s), sizeof slot->last);
    slot->has_last = 1;
}

static void tell_last(csign_server *s, uint8_t len)
{
    const csign_slot *slot = &s->device->slots[s->slot];

    if (len != 1)
        csign_server_respond(s, CSIGN_STATUS_BAD_ARGUMENTS, NULL, 0);
    else if (!slot->has_last)
        csign_server_respond(s, CSIGN_STATUS_NOTHING, NULL, 0);
    else
        csign_server_respond(s, CSIGN_STATUS_DONE, slot->last, sizeof slot->last);
}

/* Looks at every row, so that the time does not tell which command it is. */
static void find_command(csign_server *s, uint8_t code)
{
    const csign_device *device = s->device;
    uint32_t right = CSIGN_RIGHT_OF_ROW_0;
    uint8_t is_allowed = 0;

    s->row = CSIGN_NO_ROW;
    for (size_t row = 0; row < device->commands.count; row++) {
        uint8_t other = csign_flash_u8(device->commands.codes + row);
        uint8_t same = csign_same(&other, &code, 1);
        csign_select((uint8_t *)&s->row, (const uint8_t *)&row, sizeof row, same);
        uint8_t held = csign_right_is_held(device->slots[s->slot].rights, right);
        is_allowed = (uint8_t)(is_allowed | (same & held));
        right = csign_right_after(right);
    }
    if (s->row == CSIGN_NO_ROW) {
        csign_server_respond(s, CSIGN_STATUS_NO_COMMAND, NULL, 0);
    } else if (!is_allowed) {
        csign_server_respond(s, CSIGN_STATUS_NOT_ALLOWED, NULL, 0);
    } else {
        csign_server_note_last(s);
        s->state = SERVER_RUN;
    }
}

static void obey(csign_server *s)
{
    const uint8_t *message = s->message;
    uint8_t code = message[1];

    if (code == CSIGN_CODE_LAST)
        tell_last(s, message[0]);
    else if ((code == CSIGN_CODE_SET_KEY || code == CSIGN_CODE_DROP_KEY) &&
             s->device->key_change != NULL)
        s->device->key_change(s);
    else
        find_command(s, code);
}

static void received(csign_server *s)
{
    uint8_t slot;

    if (s->need == 1) {
        learn_length(s);
        return;
    }
    slot = find_key(s);
    if (slot == CSIGN_NO_SLOT) {
        csign_server_refuse(s, CSIGN_P_TAG);
        return;
    }
    s->slot = slot;
    s->generation = s->device->slots[slot].generation;
    s->flags |= SERVER_PROVEN;
    apply_stream(s, 0, s->message[0]);
    obey(s);
}

const uint8_t *csign_server_arguments(const csign_server *s, size_t *len)
{
    const uint8_t *message = s->message;

    if (s->state != SERVER_RUN || !s->device->profile->is_sealed) {
        *len = 0;
        return NULL;
    }
    *len = (size_t)(message[0] - 1);
    return message + 2;
}

void csign_server_respond(csign_server *s, uint8_t status, const uint8_t *data,
                          size_t len)
{
    const csign_settings *settings = s->device->settings;
    csign_binding binding = {CSIGN_LABEL_REPLY, CSIGN_SEALED_LEN, csign_server_tag(s)};
    uint8_t *message = s->message;
    uint8_t request_len = message[0];
    uint8_t reply_len = (uint8_t)(1 + len);

    /* The data may lie in the request, so it moves before anything is written over it. */
    if (len > 0)
        memmove(message + 2, data, len);
    message[0] = reply_len;
    message[1] = status;
    if (reply_len < request_len)
        csign_wipe(message + 1 + reply_len, (size_t)(request_len - reply_len));
    apply_stream(s, request_len, reply_len);
    /* The reply's whole tag takes the place of what this exchange was bound to. */
    csign_sealed_tag(&settings->hasher, csign_device_keyed(s->device, s->slot), &binding,
                     message, (size_t)reply_len + 1, s->memory);
    memcpy(message + 1 + reply_len, s->memory, settings->tag);
    csign_wipe(csign_server_tag(s), CSIGN_SEALED_LEN);
    csign_hasher_wipe(&settings->hasher);
    s->flags |= SERVER_CHAINED;
    csign_server_send(s, (uint16_t)(1 + reply_len + settings->tag));
}

csign_status csign_server_reply(csign_server *s, uint8_t status, const uint8_t *data,
                                size_t len, uint32_t now)
{
    if (s->state != SERVER_RUN || !s->device->profile->is_sealed)
        return CSIGN_E_ORDER;
    if (len >= s->device->settings->reply_max)
        return CSIGN_E_LENGTH;
    csign_server_tick(s, now);
    s->heard = now;
    if (s->state == SERVER_RUN)
        csign_server_respond(s, status, data, len);
    return CSIGN_OK;
}

const csign_server_profile csign_sealed_server = {1, CSIGN_SEALED_KEY_MIN,
                                                  csign_sealed_key, received, NULL};
