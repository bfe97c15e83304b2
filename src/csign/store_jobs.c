/* SPDX-License-Identifier: MIT */
/* store_jobs.c: what is done to records, span by span. */
#include "store_state.h"

#include "bytes.h"
#include "crc16.h"

/* -- empty a record: its marks, then the rest -- */

static void rest_emptied(csign_store *store)
{
    uint8_t left = csign_store_held(store, store->record); /* 0: empty */

    csign_store_finish(store, (uint8_t)(left | (store->flags & STORE_UNDO)));
}

/* With neither mark to be moved, wiping the rest would break the record. */
static void marks_emptied(csign_store *store)
{
    if (!(store->flags & STORE_UNDO) &&
        !(csign_store_inspect(store, store->record) & SEEN_EMPTY)) {
        csign_store_finish(store, STORE_FAILED);
        return;
    }
    store->end = csign_store_len(store, store->record);
    store->job = rest_emptied;
}

void csign_store_drop(csign_store *store, uint8_t record, uint8_t flags)
{
    csign_store_enter(store, record, false);
    store->end = STORE_MARKS;
    store->flags = flags;
    store->job = marks_emptied;
}

/* -- put source in a record: source; rights and check; marks -- */

static void undo(csign_store *store)
{
    csign_store_drop(store, store->record, STORE_UNDO);
}

static void marks_put(csign_store *store)
{
    if (store->flags & STORE_BAD)
        undo(store);
    else
        csign_store_finish(store, 0);
}

static void check_put(csign_store *store)
{
    if ((store->flags & STORE_BAD) ||
        !(csign_store_inspect(store, store->record) & SEEN_WHOLE)) {
        undo(store);
        return;
    }
    csign_store_enter(store, store->record, true);
    store->job = marks_put;
}

static void source_put(csign_store *store)
{
    store->source = store->small;
    store->end = (uint8_t)(store->end + STORE_RIGHTS + STORE_CHECK);
    store->job = check_put;
}

/* The check is made before the first byte is written: should the source be wiped
 * meanwhile, body and check don't agree and the record is not marked. */
void csign_store_put(csign_store *store, uint8_t record, uint32_t rights,
                     const uint8_t *source)
{
    uint16_t crc = csign_store_crc_start(record);
    uint8_t len;

    csign_store_enter(store, record, false);
    len = (uint8_t)(store->end - STORE_AROUND_BODY);
    csign_put_u32(store->small, rights);
    crc = csign_crc16_of(crc, source, len);
    crc = csign_crc16_of(crc, store->small, STORE_RIGHTS);
    store->small[STORE_RIGHTS] = (uint8_t)(crc >> 8);
    store->small[STORE_RIGHTS + 1] = (uint8_t)crc;
    store->offset = STORE_MARKS;
    store->end = (uint8_t)(STORE_MARKS + len);
    store->source = source;
    store->flags = STORE_PUT;
    store->job = source_put;
}

void csign_store_cancel(csign_store *store)
{
    if (store->flags & STORE_PUT)
        undo(store);
}

/* -- all records: forget them, or tidy up what a cut left and take the next counter -- */

/* A cell that can't be emptied would be one of the next owner's. */
static void forgotten(csign_store *store)
{
    uint8_t failed = store->flags & (STORE_BAD | STORE_UNDO);

    if (failed)
        csign_store_finish(store, failed);
    else
        csign_store_end(store, CSIGN_STORE_OPEN);
}

static void next_record(csign_store *store)
{
    uint8_t record = (uint8_t)(store->record + 1);
    bool is_counter = record == csign_store_counter_record(store);
    uint8_t held = RECORD_EMPTY;

    if (!(store->flags & STORE_FORGET)) {
        if (is_counter) {
            csign_store_take(store);
            return;
        }
        held = csign_store_held(store, record);
        if (held == RECORD_BROKEN) {
            csign_store_end(store, CSIGN_STORE_DAMAGED);
            return;
        }
    }
    csign_store_enter(store, record, held == RECORD_HELD);
    if (is_counter)
        store->job = forgotten;
}

void csign_store_sweep(csign_store *store, uint8_t flags)
{
    bool forgets = (flags & STORE_FORGET) != 0;

    store->state = forgets ? CSIGN_STORE_BEGUN : CSIGN_STORE_READY;
    store->flags = flags;
    csign_store_enter(store, STORE_HEADER, !forgets);
    store->job = next_record;
}

csign_status csign_store_begin_sweep(csign_store *store, uint8_t least, uint8_t most,
                                     uint8_t flags)
{
    csign_status status = csign_store_may(store, least, most);

    if (status == CSIGN_OK)
        csign_store_sweep(store, flags);
    return status;
}
