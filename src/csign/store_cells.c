/* SPDX-License-Identifier: MIT */
/* store_cells.c: single cells and the job that works on them. */
#include "store_state.h"

csign_status csign_store_check(const csign_store_memory *memory)
{
    if (memory->read == NULL || memory->write == NULL)
        return CSIGN_E_MEMORY;
    if (memory->key_slots < 1 || memory->key_slots > CSIGN_STORE_KEY_SLOTS_MAX ||
        memory->counters < CSIGN_STORE_COUNTERS ||
        memory->counters > CSIGN_STORE_COUNTERS_MAX)
        return CSIGN_E_SLOT_COUNT;
    if (memory->base + csign_store_bytes(memory) > 65536UL)
        return CSIGN_E_MEMORY;
    return CSIGN_OK;
}

uint32_t csign_store_bytes(const csign_store_memory *memory)
{
    return CSIGN_STORE_BYTES((uint32_t)memory->key_slots, (uint32_t)memory->counters);
}

bool csign_store_is_busy(const csign_store *store)
{
    const csign_store_memory *memory = store->memory;

    return memory->is_busy != NULL && memory->is_busy(memory->context);
}

uint8_t csign_store_read(const csign_store *store, uint16_t cell)
{
    const csign_store_memory *memory = store->memory;

    return memory->read(memory->context, (uint16_t)(memory->base + cell));
}

void csign_store_copy(const csign_store *store, uint16_t cell, void *to, uint8_t len)
{
    uint8_t *byte = (uint8_t *)to;

    while (len-- > 0)
        *byte++ = csign_store_read(store, cell++);
}

uint32_t csign_store_read_u32(const csign_store *store, uint16_t cell)
{
    uint32_t value = 0;

    for (uint8_t left = 4; left > 0; left--)
        value = value << 8 | csign_store_read(store, cell++);
    return value;
}

void csign_store_split(uint8_t *to, uint32_t value)
{
    for (uint8_t i = 4; i-- > 0; value >>= 8)
        to[i] = (uint8_t)value;
}

csign_step csign_store_finish(csign_store *store, csign_step result)
{
    store->job = NULL;
    store->source = NULL;
    store->flags = result == CSIGN_STEP_FAILED ? STORE_FAILED : 0;
    return result;
}

csign_status csign_store_may(const csign_store *store, uint8_t state)
{
    if (store->state != state)
        return CSIGN_E_ORDER;
    return store->job != NULL || csign_store_is_busy(store) ? CSIGN_E_BUSY : CSIGN_OK;
}

static uint8_t value_under_way(const csign_store *store)
{
    if (store->flags & STORE_MARK)
        return STORE_MARK_HELD;
    if (store->source != NULL)
        return *store->source;
    return csign_store_blank(store, store->record, store->at);
}

/* Writes the cell under way unless it has its value, and reads it back in the next step.
 */
static void do_cell(csign_store *store)
{
    const csign_store_memory *memory = store->memory;
    uint8_t value = value_under_way(store);
    uint8_t flags = store->flags;

    store->flags = flags & (uint8_t)~STORE_WRITTEN;
    if (csign_store_read(store, store->at) != value) {
        if (!(flags & STORE_WRITTEN)) {
            store->flags = flags | STORE_WRITTEN;
            memory->write(memory->context, (uint16_t)(memory->base + store->at), value);
            return;
        }
        store->flags |= STORE_BAD;
    }
    store->at++;
    if (store->source != NULL)
        store->source++;
}

csign_step csign_store_step(csign_store *store)
{
    if (store->job == NULL)
        return store->flags & STORE_FAILED ? CSIGN_STEP_FAILED : CSIGN_STEP_DONE;
    if (csign_store_is_busy(store))
        return CSIGN_STEP_MORE;
    if (store->at == store->end)
        return store->job(store);
    do_cell(store);
    return CSIGN_STEP_MORE;
}
