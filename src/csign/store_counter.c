/* SPDX-License-Identifier: MIT */
/* store_counter.c: the upper counter and the challenges made from it (docs/protocol.md,
 * section 8).
 *
 * A slot is a value, big endian, and its complement: a check that starts from ffffffff,
 * of which each byte covers one of the value. Value first, then check, byte by byte
 * upwards: a slot cut at any byte holds its old value, its new one or none, never a
 * third.
 */
#include "store_state.h"

#include "bytes.h"

/* The value that comes after the one in the slot at offset; 0 when that is not valid. */
static CSIGN_APART uint32_t after_slot(const csign_store *store, uint8_t offset)
{
    uint8_t record = csign_store_counter_record(store);
    uint32_t value = 0;

    for (uint8_t i = 0; i < STORE_SLOT_LEN; i++) {
        uint8_t byte = csign_store_read(store, record, offset++);

        if (i >= 4) {
            byte = (uint8_t)~byte;
            if (byte != (uint8_t)(value >> 24))
                return 0;
        }
        value = value << 8 | byte;
    }
    return value + 1; /* ffffffff is never valid: so it is 0 too */
}

static uint8_t end_of_slots(const csign_store *store)
{
    return (uint8_t)(store->memory->counters * STORE_SLOT_LEN);
}

/* Counts the slots that hold the new value. The next span is the slot with the least
 * value or no valid one of those that were not tried; it stays empty when all were. At
 * first raises upper to the value that comes after the greatest; the count then says
 * nothing. */
static CSIGN_APART uint8_t survey(csign_store *store, bool is_first)
{
    uint32_t least = UINT32_MAX;
    uint8_t taken = 0, entered = 0, bit = 1;

    for (uint8_t offset = 0; offset < end_of_slots(store);
         offset = (uint8_t)(offset + STORE_SLOT_LEN)) {
        uint32_t after = after_slot(store, offset);

        if (after > store->upper) {
            taken++;
            if (is_first)
                store->upper = after;
        }
        if (!(store->tried & bit) && after < least) {
            least = after;
            entered = bit;
            store->offset = offset;
            store->end = (uint8_t)(offset + STORE_SLOT_LEN);
        }
        bit = (uint8_t)(bit << 1);
    }
    store->tried |= entered;
    return taken;
}

bool csign_store_next(csign_store *store)
{
    store->upper = 0;
    (void)survey(store, true);
    return store->upper != 0 && store->upper != UINT32_MAX;
}

/* Serves when two slots hold the new value, else enters a further one. */
static void serve_or_enter(csign_store *store)
{
    uint8_t taken = survey(store, false);

    store->source = store->small;
    store->job = serve_or_enter;
    if (taken >= 2)
        csign_store_end(store, CSIGN_STORE_SERVING);
    else if (store->offset == store->end)
        csign_store_end(store, CSIGN_STORE_DAMAGED);
}

void csign_store_take(csign_store *store)
{
    if (!csign_store_next(store)) {
        csign_store_end(store, CSIGN_STORE_DAMAGED);
        return;
    }
    store->record = csign_store_counter_record(store);
    store->lower = 0;
    store->tried = 0;
    csign_put_u32(store->small, store->upper);
    csign_put_u32(store->small + 4, ~store->upper);
    serve_or_enter(store);
}

csign_status csign_store_start(csign_store *store)
{
    return csign_store_begin_sweep(store, CSIGN_STORE_READY, CSIGN_STORE_SERVING, 0);
}

csign_status csign_store_secret(const csign_store *store, const csign_hasher *hasher,
                                void *keyed)
{
    uint8_t secret[CSIGN_SOURCE_SECRET_LEN];
    csign_status status =
        csign_store_may_read(store, CSIGN_STORE_READY, CSIGN_STORE_SERVING);

    if (status == CSIGN_OK) {
        csign_store_copy(store, STORE_SECRET, STORE_MARKS, secret, sizeof secret);
        csign_hmac_key(hasher, keyed, secret, sizeof secret);
        csign_wipe(secret, sizeof secret);
    }
    return status;
}

csign_status csign_store_challenge(csign_store *store, const csign_hasher *hasher,
                                   const void *keyed, const uint8_t *entropy,
                                   uint8_t entropy_len, uint8_t *out, uint8_t len)
{
    if (store->state == CSIGN_STORE_READY) {
        (void)csign_store_start(store);
        return CSIGN_E_BUSY;
    }
    if (store->state != CSIGN_STORE_SERVING)
        return CSIGN_E_ORDER;
    csign_challenge_make(hasher, keyed, store->upper, store->lower, entropy, entropy_len,
                         out, len);
    if (++store->lower == 0)
        store->state = CSIGN_STORE_READY;
    return CSIGN_OK;
}
