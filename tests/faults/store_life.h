/* SPDX-License-Identifier: MIT */
/* store_life.h: the life of a device with a store, whose power fails; and what must be so
 * in it, whatever happens. The chip is the unit tests'. */
#ifndef STORE_LIFE_H
#define STORE_LIFE_H

#include "store_fixture.h"

enum { OWNERS = 8, WEAK_MAX = 8 };

/* How a cell that was cut, or the counter's slot around it, reads afterwards. */
enum waver {
    STEADY,     /* as at first */
    WEAK_CELLS, /* a cut cell differs at each start: as before, as after, anything */
    WEAK_SLOTS, /* a whole slot of the counter does: old, new or none (docs/model.md) */
};

struct weak {
    uint16_t cell;
    uint8_t before, after;
    uint8_t old[8], new[8]; /* the counter's slot it lies in */
};

/* All that a cut branches from. */
struct life {
    struct chip chip;
    csign_store store;
    uint16_t seen_count;
    uint32_t greatest[OWNERS]; /* upper counter that challenges were made with */
    struct weak weak[WEAK_MAX];
    uint8_t weak_count;
    uint8_t owner, held;           /* whose it is, slots that are held: what is known */
    uint8_t next_owner, next_held; /* what a job under way may make of it */
    uint8_t last_owner;            /* that was ever provisioned */
    csign_store_state found;       /* when power came last */
    bool is_settled; /* it was found provisioned, and no provisioning was begun since */
};

static struct life now;
static enum waver waver;
static uint32_t luck;
static const char *wrong; /* what must not be, or null */

/* What two cuts in one record can come to where cells differ at each start. */
static const char WAS_CLOSED[] = "a provisioned store counts as damaged";
static const char CAME_AND_WENT[] = "the change under way was done, and later undone";
static const char IN_PART[] = "a provisioning under way counts as done";

static inline void say_wrong(const char *what)
{
    if (wrong == NULL)
        wrong = what;
}

static inline struct life put_aside(void)
{
    struct life life = now;

    life.chip = chip;
    life.store = store;
    life.seen_count = seen_count;
    return life;
}

static inline void go_back_to(const struct life *life)
{
    now = *life;
    chip = life->chip;
    store = life->store;
    seen_count = life->seen_count;
    wrong = NULL;
}

static inline uint16_t slot_start(uint16_t cell)
{
    return (uint16_t)(cell - (cell - AT_COUNTER) % 8);
}

/* A cell that is written again is whole again; a slot only with the last of its cells. */
static inline void is_written(uint16_t cell)
{
    uint8_t kept = 0;

    for (uint8_t i = 0; i < now.weak_count; i++) {
        const struct weak *weak = &now.weak[i];
        bool is_slot = waver == WEAK_SLOTS && weak->cell >= AT_COUNTER;

        if (is_slot ? cell != slot_start(weak->cell) + 7 : cell != weak->cell)
            now.weak[kept++] = *weak;
    }
    now.weak_count = kept;
}

static inline void is_cut(uint16_t cell, uint8_t before, uint8_t after)
{
    struct weak *weak = &now.weak[now.weak_count];

    if (now.weak_count == WEAK_MAX) {
        say_wrong("more weak cells than there is room for");
        return;
    }
    memset(weak, 0, sizeof *weak);
    weak->cell = cell;
    weak->before = before;
    weak->after = after;
    if (cell >= AT_COUNTER) {
        csign_store ours = store;

        memcpy(weak->old, chip.cells + slot_start(cell), sizeof weak->old);
        for (uint8_t i = 0; i < 4; i++) {
            weak->new[i] = (uint8_t)(ours.upper >> (24 - 8 * i));
            weak->new[4 + i] = (uint8_t)~weak->new[i];
        }
    }
    now.weak_count++;
}

