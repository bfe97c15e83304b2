/* SPDX-License-Identifier: MIT */
/* store_limits.c: what the counter stands where a slot that was cut reads as old, new or
 * none at each later start: the adversary of docs/model.md against the code. Every choice
 * of cuts, readings and lost slot in five starts is tried.
 *
 *     faults_store_limits [all]     without: only what is promised
 */
#include "report.h"
#include "store_life.h"

enum { STARTS = 5, READINGS = 3 };

struct limit {
    uint8_t cuts;
    bool has_lost_slot;
    uint8_t counters;
    bool is_promised;
};

/* What is still to come, and where in the five starts. */
struct left {
    uint8_t starts, cuts;
    bool may_lose;
};

/* What happens at one start: how each weak slot reads (digits), which slot was lost, and
 * the how manieth slot's write is cut. 0: none. */
struct turn {
    uint16_t readings;
    uint8_t lost, cut;
};

static struct life power_off[STARTS + 1];
static uint8_t cut_slot, slots_begun, slot_begun;
static unsigned long histories, repeats;

static void cut_first_write_of_slot(void *context, uint16_t address, uint8_t byte)
{
    uint16_t cell = (uint16_t)(address - BASE);
    uint8_t slot = (uint8_t)(cell < AT_COUNTER ? 0 : 1 + (cell - AT_COUNTER) / 8);

    if (slot != 0 && slot != slot_begun) {
        slot_begun = slot;
        if (++slots_begun == cut_slot)
            cut_power_at(1, -1);
    }
    write_and_note(context, address, byte);
}

static void lose_slot(uint8_t slot)
{
    uint16_t start = (uint16_t)(AT_COUNTER + 8 * slot);

    memset(chip.cells + start, 0xff, 8);
    is_written((uint16_t)(start + 7)); /* lost for good: it does not waver any more */
}

static csign_store_state power_returns(const struct turn *turn)
{
    uint16_t readings = turn->readings;

    no_cut();
    cut_slot = turn->cut;
    slots_begun = slot_begun = 0;
    if (turn->lost > 0)
        lose_slot((uint8_t)(turn->lost - 1));
    for (uint8_t i = 0; i < now.weak_count; i++) {
        let_waver(&now.weak[i], (uint8_t)(readings % READINGS));
        readings /= READINGS;
    }
    power_on();
    return csign_store_open(&store, &memory);
}

static void every_turn(struct left left);

static void take_turn(const struct turn *turn, struct left left)
{
    go_back_to(&power_off[left.starts]);
    left.starts--;
    left.may_lose = left.may_lose && turn->lost == 0;
    if (power_returns(turn) != CSIGN_STORE_READY || (!start() && !chip.is_off)) {
        histories++; /* it serves nobody any more */
        return;
    }
    if (chip.is_off) {
        left.cuts--;
    } else if (store.upper <= now.greatest[1]) {
        histories++;
        repeats++;
        return;
    } else {
        now.greatest[1] = store.upper;
        if (turn->cut != 0)
            return; /* fewer writes than that: the same as without a cut */
    }
    every_turn(left);
}

static void every_turn(struct left left)
{
    uint16_t readings = 1;
    uint8_t lost_most = left.may_lose ? memory.counters : 0;
    uint8_t cut_most = left.cuts > 0 ? 2 : 0;

    if (left.starts == 0) {
        histories++;
        return;
    }
    power_off[left.starts] = put_aside();
    for (uint8_t i = 0; i < now.weak_count; i++)
        readings = (uint16_t)(readings * READINGS);
    for (struct turn turn = {0, 0, 0}; turn.readings < readings; turn.readings++) {
        for (turn.lost = 0; turn.lost <= lost_most; turn.lost++) {
            for (turn.cut = 0; turn.cut <= cut_most; turn.cut++)
                take_turn(&turn, left);
        }
    }
}

static void search(const struct limit *limit)
{
    char text[120];

    memory.counters = limit->counters;
    histories = repeats = 0;
    new_life();
    memory.write = cut_first_write_of_slot;
    every_turn((struct left){STARTS, limit->cuts, limit->has_lost_slot});
    snprintf(text, sizeof text, "%u counter slots, cut ones waver: %u cuts%s",
             limit->counters, limit->cuts,
             limit->has_lost_slot ? " and a lost slot" : "");
    if (limit->is_promised)
        report(text, histories, "no value again", repeats, "a value came again");
    else
        report_limit(text, histories, repeats);
}

int main(int argc, char **argv)
{
    static const struct limit limits[] = {
        {2, true, 4, true},   {3, false, 4, true}, {3, true, 4, false},
        {4, false, 4, false}, {3, true, 8, true},  {4, false, 8, true},
    };

    (void)argv;
    waver = WEAK_SLOTS;
    for (size_t i = 0; i < (argc > 1 ? sizeof limits / sizeof *limits : 2); i++)
        search(&limits[i]);
    return all_as_expected ? 0 : 1;
}
