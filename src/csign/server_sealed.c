/* SPDX-License-Identifier: MIT */
/* server_sealed.c: what a device does with a sealed request (docs/protocol.md, section
 * 4).
 *
 * The message begins with its length, so it is received in two parts: that byte, then the
 * rest. Nothing of it is believed before its tag matched under a key.
 */
#include "bytes.h"
#include "server_state.h"

static uint8_t stream_label(const csign_server *s)
{
    return s->flags & SERVER_CHAINED ? CSIGN_LABEL_NEXT_STREAM : CSIGN_LABEL_FIRST_STREAM;
}

/* XORs len bytes with the stream from byte `from` on. */
static void apply_stream(const csign_server *s, uint16_t from, uint8_t *bytes,
                         uint8_t len)
{
    csign_sealed_stream(s->device->settings, csign_device_keyed(s->device, s->slot),
                        stream_label(s), s->memory, from, bytes, len);
}

/* The slot of the only key that can be meant, or none when there are several. */
static uint8_t only_slot(const csign_server *s)
{
    const csign_device *device = s->device;
    uint8_t found = CSIGN_NO_SLOT;

    if (s->flags & SERVER_PROVEN)
        return s->slot;
    for (uint8_t slot = 0; slot < device->slot_count; slot++) {
        if (!device->slots[slot].is_held)
            continue;
        if (found != CSIGN_NO_SLOT)
            return CSIGN_NO_SLOT;
        found = slot;
    }
    return found;
}

/* Makes the stream's first block while the request is on its way. With several keys it
 * would have to be made under each, or the time would tell which one it was. */
static void ahead(csign_server *s)
{
    const csign_device *device = s->device;
    uint8_t slot = only_slot(s);

    s->flags &= (uint8_t)~SERVER_AHEAD;
    if (slot == CSIGN_NO_SLOT)
        return;
    memcpy(csign_server_tag(s),
           csign_sealed_block(device->settings, csign_device_keyed(device, slot),
                              stream_label(s), s->memory, 0),
           CSIGN_SEALED_LEN);
    csign_hasher_wipe(&device->settings->hasher);
    s->ahead = slot;
    s->generation = device->slots[slot].generation;
    s->flags |= SERVER_AHEAD;
}

/* Whether that block is of use: keys may have come and gone since it was made. */
static bool is_ahead(const csign_server *s)
{
    return (s->flags & SERVER_AHEAD) && s->ahead == only_slot(s) &&
           s->device->slots[s->ahead].generation == s->generation;
}

/* The slot whose key made the request's tag, or none. Tries every key that may be meant,
 * whichever matches. The whole tag of the one that does goes to its place, or, as long as
 * that is taken, is left in the work's block: then there is only one key. */
static uint8_t find_key(csign_server *s, bool is_place_taken)
{
    const csign_device *device = s->device;
    const csign_settings *settings = device->settings;
    const uint8_t *message = s->message;
    uint8_t *tag = csign_work_block(&settings->hasher);
    uint8_t label =
        s->flags & SERVER_CHAINED ? CSIGN_LABEL_NEXT_REQUEST : CSIGN_LABEL_FIRST_REQUEST;
    uint8_t found = CSIGN_NO_SLOT;

    for (uint8_t slot = 0; slot < device->slot_count; slot++) {
        if (!device->slots[slot].is_held ||
            ((s->flags & SERVER_PROVEN) && slot != s->slot))
            continue;
        csign_sealed_tag(settings, csign_device_keyed(device, slot), label, s->memory,
                         message, tag);
        uint8_t same = csign_same(tag, message + 1 + message[0], settings->tag);
        if (!is_place_taken)
            csign_select(csign_server_tag(s), tag, CSIGN_SEALED_LEN, same);
        found = (uint8_t)((found & ~same) | (slot & same));
    }
    return found;
}

/* Decrypts the request. What it leaves of the stream's first block goes behind it, over
 * the tag, and waits there for the reply. */
