/* SPDX-License-Identifier: MIT */
/* store_records.c: records, each of which is there or not at every instant.
 *
 *     marks (2)   both 3c: held      both c3: empty
 *     body        the bytes, then rights; ff while empty
 *     check (2)   CRC-16 of the body; ff while empty
 *
 * A record is written from an empty one: body and check first, then the marks. It is
 * emptied in the other order: the marks first, then body and check. So while a mark is
 * half-written everything else is whole, and when anything else is half-written both
 * marks stand. Hence the reading: both marks c3, empty; else body and check agree, held;
 * else one mark c3, empty; else something other than a cut of power broke it.
 */
#include "store_state.h"

CSIGN_STATIC_ASSERT(identity_is_bytes,
                    sizeof(csign_store_identity) == STORE_IDENTITY_LEN);
CSIGN_STATIC_ASSERT(bytes_is_the_sum,
                    CSIGN_STORE_BYTES(0, 0) == STORE_HEADER_LEN + 2 * STORE_RECORD_LEN +
                                                   STORE_IDENTITY_LEN - STORE_KEY_LEN);
CSIGN_STATIC_ASSERT(bytes_of_slots, CSIGN_STORE_BYTES(1, 1) - CSIGN_STORE_BYTES(0, 0) ==
                                        STORE_RECORD_LEN + STORE_SLOT_LEN);

/* "csS", the layout's version. The numbers of key slots and of counter slots follow: a
 * program that was built with others would take one thing for another. */
static const uint8_t ours[4] CSIGN_FLASH = {0x63, 0x73, 0x53, 0x01};

uint16_t csign_store_cell(const csign_store *store, uint8_t record)
{
    uint16_t cell = (uint16_t)(record * STORE_RECORD_LEN);

    if (record == STORE_HEADER)
        return 0;
    if (record == csign_store_counter_record(store))
        cell = (uint16_t)(cell + STORE_IDENTITY_LEN - STORE_KEY_LEN);
    return (uint16_t)(cell - STORE_RECORD_LEN + STORE_HEADER_LEN);
}

uint16_t csign_store_end(const csign_store *store)
{
    return (uint16_t)(csign_store_cell(store, csign_store_counter_record(store)) +
                      (uint16_t)(store->memory->counters * STORE_SLOT_LEN));
}

uint16_t csign_store_crc(uint16_t crc, uint8_t byte)
{
    crc ^= (uint16_t)((uint16_t)byte << 8);
    for (uint8_t bit = 0; bit < 8; bit++)
        crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    return crc;
}

uint8_t csign_store_empty_marks(const csign_store *store, uint8_t record)
{
    uint8_t marks[STORE_MARKS];

    csign_store_copy(store, csign_store_cell(store, record), marks, sizeof marks);
    return (uint8_t)((marks[0] == STORE_MARK_EMPTY) + (marks[1] == STORE_MARK_EMPTY));
}

bool csign_store_is_whole(const csign_store *store, uint8_t record)
{
    uint16_t end = csign_store_cell(store, (uint8_t)(record + 1));
    uint16_t crc = csign_store_crc_start(record);

    for (uint16_t cell = csign_store_cell(store, record) + STORE_MARKS; cell < end;
         cell++)
        crc = csign_store_crc(crc, csign_store_read(store, cell));
    return crc == 0;
}

uint8_t csign_store_held(const csign_store *store, uint8_t record)
{
    uint8_t empty = csign_store_empty_marks(store, record);

    if (empty == STORE_MARKS)
        return RECORD_EMPTY;
    if (csign_store_is_whole(store, record))
        return RECORD_HELD;
    return empty > 0 ? RECORD_EMPTY : RECORD_BROKEN;
}

uint8_t csign_store_blank(const csign_store *store, uint8_t record, uint16_t cell)
{
    uint8_t at = (uint8_t)(cell - csign_store_cell(store, record));

    if (record == csign_store_counter_record(store))
        return at & 4 ? 0xff : 0x00;
    if (at < STORE_MARKS)
        return STORE_MARK_EMPTY;
    if (record != STORE_HEADER)
        return 0xff;
    at = (uint8_t)(at - STORE_MARKS);
    if (at < sizeof ours)
        return csign_flash_u8(ours + at);
    return at == sizeof ours ? store->memory->key_slots : store->memory->counters;
}

void csign_store_enter(csign_store *store, uint8_t record)
{
    store->record = record;
    store->at = csign_store_cell(store, record);
    store->end = record == csign_store_counter_record(store)
                     ? csign_store_end(store)
                     : csign_store_cell(store, (uint8_t)(record + 1));
    store->source = NULL;
}

void csign_store_mark(csign_store *store, uint8_t record)
{
    csign_store_enter(store, record);
    store->end = (uint16_t)(store->at + STORE_MARKS);
    store->flags |= STORE_MARK;
}
