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

/* The value that comes after the one in the slot at cell; 0 when that is not valid. */
static CSIGN_APART uint32_t after_slot(const csign_store *store, uint16_t cell)
{
    uint32_t value = csign_store_read_u32(store, cell);

    if ((csign_store_read_u32(store, (uint16_t)(cell + 4)) ^ value) != UINT32_MAX)
        return 0;
    return value + 1; /* ffffffff is never valid: so it is 0 too */
}

static uint16_t first_slot(const csign_store *store)
{
    return csign_store_cell(store, csign_store_counter_record(store));
}

uint32_t csign_store_next(const csign_store *store)
{
    uint16_t cell = first_slot(store);
    uint32_t greatest = 0;

    for (uint8_t left = store->memory->counters; left > 0;
         left--, cell += STORE_SLOT_LEN) {
        uint32_t after = after_slot(store, cell);

        if (after > greatest)
            greatest = after;
    }
    return greatest == UINT32_MAX ? 0 : greatest;
}

csign_step csign_store_damaged(csign_store *store)
{
    store->state = CSIGN_STORE_DAMAGED;
    return csign_store_finish(store, CSIGN_STEP_FAILED);
}

/* Serves when two slots hold the new value, else enters the slot with the least value or
 * no valid one of those that were not tried. */
static csign_step serve_or_enter(csign_store *store)
{
    uint16_t cell = first_slot(store);
    uint32_t least = UINT32_MAX;
    uint8_t taken = 0, entered = 0;

    for (uint8_t bit = 1, left = store->memory->counters; left > 0;
         left--, bit = (uint8_t)(bit << 1), cell += STORE_SLOT_LEN) {
        uint32_t after = after_slot(store, cell);

        if (after > store->upper)
            taken++;
        if (!(store->tried & bit) && after < least) {
            least = after;
            entered = bit;
            store->at = cell;
        }
    }
    if (taken < 2 && entered == 0)
        return csign_store_damaged(store);
    store->tried |= entered;
    store->end = (uint16_t)(store->at + STORE_SLOT_LEN);
    store->source = store->small;
    store->job = serve_or_enter;
    if (taken < 2)
        return CSIGN_STEP_MORE;
    store->lower = 0;
    store->state = CSIGN_STORE_SERVING;
    return csign_store_finish(store, CSIGN_STEP_DONE);
}

csign_step csign_store_take(csign_store *store)
{
    uint32_t value = csign_store_next(store);

    store->upper = value;
    store->tried = 0;
    store->flags = 0;
    if (value == 0)
        return csign_store_damaged(store);
    csign_store_split(store->small, value);
    csign_store_split(store->small + 4, ~value);
    return serve_or_enter(store);
}

csign_status csign_store_start(csign_store *store)
{
    bool is_serving = store->state == CSIGN_STORE_SERVING;
    csign_status status =
        csign_store_may(store, is_serving ? CSIGN_STORE_SERVING : CSIGN_STORE_READY);

    if (status != CSIGN_OK)
        return status;
    store->state = CSIGN_STORE_READY;
    csign_store_sweep(store, 0);
    return CSIGN_OK;
}

csign_status csign_store_secret(const csign_store *store, const csign_hasher *hasher,
                                void *keyed)
{
    uint8_t secret[CSIGN_SOURCE_SECRET_LEN];

    if (store->state != CSIGN_STORE_READY && store->state != CSIGN_STORE_SERVING)
        return CSIGN_E_ORDER;
    if (csign_store_is_busy(store))
        return CSIGN_E_BUSY;
    csign_store_copy(store, STORE_HEADER_LEN + STORE_MARKS, secret, sizeof secret);
    csign_hmac_key(hasher, keyed, secret, sizeof secret);
    csign_wipe(secret, sizeof secret);
    return CSIGN_OK;
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
