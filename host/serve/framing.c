/* SPDX-License-Identifier: MIT */
#include "framing.h"

/* The shortest sealed request has a length, one encrypted byte and a tag. */
static void await_request(struct framing *framing, const csign_settings *settings,
                          bool is_sealed)
{
    framing->is_request = true;
    framing->have = 0;
    framing->need = is_sealed ? (uint16_t)(1 + 1 + settings->tag)
                              : settings->hasher.hash->digest_size;
}

void framing_begin(struct framing *framing, const csign_settings *settings,
                   bool is_sealed)
{
    framing->is_request = false;
    framing->have = 0;
    framing->need = settings->wake;
    if (settings->wake == 0)
        await_request(framing, settings, is_sealed);
}

size_t framing_room(const struct framing *framing)
{
    return (size_t)(framing->need - framing->have);
}

void framing_take(struct framing *framing, const csign_settings *settings, bool is_sealed,
                  const uint8_t *bytes, size_t len)
{
    if (framing->is_request && is_sealed && framing->have == 0 && len > 0)
        framing->need = (uint16_t)(1 + bytes[0] + settings->tag);
    framing->have = (uint16_t)(framing->have + len);
    if (framing->have >= framing->need)
        await_request(framing, settings, is_sealed);
}
