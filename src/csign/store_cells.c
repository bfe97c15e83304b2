/* SPDX-License-Identifier: MIT */
/* store_cells.c: single cells and the job that works on them. */
#include "store_state.h"

csign_status csign_store_check(const csign_store_memory *memory)
{
    uint16_t last = (uint16_t)(memory->base + csign_store_size(memory) - 1);

    if (memory->read == NULL || memory->write == NULL)
        return CSIGN_E_MEMORY;
    if (memory->key_slots < 1 || memory->key_slots > CSIGN_STORE_KEY_SLOTS_MAX ||
        memory->counters < CSIGN_STORE_COUNTERS ||
        memory->counters > CSIGN_STORE_COUNTERS_MAX)
        return CSIGN_E_SLOT_COUNT;
    return last < memory->base ? CSIGN_E_MEMORY : CSIGN_OK;
}

uint16_t csign_store_size(const csign_store_memory *memory)
{
    return (uint16_t)CSIGN_STORE_BYTES(memory->key_slots, memory->counters);
}

uint32_t csign_store_bytes(const csign_store_memory *memory)
{
    return csign_store_size(memory);
}

bool csign_store_is_busy(const csign_store *store)
{
    const csign_store_memory *memory = store->memory;

    return memory->is_busy != NULL && memory->is_busy(memory->context);
}

static CSIGN_APART uint16_t address_of(const csign_store *store, uint8_t record,
                                       uint16_t offset)
{
    uint16_t address = (uint16_t)(store->memory->base + offset);

    if (record == STORE_HEADER)
        return address;
    if (record == csign_store_counter_record(store))
        address = (uint16_t)(address + STORE_IDENTITY_LEN - STORE_KEY_LEN);
    return (uint16_t)(address + STORE_HEADER_LEN - STORE_RECORD_LEN +
                      (uint16_t)(record * STORE_RECORD_LEN));
}

uint8_t csign_store_read(const csign_store *store, uint8_t record, uint16_t offset)
{
    const csign_store_memory *memory = store->memory;

    return memory->read(memory->context, address_of(store, record, offset));
}

void csign_store_copy(const csign_store *store, uint8_t record, uint8_t offset, void *to,
                      uint8_t len)
{
    uint8_t *byte = (uint8_t *)to;

    while (len-- > 0)
        *byte++ = csign_store_read(store, record, offset++);
}

void csign_store_finish(csign_store *store, uint8_t flags)
{
    store->job = NULL;
    store->flags = flags;
}

void csign_store_end(csign_store *store, uint8_t state)
{
    store->state = state;
    csign_store_finish(store, state == CSIGN_STORE_DAMAGED ? STORE_FAILED : 0);
}

csign_status csign_store_may_read(const csign_store *store, uint8_t least, uint8_t most)
{
    if (store->state < least || store->state > most)
        return CSIGN_E_ORDER;
    return csign_store_is_busy(store) ? CSIGN_E_BUSY : CSIGN_OK;
}

csign_status csign_store_may(const csign_store *store, uint8_t least, uint8_t most)
{
    csign_status status = csign_store_may_read(store, least, most);

    return status == CSIGN_OK && store->job != NULL ? CSIGN_E_BUSY : status;
}

/* Writes the cell under way unless it has its value, and reads it back in the next step.
 */
static void do_cell(csign_store *store)
{
    const csign_store_memory *memory = store->memory;
    uint16_t address = address_of(store, store->record, store->offset);
    uint8_t value = store->source != NULL
                        ? *store->source
                        : csign_store_blank(store, store->record, store->offset);

    if (memory->read(memory->context, address) != value) {
        store->flags ^= STORE_WRITTEN;
        if (store->flags & STORE_WRITTEN) {
            memory->write(memory->context, address, value);
            return;
        }
        store->flags |= STORE_BAD;
    }
    store->flags &= (uint8_t)~STORE_WRITTEN;
    store->offset++;
    if (store->source != NULL)
        store->source++;
}

csign_step csign_store_step(csign_store *store)
{
    if (store->job != NULL && !csign_store_is_busy(store)) {
        if (store->offset != store->end)
            do_cell(store);
        else
            store->job(store);
    }
    if (store->job != NULL)
        return CSIGN_STEP_MORE;
    return store->flags != 0 ? CSIGN_STEP_FAILED : CSIGN_STEP_DONE;
}