static void open_request(csign_server *s, bool is_ahead)
{
    const csign_settings *settings = s->device->settings;
    uint8_t *tag = csign_server_tag(s);
    const uint8_t *block = tag;
    uint8_t *message = s->message + 1;
    uint8_t len = s->message[0];

    if (!is_ahead)
        block = csign_sealed_block(settings, csign_device_keyed(s->device, s->slot),
                                   stream_label(s), s->memory, 0);
    for (uint8_t i = 0; i < CSIGN_SEALED_LEN; i++)
        message[i] = i < len ? message[i] ^ block[i] : block[i];
    if (is_ahead)
        memcpy(tag, csign_work_block(&settings->hasher), CSIGN_SEALED_LEN);
    if (len > CSIGN_SEALED_LEN)
        apply_stream(s, CSIGN_SEALED_LEN, message + CSIGN_SEALED_LEN,
                     (uint8_t)(len - CSIGN_SEALED_LEN));
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

/* Looks at every row, so that the time does not tell which command it is. Codes of one
 * byte have no more rows than a byte counts. */
static void find_command(csign_server *s, uint8_t code)
{
    const csign_device *device = s->device;
    const uint8_t *codes = device->commands.codes;
    uint8_t count = (uint8_t)device->commands.count;
    uint32_t rights = device->slots[s->slot].rights, right = CSIGN_RIGHT_OF_ROW_0;
    uint8_t found = 0, is_known = 0, is_allowed = 0;

    for (uint8_t row = 0; row < count; row++) {
        uint8_t same = csign_same_byte(csign_flash_u8(codes++), code);

        is_known |= same;
        is_allowed |= (uint8_t)(same & csign_right_is_held(rights, right));
        found |= same & row;
        right = csign_right_after(right);
    }
    s->row = found;
    if (!CSIGN_PUBLIC(is_known)) {
        csign_server_respond(s, CSIGN_STATUS_NO_COMMAND, NULL, 0);
    } else if (!CSIGN_PUBLIC(is_allowed)) {
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

    if (CSIGN_PUBLIC(code == CSIGN_CODE_LAST))
        tell_last(s, message[0]);
    else if ((CSIGN_PUBLIC(code == CSIGN_CODE_SET_KEY) ||
              CSIGN_PUBLIC(code == CSIGN_CODE_DROP_KEY)) &&
             s->device->key_change != NULL)
        s->device->key_change(s);
    else
        find_command(s, code);
}

static void received(csign_server *s)
{
    bool has_block;
    uint8_t slot;

    if (s->need == 1) {
        learn_length(s);
        return;
    }
    has_block = is_ahead(s);
    slot = CSIGN_PUBLIC(find_key(s, has_block));
    if (slot == CSIGN_NO_SLOT) {
        csign_server_refuse(s, CSIGN_P_TAG);
        return;
    }
    s->slot = slot;
    s->generation = s->device->slots[slot].generation;
    s->flags |= SERVER_PROVEN;
    open_request(s, has_block);
    s->have = 0; /* from now on bytes of the reply's data */
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

/* Appends to the reply's data, which grow over the request, encrypted as far as the first
 * block of the stream goes: its byte i waits at message + 1 + i. No byte is written over
 * that is still to be read, also where the data lie in the request. */
static void append(csign_server *s, const uint8_t *data, uint8_t len)
{
    uint8_t *message = s->message + 1;
    uint8_t from = s->message[0];

    if (s->have == 0) /* the status is not known yet */
        message[0] = from < CSIGN_SEALED_LEN ? message[from] : 0;
    while (len-- > 0) {
        uint8_t i = (uint8_t)++s->have;

        message[i] =
            from + i < CSIGN_SEALED_LEN ? *data ^ message[(uint8_t)(from + i)] : *data;
        data++;
    }
}

/* Encrypts the status, and what the first block of the stream did not reach. */
static void seal_reply(csign_server *s, uint8_t status)
{
    uint8_t *message = s->message + 1;
    uint8_t from = s->message[0];
    uint8_t known = from < CSIGN_SEALED_LEN ? (uint8_t)(CSIGN_SEALED_LEN - from) : 0;
    uint8_t len = (uint8_t)(1 + s->have);

    message[0] ^= status;
    if (len > known)
        apply_stream(s, (uint16_t)(from + known), message + known,
                     (uint8_t)(len - known));
    s->message[0] = len;
}

void csign_server_respond(csign_server *s, uint8_t status, const uint8_t *data,
                          uint8_t len)
{
    const csign_settings *settings = s->device->settings;
    uint8_t *end;

    append(s, data, len);
    seal_reply(s, status);
    end = s->message + 1 + s->message[0];
    csign_wipe(end, (size_t)(s->memory + csign_server_bytes(s->device) - end));
    /* The reply's whole tag takes the place of what this exchange was bound to. */
    csign_sealed_tag(settings, csign_device_keyed(s->device, s->slot), CSIGN_LABEL_REPLY,
                     csign_server_tag(s), s->message, s->memory);
    memcpy(end, s->memory, settings->tag);
    csign_wipe(csign_server_tag(s), CSIGN_SEALED_LEN);
    csign_hasher_wipe(&settings->hasher);
    s->flags |= SERVER_CHAINED;
    csign_server_send(s, (uint16_t)(1 + s->message[0] + settings->tag));
}

/* Why no data of this length may be added to the reply now, or CSIGN_OK. */
static csign_status check_data(const csign_server *s, size_t len)
{
    if (s->state != SERVER_RUN || !s->device->profile->is_sealed)
        return CSIGN_E_ORDER;
    if (len >= (size_t)(s->device->settings->reply_max - s->have))
        return CSIGN_E_LENGTH;
    return CSIGN_OK;
}

csign_status csign_server_append(csign_server *s, const uint8_t *data, size_t len)
{
    csign_status status = check_data(s, len);

    if (status == CSIGN_OK)
        append(s, data, (uint8_t)len);
    return status;
}

csign_status csign_server_reply(csign_server *s, uint8_t status, const uint8_t *data,
                                size_t len, uint32_t now)
{
    csign_status checked = check_data(s, len);

    if (checked != CSIGN_OK)
        return checked;
    csign_server_tick(s, now);
    s->heard = now;
    if (s->state == SERVER_RUN)
        csign_server_respond(s, status, data, (uint8_t)len);
    return CSIGN_OK;
}

const csign_server_profile csign_sealed_server = {
    1, CSIGN_SEALED_KEY_MIN, csign_sealed_key, ahead, received, NULL};
