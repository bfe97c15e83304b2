/* SPDX-License-Identifier: MIT */
#include "talk.h"

void talk_begin(struct talk *talk, const struct talk_machine *machine)
{
    talk->machine = machine;
    talk->count = talk->len = 0;
}

static bool add(struct talk *talk, struct item item)
{
    if (talk->count == sizeof talk->items / sizeof *talk->items)
        return false;
    talk->items[talk->count++] = item;
    return true;
}

/* Bytes come from a place where nothing may be read behind them. */
static void give(const struct talk *talk, void *side, const uint8_t *bytes, size_t len)
{
    static struct guard guard;
    const struct talk_machine *machine = talk->machine;
    const uint8_t *at = guard_copy(&guard, bytes, len);

    while (len > 0) {
        size_t used = machine->take(side, at, len);

        FUZZ_CHECK(used <= len);
        machine->work(side);
        if (used == 0 && !machine->wants_bytes(side))
            return;
        at += used;
        len -= used;
    }
}

bool talk_say(struct talk *talk, void *side, const uint8_t *bytes, size_t len)
{
    if (len == 0 || len > sizeof talk->bytes - talk->len ||
        !add(talk, (struct item){ITEM_BYTES, (uint32_t)len}))
        return false;
    memcpy(talk->bytes + talk->len, bytes, len);
    talk->len += len;
    give(talk, side, bytes, len);
    return true;
}

bool talk_say_any(struct talk *talk, void *side, struct choices *in)
{
    size_t got, len = 1 + choose(in);
    const uint8_t *bytes = choose_bytes(in, len, &got);

    return talk_say(talk, side, bytes, got);
}

static void act(const struct talk *talk, void *side, const struct item *item)
{
    talk->machine->act(side, item);
    talk->machine->work(side);
}

bool talk_act(struct talk *talk, void *side, uint8_t kind, uint32_t value)
{
    struct item item = {kind, value};

    if (!add(talk, item))
        return false;
    act(talk, side, &item);
    return true;
}

/* Pieces of at most 16 bytes. */
static size_t piece_of(uint32_t *state, uint8_t cut, size_t len)
{
    size_t piece;

    if (cut == 0)
        return len;
    *state = *state * 1664525u + 1013904223u;
    piece = 1 + (*state >> 24) % (1 + cut % 16);
    return piece < len ? piece : len;
}

void talk_again(const struct talk *talk, void *side, uint8_t cut)
{
    const uint8_t *at = talk->bytes;
    uint32_t state = cut;

    for (size_t i = 0; i < talk->count;) {
        size_t len = 0;

        for (; i < talk->count && talk->items[i].kind == ITEM_BYTES; i++)
            len += talk->items[i].value;
        while (len > 0) {
            size_t piece = piece_of(&state, cut, len);

            give(talk, side, at, piece);
            at += piece;
            len -= piece;
        }
        if (i < talk->count)
            act(talk, side, &talk->items[i++]);
    }
}

bool talk_next_cut(unsigned *cut, uint8_t own)
{
    if (*cut == own)
        return false;
    *cut = own;
    return true;
}

size_t talk_send(struct log *log, const uint8_t *out, size_t len, uint8_t chunk)
{
    FUZZ_CHECK(len > 0);
    if (chunk > 0 && len > chunk)
        len = chunk;
    for (size_t i = 0; i < len; i++)
        log_byte(log, out[i]);
    return len;
}
