/* SPDX-License-Identifier: MIT
 * counter.pml: the upper counter in its slots, over cuts of power (docs/protocol.md, 8.3,
 * 8.4; docs/store.md). The models of the profiles take from here that a restart raises
 * it.
 *
 * Power may go between any two steps and within a write. A slot that was cut holds, as
 * each start may find it anew, its old value, its new one or none; it is whole again
 * when a write to it ends. At any instant a slot may get bad: weak (it keeps its value
 * whatever is written) or lost (it holds no valid value any more).
 *
 * Bounds: SLOTS, STARTS, CUTS within writes, slots that get BAD. Values are counted from
 * 1; 0 is none. The end of the counter is left out, and so is the lower part's overflow,
 * which does the same as a start.
 * Settings:
 *   STEADY       what one start finds in a slot that was cut, all later ones find
 *   ASK_SERVICE  asks for service where cells are not steady, too
 */

#ifndef SLOTS
#define SLOTS 4
#endif
#ifndef STARTS
#define STARTS 4
#endif
#ifndef CUTS
#define CUTS 2
#endif
#ifndef BAD
#define BAD 1
#endif

/* Violated if the device ... */
bool value_came_again;    /* uses a value a second time, or a lesser one */
bool service_was_denied;  /* does not serve, with enough good slots */

/* Never reached? Then the search is worth nothing. */
bool it_serves_to_the_last_start;
bool it_serves_with_a_bad_slot;
bool it_serves_after_a_cut;

#include "judge.pml"

typedef Slot {
    byte value;
    byte old;   /* while it is cut: the value before */
    bool cut;
    bool weak;
    bool lost
};
Slot slot[SLOTS];
bool one_is_weak;
bool one_is_lost;
bool writing;

byte starts;
byte used;        /* noted: the value used last */
byte cuts;        /* writes that were cut */

byte seen[SLOTS]; /* what this start reads; a write renews it */
byte next;
byte tried;       /* bit i: slot i was entered in this start */

#ifdef FAULT_ONE_SLOT_ONLY
#define ENOUGH 1
#else
#define ENOUGH 2
#endif

/* Which of two slots is entered first. */
#ifdef FAULT_NEWEST_OVERWRITTEN
#define GOES_BEFORE(i, k)  (seen[i] > seen[k])
#else
#define GOES_BEFORE(i, k)  (seen[i] < seen[k])
#endif

#if defined(STEADY) || CUTS == 0 || defined(ASK_SERVICE)
#define MUST_SERVE(serves)  MUST(serves, service_was_denied)
#else
#define MUST_SERVE(serves)  skip
#endif

#define MAY_GET_BAD  (one_is_weak + one_is_lost < BAD)

/* A slot that was cut is read as one of three; with STEADY it stays that. */
inline read_cut_slot(i)
{
    if
    :: seen[i] = slot[i].value
    :: seen[i] = slot[i].old
    :: seen[i] = 0
    fi;
#ifdef STEADY
    slot[i].value = seen[i];
    slot[i].old = 0;
    slot[i].cut = false
#endif
}

inline read_slots(i)
{
    next = 1;
    do
    :: i < SLOTS ->
        if
        :: slot[i].lost -> seen[i] = 0
        :: !slot[i].lost && !slot[i].cut -> seen[i] = slot[i].value
        :: !slot[i].lost && slot[i].cut -> read_cut_slot(i)
        fi;
        if
        :: seen[i] >= next -> next = seen[i] + 1
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

/* at: the slot to enter, SLOTS if none is left; taken: how many hold the value. */
inline choose_slot(at, taken, i)
{
    at = SLOTS;
    taken = 0;
    do
    :: i < SLOTS ->
        if
        :: seen[i] >= next -> taken++
        :: else
        fi;
        if
        :: (tried >> i & 1) -> skip
        :: !(tried >> i & 1) && at == SLOTS -> at = i
        :: !(tried >> i & 1) && at < SLOTS ->
            if
            :: GOES_BEFORE(i, at) -> at = i
            :: else
            fi
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

inline begin_write(at)
{
    writing = true;
    tried = tried | 1 << at;
    if
    :: !slot[at].weak ->
        slot[at].old = seen[at];
        slot[at].value = next;
        slot[at].cut = true
    :: else
    fi
}

/* Ends it, and reads back. */
inline end_write(at)
{
    if
    :: !slot[at].weak -> slot[at].cut = false; slot[at].old = 0
    :: else
    fi;
#ifdef FAULT_READ_BACK_SKIPPED
    seen[at] = next;
#else
    if
    :: slot[at].lost -> seen[at] = 0
    :: !slot[at].lost && !slot[at].weak -> seen[at] = slot[at].value
    :: !slot[at].lost && slot[at].weak -> skip
    fi;
#endif
    writing = false;
    at = 0
}

inline use()
{
    printf("uses %d, after %d\n", next, used);
    MUST(next > used, value_came_again);
    used = next;
    REACHED(starts == STARTS, it_serves_to_the_last_start);
    REACHED(one_is_lost || one_is_weak, it_serves_with_a_bad_slot);
    REACHED(cuts > 0, it_serves_after_a_cut)
}

inline power_off(at, taken)
{
    at = 0;
    do
    :: at < SLOTS -> seen[at] = 0; at++
    :: else -> break
    od;
    next = 0;
    tried = 0;
    writing = false;
    at = 0;
    taken = 0
}

active proctype Device()
{
    byte at, taken, i;

    d_step {
        do
        :: at < SLOTS -> slot[at].value = 1; at++
        :: else -> break
        od;
        at = 0
    }
end_is_off:
    atomic {
        starts < STARTS;
        starts++;
        read_slots(i);
        printf("start %d reads %d %d %d %d, next is %d\n", starts, seen[0], seen[1],
            seen[2], seen[3], next);
        MUST_SERVE(next > 1)
    }
#ifdef FAULT_USED_BEFORE_STORED
    d_step { use() }
#endif
    do
    :: d_step { choose_slot(at, taken, i) }
        if
        :: d_step { taken >= ENOUGH -> use(); power_off(at, taken) }
            goto end_is_off
        :: d_step { taken < ENOUGH && at == SLOTS -> MUST_SERVE(false);
                 power_off(at, taken) }
            goto end_is_off
        :: d_step { taken < ENOUGH && at < SLOTS -> taken = 0; begin_write(at) }
            if
            :: d_step { printf("slot %d written\n", at); end_write(at) }
            :: d_step { cuts < CUTS -> printf("slot %d cut\n", at); cuts++;
                     power_off(at, taken) }
                goto end_is_off
            fi
        :: d_step { printf("power off\n"); power_off(at, taken) }
            goto end_is_off
        fi
    od
}

inline pick_slot(i)
{
    do
    :: i < SLOTS - 1 -> i++
    :: break
    od
}

active proctype Misfortune()
{
    byte i;

end_nothing_happens:
    do
    :: atomic {
        !one_is_lost && MAY_GET_BAD -> pick_slot(i);
        d_step {
            printf("slot %d lost\n", i);
            slot[i].lost = true; one_is_lost = true;
            i = 0
        }
    }
    :: atomic {
        !one_is_weak && MAY_GET_BAD && !writing -> pick_slot(i);
        d_step {
            printf("slot %d weak\n", i);
            slot[i].weak = true; one_is_weak = true;
            i = 0
        }
    }
    od
}