static inline void write_and_note(void *context, uint16_t address, uint8_t byte)
{
    uint16_t cell = (uint16_t)(address - BASE);
    uint8_t before = chip.cells[cell];

    if (chip.is_off)
        return;
    is_written(cell);
    if (chip.writes + 1 == chip.cut_at)
        is_cut(cell, before, byte);
    chip_write(context, address, byte);
}

static inline uint8_t any_of(uint8_t count)
{
    return (uint8_t)(noise(&luck) % count);
}

/* which: 0 as before, 1 as after, 2 anything (of a slot: none). */
static inline void let_waver(const struct weak *weak, uint8_t which)
{
    if (waver == WEAK_SLOTS && weak->cell >= AT_COUNTER)
        memcpy(chip.cells + slot_start(weak->cell), which == 0 ? weak->old : weak->new,
               8);
    if (waver == WEAK_SLOTS && weak->cell >= AT_COUNTER && which == 2)
        chip.cells[slot_start(weak->cell) + 7] ^= 0x55;
    if (waver == WEAK_CELLS)
        chip.cells[weak->cell] = which == 0   ? weak->before
                                 : which == 1 ? weak->after
                                              : noise(&luck);
}

/* Power comes back; a cut that is set stays set. */
static inline csign_store_state power_up(void)
{
    chip.is_off = false;
    chip.busy = 0;
    for (uint8_t i = 0; i < now.weak_count; i++)
        let_waver(&now.weak[i], waver == STEADY ? 0 : any_of(3));
    return csign_store_open(&store, &memory);
}

static inline void no_cut(void)
{
    chip.writes = 0;
    chip.cut_at = 0;
}

/* What else is there: the owner's keys but for the one that is changed; all or some of
 * the keys of another one, each whole, and no challenge that was there before; or
 * something that must never be. */
static inline const char *other_keys(void)
{
    for (uint8_t owner = 1; owner <= now.last_owner; owner++) {
        for (uint8_t held = 0; held < 0x8; held++) {
            bool has_both = (held & 0x3) == 0x3;

            if ((has_both || owner != now.owner) && holds(owner, held) &&
                store.upper > now.greatest[owner])
                return has_both ? CAME_AND_WENT : IN_PART;
        }
    }
    return "a committed key is lost, or a key is half there";
}

/* Whose keys are there: what was known, or what the job under way was making of it. */
static inline void look_at_keys(void)
{
    bool is_old = now.owner != 0 && holds(now.owner, now.held);

    if (!is_old && (now.next_owner == 0 || !holds(now.next_owner, now.next_held))) {
        say_wrong(other_keys());
        return;
    }
    if (!is_old) {
        now.owner = now.next_owner;
        now.held = now.next_held;
    }
    now.next_owner = now.owner;
    now.next_held = now.held;
}

static inline void draw_two(void)
{
    if (store.upper <= now.greatest[now.owner] && store.lower == 0)
        say_wrong("the counter went back");
    now.greatest[now.owner] = store.upper;
    if (!draw() || !draw())
        say_wrong("a challenge came again");
}

/* False: power failed, or something is wrong. */
static inline bool start_and_look(void)
{
    if (!start()) {
        if (!chip.is_off)
            say_wrong("a start failed although power was there");
        return false;
    }
    look_at_keys();
    draw_two();
    return wrong == NULL;
}

/* A start as a device does it. False: power failed, or it does not serve, and may not. */
static inline bool begin_serving(void)
{
    csign_store_state state = power_up();

    if (state != CSIGN_STORE_READY) {
        say_wrong(state == CSIGN_STORE_BEGUN ? "a provisioned store counts as begun"
                                             : WAS_CLOSED);
        return false;
    }
    return start_and_look();
}

/* A serving device of owner 1 with keys in slots 0 and 1. */
static inline void new_life(void)
{
    memset(&now, 0, sizeof now);
    wrong = NULL;
    memory.write = write_and_note;
    make_serving();
    no_cut();
    now.owner = now.next_owner = 1;
    now.held = now.next_held = 0x3;
    now.last_owner = 1;
    now.found = CSIGN_STORE_READY;
    draw_two();
}

#endif
