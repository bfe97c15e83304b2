/* SPDX-License-Identifier: MIT */
/* store.c: what state a store is in, and how it comes to be provisioned.
 *
 *     header's marks  everything else     state
 *     both c3         anything            BEGUN
 *     else            whole               READY
 *     one c3          not whole           BEGUN
 *     none c3         not whole           DAMAGED
 *
 * Provisioning moves these marks first and last, so they are half-written only while
 * everything else is whole: as it was before, or as it is now. One mark that decays later
 * changes nothing either.
 */
#include "store_state.h"

/* Identity and secret are there, no key is broken, and there is a next counter value. */
static bool is_whole(csign_store *store)
{
    uint8_t identity = csign_store_identity_record(store);

    for (uint8_t record = STORE_SECRET; record <= identity; record++) {
        uint8_t held = csign_store_held(store, record);
        bool is_key = record != STORE_SECRET && record != identity;

        if (held != RECORD_HELD && (held != RECORD_EMPTY || !is_key))
            return false;
    }
    return csign_store_next(store);
}

/* The first of the header's cells, from this one on, that is not as ours. */
static uint8_t first_foreign(const csign_store *store, uint8_t cell)
{
    while (cell < STORE_HEADER_LEN && csign_store_read(store, STORE_HEADER, cell) ==
                                          csign_store_blank(store, STORE_HEADER, cell))
        cell++;
    return cell;
}

/* A provisioning that was cut while it wrote the header left some of its first cells and
 * one half-written cell; that belongs to nobody either. */
static bool is_erased(const csign_store *store)
{
    uint16_t cell = csign_store_size(store->memory);
    uint8_t first = first_foreign(store, 0);
    uint8_t last = csign_store_read(store, STORE_HEADER, (uint16_t)(cell - 1));

    while (--cell > first) {
        if (csign_store_read(store, STORE_HEADER, cell) != last)
            return false;
    }
    return last == 0xff || last == 0x00;
}

static csign_store_state look(csign_store *store)
{
    uint8_t empty = csign_store_inspect(store, STORE_HEADER) & SEEN_EMPTY;

    if (first_foreign(store, STORE_MARKS) < STORE_HEADER_LEN)
        return is_erased(store) ? CSIGN_STORE_ERASED : CSIGN_STORE_FOREIGN;
    if (empty == STORE_MARKS)
        return CSIGN_STORE_BEGUN;
    if (is_whole(store))
        return CSIGN_STORE_READY;
    return empty > 0 ? CSIGN_STORE_BEGUN : CSIGN_STORE_DAMAGED;
}

csign_store_state csign_store_open(csign_store *store, const csign_store_memory *memory)
{
    memset(store, 0, sizeof *store);
    store->memory = memory;
    store->state = (uint8_t)look(store);
    return csign_store_now(store);
}

csign_store_state csign_store_now(const csign_store *store)
{
    return (csign_store_state)store->state;
}

csign_status csign_store_identify(const csign_store *store,
                                  csign_store_identity *identity)
{
    uint8_t record = csign_store_identity_record(store);
    csign_status status =
        csign_store_may_read(store, CSIGN_STORE_READY, CSIGN_STORE_OPEN);

    if (status != CSIGN_OK)
        return status;
    if (csign_store_held(store, record) != RECORD_HELD)
        return CSIGN_E_ID;
    csign_store_copy(store, record, STORE_MARKS, identity, sizeof *identity);
    return identity->id_len <= CSIGN_ID_MAX ? CSIGN_OK : CSIGN_E_ID;
}

csign_status csign_store_begin(csign_store *store)
{
    return csign_store_begin_sweep(store, CSIGN_STORE_ERASED, CSIGN_STORE_OPEN,
                                   STORE_FORGET);
}

static CSIGN_APART csign_status put(csign_store *store, uint8_t record,
                                    const void *source)
{
    csign_status status = csign_store_may(store, CSIGN_STORE_OPEN, CSIGN_STORE_OPEN);

    if (status == CSIGN_OK)
        csign_store_put(store, record, 0, (const uint8_t *)source);
    return status;
}

csign_status csign_store_put_identity(csign_store *store,
                                      const csign_store_identity *identity)
{
    if (identity->id_len > CSIGN_ID_MAX)
        return CSIGN_E_ID;
    return put(store, csign_store_identity_record(store), identity);
}

csign_status csign_store_put_secret(csign_store *store, const uint8_t *secret)
{
    return put(store, STORE_SECRET, secret);
}

/* Forgets everything; ends as failed. */
static void give_up(csign_store *store)
{
    csign_store_sweep(store, STORE_FORGET | STORE_UNDO);
}

static void committed(csign_store *store)
{
    if (store->flags & STORE_BAD)
        give_up(store);
    else
        csign_store_end(store, CSIGN_STORE_READY);
}

static void read_back(csign_store *store)
{
    if (!is_whole(store)) {
        give_up(store);
        return;
    }
    csign_store_enter(store, STORE_HEADER, true);
    store->job = committed;
}

csign_status csign_store_commit(csign_store *store)
{
    csign_status status = csign_store_may(store, CSIGN_STORE_OPEN, CSIGN_STORE_OPEN);

    if (status != CSIGN_OK)
        return status;
    store->flags = 0;
    store->end = store->offset;
    store->job = read_back;
    return CSIGN_OK;
}
