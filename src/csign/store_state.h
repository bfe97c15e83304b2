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
 * Cells count from the store's first. A job is a row of spans: csign_store_step() brings
 * the cells from store->at to store->end to their values, then calls store->job, which
 * says what comes next. A cell that does not read back sets STORE_BAD and is passed over.
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
    STORE_RECORD_LEN = STORE_MARKS + STORE_KEY_LEN + STORE_RIGHTS + STORE_CHECK,
    STORE_SLOT_LEN = 8
};

/* No bit in common, so no decay that drives bits one way makes one of the other. */
enum { STORE_MARK_HELD = 0x3c, STORE_MARK_EMPTY = 0xc3 };

/* store->flags */
enum {
    STORE_WRITTEN = 1, /* the cell under way was written and is to be read back */
    STORE_BAD = 2,     /* a cell did not read back */
    STORE_MARK = 4,    /* the span is marks, to say that the record is held */
    STORE_PUT = 8,     /* the job puts source into a record */
    STORE_FORGET = 16, /* the job empties all records */
    STORE_UNDO = 32,   /* the job ends as failed whatever it does */
    STORE_FAILED = 64  /* the last job failed */
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

bool csign_store_is_busy(const csign_store *store);
uint8_t csign_store_read(const csign_store *store, uint16_t cell);
void csign_store_copy(const csign_store *store, uint16_t cell, void *to, uint8_t len);

/* Four bytes, big endian: out of cells, into bytes. */
uint32_t csign_store_read_u32(const csign_store *store, uint16_t cell);
void csign_store_split(uint8_t *to, uint32_t value);

/* Whether a job may begin, which needs this state: CSIGN_OK, _E_BUSY or _E_ORDER. */
csign_status csign_store_may(const csign_store *store, uint8_t state);

/* Ends the job under way. */
csign_step csign_store_finish(csign_store *store, csign_step result);

/* -- store_records.c: records -- */

/* The first cell of a record. */
uint16_t csign_store_cell(const csign_store *store, uint8_t record);

/* The first cell behind the store. */
uint16_t csign_store_end(const csign_store *store);

/* How many of a record's marks say that it is empty. */
uint8_t csign_store_empty_marks(const csign_store *store, uint8_t record);

/* Whether a secret, key or identity is there. */
uint8_t csign_store_held(const csign_store *store, uint8_t record);

/* CRC-16 of polynomial 11021, a byte's high bit first. Over a body and its check it is 0.
 * Finds any three flipped bits and any damage to two neighbouring cells. */
uint16_t csign_store_crc(uint16_t crc, uint8_t byte);

/* Not 0, so that zeros are no valid record, and another one for each record. */
static inline uint16_t csign_store_crc_start(uint8_t record)
{
    return (uint16_t) ~(uint16_t)record;
}

/* Whether its body and its check agree. */
bool csign_store_is_whole(const csign_store *store, uint8_t record);

/* What a cell of a record holds while the record is empty. */
uint8_t csign_store_blank(const csign_store *store, uint8_t record, uint16_t cell);

/* The next span: all of a record, to be emptied; or its marks, to say that it is held. */
void csign_store_enter(csign_store *store, uint8_t record);
void csign_store_mark(csign_store *store, uint8_t record);

/* -- store_jobs.c -- */

/* Jobs: store source in a record; empty a record. */
void csign_store_put(csign_store *store, uint8_t record, uint32_t rights,
                     const uint8_t *source);
void csign_store_drop(csign_store *store, uint8_t record, uint8_t flags);

/* Job, STORE_FORGET: empties all records, and ends OPEN, or as BEGUN when it fails. */
void csign_store_sweep(csign_store *store, uint8_t flags);

/* -- store_counter.c -- */

/* The value that comes after the greatest one; 0 when no start can use it. */
uint32_t csign_store_next(const csign_store *store);

/* The job goes on with taking that value. */
csign_step csign_store_take(csign_store *store);

/* The job ends; the store does not serve. */
csign_step csign_store_damaged(csign_store *store);

#endif
