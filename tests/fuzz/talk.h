/* SPDX-License-Identifier: MIT */
/* talk.h: what a peer does to a machine, kept so that it can be done again in another
 * split.
 *
 * The first time bytes come as the input wrote them, and some are made on the way, since
 * they answer what the machine said. What came of it is a row of items. Then the same row
 * is done twice more: with all bytes that follow each other at once, and cut where the
 * input says. Each time the log must be the same.
 */
#ifndef TALK_H
#define TALK_H

#include "fuzz.h"

enum { ITEM_BYTES, ITEM_TIME, ITEM_END, ITEM_CLOSE, ITEM_OPEN, ITEM_DROP, ITEM_SET };

struct item {
    uint8_t kind;
    uint32_t value; /* bytes: how many; time: ms; keys: the slot */
};

/* What the machine does; side is the target's own struct around it. */
struct talk_machine {
    size_t (*take)(void *side, const uint8_t *bytes, size_t len);
    bool (*wants_bytes)(const void *side);
    void (*work)(void *side); /* what is wanted, until that is bytes or nothing */
    void (*act)(void *side, const struct item *item);
};

struct talk {
    const struct talk_machine *machine;
    size_t count;
    struct item items[96];
    size_t len;
    uint8_t bytes[4096];
};

void talk_begin(struct talk *talk, const struct talk_machine *machine);

/* The peer says len bytes, or some that the input holds; or does something else. False:
 * the talk is long enough, and nothing is done. */
bool talk_say(struct talk *talk, void *side, const uint8_t *bytes, size_t len);
bool talk_say_any(struct talk *talk, void *side, struct choices *in);
bool talk_act(struct talk *talk, void *side, uint8_t kind, uint32_t value);

/* Does all of it again. cut: 0 for bytes at once, else where they are cut. */
void talk_again(const struct talk *talk, void *side, uint8_t cut);

/* The cuts to try: 0, then the input's own, then none. */
bool talk_next_cut(unsigned *cut, uint8_t own);

/* Logs what leaves of len bytes, where chunk do at once (0: all), and says how many. */
size_t talk_send(struct log *log, const uint8_t *out, size_t len, uint8_t chunk);

#endif
