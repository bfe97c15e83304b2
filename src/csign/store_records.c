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

#include "crc16.h"

CSIGN_STATIC_ASSERT(identity_is_bytes,
                    sizeof(csign_store_identity) == STORE_IDENTITY_LEN);
CSIGN_STATIC_ASSERT(bytes_is_the_sum,
                    CSIGN_STORE_BYTES(0, 0) == STORE_HEADER_LEN + 2 * STORE_RECORD_LEN +
                                                   STORE_IDENTITY_LEN - STORE_KEY_LEN);
CSIGN_STATIC_ASSERT(bytes_of_slots, CSIGN_STORE_BYTES(1, 1) - CSIGN_STORE_BYTES(0, 0) ==
                                        STORE_RECORD_LEN + STORE_SLOT_LEN);

/* The marks, then "csS" and the layout's version. The numbers of key slots and of counter
 * slots follow: a program that was built with others would take one thing for another. */
static const uint8_t ours[] CSIGN_FLASH = {
    STORE_MARK_EMPTY, STORE_MARK_EMPTY, 0x63, 0x73, 0x53, 0x01};

uint8_t csign_store_len(const csign_store *store, uint8_t record)
{
    if (record == STORE_HEADER)
        return STORE_HEADER_LEN;
    if (record == csign_store_counter_record(store))
        return (uint8_t)(store->memory->counters * STORE_SLOT_LEN);
    if (record == csign_store_identity_record(store))
        return STORE_IDENTITY_LEN + STORE_AROUND_BODY;
    return STORE_RECORD_LEN;
}

uint8_t csign_store_inspect(const csign_store *store, uint8_t record)
{
    uint8_t len = csign_store_len(store, record);
    uint16_t crc = csign_store_crc_start(record);
    uint8_t seen = 0;

    for (uint8_t offset = 0; offset < len; offset++) {
        uint8_t cell = csign_store_read(store, record, offset);

        if (offset >= STORE_MARKS)
            crc = csign_crc16(crc, cell);
        else if (cell == STORE_MARK_EMPTY)
            seen++;
    }
    return crc == 0 ? seen | SEEN_WHOLE : seen;
}

uint8_t csign_store_held(const csign_store *store, uint8_t record)
{
    uint8_t seen = csign_store_inspect(store, record);

    if ((seen & SEEN_EMPTY) == STORE_MARKS)
        return RECORD_EMPTY;
    if (seen & SEEN_WHOLE)
        return RECORD_HELD;
    return seen != 0 ? RECORD_EMPTY : RECORD_BROKEN;
}

uint8_t csign_store_blank(const csign_store *store, uint8_t record, uint8_t offset)
{
    if (record == csign_store_counter_record(store))
        return offset & 4 ? 0xff : 0x00;
    if (offset < (record == STORE_HEADER ? sizeof ours : STORE_MARKS))
        return csign_flash_u8(ours + offset);
    if (record != STORE_HEADER)
        return 0xff;
    return offset == sizeof ours ? store->memory->key_slots : store->memory->counters;
}

void csign_store_enter(csign_store *store, uint8_t record, bool is_held)
{
    store->record = record;
    store->offset = 0;
    store->source = NULL;
    store->end = csign_store_len(store, record);
    if (is_held) {
        store->small[0] = STORE_MARK_HELD;
        store->small[1] = STORE_MARK_HELD;
        store->source = store->small;
        store->end = STORE_MARKS;
    }
}
