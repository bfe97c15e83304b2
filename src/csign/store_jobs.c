/* SPDX-License-Identifier: MIT */
/* store_jobs.c: what is done to records, span by span. */
#include "store_state.h"

/* -- empty a record: its marks, then the rest -- */

static csign_step rest_emptied(csign_store *store)
{
    if ((store->flags & STORE_UNDO) ||
        csign_store_held(store, store->record) != RECORD_EMPTY)
        return csign_store_finish(store, CSIGN_STEP_FAILED);
    return csign_store_finish(store, CSIGN_STEP_DONE);
}

/* With neither mark to be moved, wiping the rest would break the record. */
static csign_step marks_emptied(csign_store *store)
{
    uint16_t at = store->at;

    if (!(store->flags & STORE_UNDO) &&
        csign_store_empty_marks(store, store->record) == 0)
        return csign_store_finish(store, CSIGN_STEP_FAILED);
    csign_store_enter(store, store->record);
    store->at = at;
    store->job = rest_emptied;
    return CSIGN_STEP_MORE;
}

void csign_store_drop(csign_store *store, uint8_t record, uint8_t flags)
{
    csign_store_enter(store, record);
    store->end = (uint16_t)(store->at + STORE_MARKS);
    store->flags = flags;
    store->job = marks_emptied;
}

/* -- put source in a record: source; rights and check; marks -- */

static csign_step undo(csign_store *store)
{
    csign_store_drop(store, store->record, STORE_UNDO);
    return CSIGN_STEP_MORE;
}

static csign_step marks_put(csign_store *store)
{
    if (store->flags & STORE_BAD)
        return undo(store);
    return csign_store_finish(store, CSIGN_STEP_DONE);
}

static csign_step check_put(csign_store *store)
{
    if ((store->flags & STORE_BAD) || !csign_store_is_whole(store, store->record))
        return undo(store);
    csign_store_mark(store, store->record);
    store->job = marks_put;
    return CSIGN_STEP_MORE;
}

static csign_step source_put(csign_store *store)
{
    store->source = store->small;
    store->end = (uint16_t)(store->at + STORE_RIGHTS + STORE_CHECK);
    store->job = check_put;
    return CSIGN_STEP_MORE;
}

/* The check is made before the first byte is written: should the source be wiped
 * meanwhile, body and check don't agree and the record is not marked. */
void csign_store_put(csign_store *store, uint8_t record, uint32_t rights,
                     const uint8_t *source)
{
    uint16_t crc = csign_store_crc_start(record);
    uint8_t i;

    csign_store_enter(store, record);
    store->at = (uint16_t)(store->at + STORE_MARKS);
    store->end = (uint16_t)(store->end - STORE_RIGHTS - STORE_CHECK);
    csign_store_split(store->small, rights);
    for (i = 0; i < (uint8_t)(store->end - store->at); i++)
        crc = csign_store_crc(crc, source[i]);
    for (i = 0; i < STORE_RIGHTS; i++)
        crc = csign_store_crc(crc, store->small[i]);
    store->small[STORE_RIGHTS] = (uint8_t)(crc >> 8);
    store->small[STORE_RIGHTS + 1] = (uint8_t)crc;
    store->source = source;
    store->flags = STORE_PUT;
    store->job = source_put;
}

void csign_store_cancel(csign_store *store)
{
    if (store->flags & STORE_PUT)
        (void)undo(store);
}

/* -- all records: forget them, or tidy up what a cut left and take the next counter -- */

/* A cell that can't be emptied would be one of the next owner's. */
static csign_step forgotten(csign_store *store)
{
    if (store->flags & (STORE_BAD | STORE_UNDO))
        return csign_store_finish(store, CSIGN_STEP_FAILED);
    store->state = CSIGN_STORE_OPEN;
    return csign_store_finish(store, CSIGN_STEP_DONE);
}

static csign_step next_record(csign_store *store)
{
    uint8_t record = (uint8_t)(store->record + 1);
    bool is_counter = record == csign_store_counter_record(store);
    uint8_t held;

    if (store->flags & STORE_FORGET) {
        csign_store_enter(store, record);
        if (is_counter)
            store->job = forgotten;
        return CSIGN_STEP_MORE;
    }
    if (is_counter)
        return csign_store_take(store);
    held = csign_store_held(store, record);
    if (held == RECORD_BROKEN)
        return csign_store_damaged(store);
    store->flags = 0;
    if (held == RECORD_HELD)
        csign_store_mark(store, record);
    else
        csign_store_enter(store, record);
    return CSIGN_STEP_MORE;
}

void csign_store_sweep(csign_store *store, uint8_t flags)
{
    store->flags = flags;
    if (flags & STORE_FORGET)
        csign_store_enter(store, STORE_HEADER);
    else
        csign_store_mark(store, STORE_HEADER);
    store->job = next_record;
}
