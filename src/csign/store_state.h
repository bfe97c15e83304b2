/* SPDX-License-Identifier: MIT */
/* store_state.h: private to the library: the cells of a store and the records in them
 * (docs/store.md, "Layout").
 *
 *     record 0           header     marks, what makes it ours
 *     record 1           secret     marks, u, rights (0), check
 *     record 2 ... 1+n   n keys     marks, key, rights, check
 *     record 2+n         identity   marks, identity, rights (0), check
 *     record 3+n         counter    slots of value, complement
 *
 * A cell is named by its record and its offset there. A job is a row of spans:
 * csign_store_step() brings the record's cells from store->offset to store->end to their
 * values, then calls store->job, which says what comes next. A cell that does not read
 * back sets STORE_BAD and is passed over.
 */
#ifndef CSIGN_STORE_STATE_H
#define CSIGN_STORE_STATE_H

#include "store.h"

enum {
    STORE_HEADER,
    STORE_SECRET,
    STORE_KEYS,

    STORE_MARKS = 2,
    STORE_RIGHTS = 4,
    STORE_CHECK = 2,
    STORE_HEADER_LEN = 8,
    STORE_KEY_LEN = CSIGN_NEW_KEY_LEN, /* u is as long */
    STORE_IDENTITY_LEN = CSIGN_STORE_SETUP_LEN + 1 + CSIGN_ID_MAX,
    STORE_AT_RIGHTS = STORE_MARKS + STORE_KEY_LEN, /* of a key */
    STORE_AROUND_BODY = STORE_MARKS + STORE_RIGHTS + STORE_CHECK,
    STORE_RECORD_LEN = STORE_KEY_LEN + STORE_AROUND_BODY,
    STORE_SLOT_LEN = 8
};

/* No bit in common, so no decay that drives bits one way makes one of the other. */
enum { STORE_MARK_HELD = 0x3c, STORE_MARK_EMPTY = 0xc3 };

/* store->flags; without a job not 0 means that the last one failed */
enum {
    STORE_WRITTEN = 1, /* the cell under way was written and is to be read back */
    STORE_BAD = 2,     /* a cell did not read back */
    STORE_PUT = 4,     /* the job puts source into a record */
    STORE_FORGET = 8,  /* the job empties all records */
    STORE_UNDO = 16,   /* the job ends as failed whatever it does */
    STORE_FAILED = 32
};

enum { RECORD_EMPTY, RECORD_HELD, RECORD_BROKEN };

static inline uint8_t csign_store_identity_record(const csign_store *store)
{
    return (uint8_t)(STORE_KEYS + store->memory->key_slots);
}

static inline uint8_t csign_store_counter_record(const csign_store *store)
{
    return (uint8_t)(STORE_KEYS + 1 + store->memory->key_slots);
}

/* -- store_cells.c: cells and jobs -- */

/* Cells of the whole store. */
uint16_t csign_store_size(const csign_store_memory *memory);

bool csign_store_is_busy(const csign_store *store);
uint8_t csign_store_read(const csign_store *store, uint8_t record, uint16_t offset);

void csign_store_copy(const csign_store *store, uint8_t record, uint8_t offset, void *to,
                      uint8_t len);

/* Whether the memory may be read, or a job begin, which needs a state from least to most:
 * CSIGN_OK, _E_BUSY or _E_ORDER. */
csign_status csign_store_may_read(const csign_store *store, uint8_t least, uint8_t most);
csign_status csign_store_may(const csign_store *store, uint8_t least, uint8_t most);

/* Ends the job under way, as failed unless flags is 0; or in another state, as failed
 * when that is DAMAGED. */
void csign_store_finish(csign_store *store, uint8_t flags);
void csign_store_end(csign_store *store, uint8_t state);

/* -- store_records.c: records -- */

uint8_t csign_store_len(const csign_store *store, uint8_t record);

/* Reads a record: how many of its marks say that it is empty, and whether its body and
 * its check agree. */
enum { SEEN_EMPTY = 3, SEEN_WHOLE = 4 };
uint8_t csign_store_inspect(const csign_store *store, uint8_t record);

/* Whether a secret, key or identity is there. */
uint8_t csign_store_held(const csign_store *store, uint8_t record);

/* Not 0, so that zeros are no valid record, and another one for each record. */
static inline uint16_t csign_store_crc_start(uint8_t record)
{
    return (uint16_t) ~(uint16_t)record;
}

/* What a cell of a record holds while the record is empty. */
uint8_t csign_store_blank(const csign_store *store, uint8_t record, uint8_t offset);

/* The next span: the marks, to say that the record is held, or all of it, to be emptied.
 * The former takes store->small. */
void csign_store_enter(csign_store *store, uint8_t record, bool is_held);

/* -- store_jobs.c -- */

/* Jobs: store source in a record; empty a record. */
void csign_store_put(csign_store *store, uint8_t record, uint32_t rights,
                     const uint8_t *source);
void csign_store_drop(csign_store *store, uint8_t record, uint8_t flags);

/* Job over all records. STORE_FORGET: empties them, and ends OPEN, or as BEGUN when it
 * fails. Else tidies up what a cut left, and takes the next counter. The second form asks
 * csign_store_may() first. */
void csign_store_sweep(csign_store *store, uint8_t flags);
csign_status csign_store_begin_sweep(csign_store *store, uint8_t least, uint8_t most,
                                     uint8_t flags);

/* -- store_counter.c -- */

/* Looks for the value that comes after the greatest one: store->upper. Whether a start
 * can use it. */
bool csign_store_next(csign_store *store);

/* The job goes on with taking that value. */
void csign_store_take(csign_store *store);

#endif
