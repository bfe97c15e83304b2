/* SPDX-License-Identifier: MIT */
/* Which state a store is found in, where its bytes lie, and how it is provisioned. */
#include "store_fixture.h"

/* -- which state ---------------------------------------------------------------- */

TEST(an_erased_memory_is_erased)
{
    fill(0xff);
    CHECK_EQUAL(reopen(), CSIGN_STORE_ERASED);
    fill(0x00);
    CHECK_EQUAL(reopen(), CSIGN_STORE_ERASED);
    CHECK(!chip.is_misused);
}

TEST(somebody_elses_data_is_foreign)
{
    for (uint32_t seed = 0; seed < 200; seed++) {
        uint32_t state = seed;

        fill(0);
        for (uint16_t i = 0; i < CELLS; i++)
            chip.cells[i] = noise(&state);
        CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    }
    CHECK(!chip.is_misused);
}

TEST(a_little_data_in_an_erased_memory_is_foreign)
{
    for (uint16_t cell = 0; cell < CELLS - 1; cell++) {
        fill(0xff);
        chip.cells[cell] = 0x12;
        chip.cells[cell + 1] = 0x34;
        CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    }
    CHECK(!chip.is_misused);
}

TEST(a_memory_full_of_one_byte_is_foreign)
{
    for (uint16_t byte = 1; byte < 0xff; byte++) {
        fill((uint8_t)byte);
        CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    }
}

TEST(a_store_at_another_base_is_foreign)
{
    make_ready();
    memmove(chip.cells + 1, chip.cells, CELLS - 1);
    CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    make_ready();
    memmove(chip.cells, chip.cells + 1, CELLS - 1);
    CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
}

TEST(a_store_with_other_numbers_of_slots_is_foreign)
{
    csign_store_memory other = memory;

    make_ready();
    other.key_slots--;
    CHECK_EQUAL(csign_store_open(&store, &other), CSIGN_STORE_FOREIGN);
    chip.cells[7] = COUNTERS + 1;
    CHECK_EQUAL(reopen(), CSIGN_STORE_FOREIGN);
    CHECK(!chip.is_misused);
}

TEST(a_provisioned_store_is_ready_and_holds_what_was_put)
{
    make_ready();
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_READY);
    CHECK(start());
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_SERVING);
    CHECK(holds(1, 0x3));
    CHECK(draw());
    CHECK(!chip.is_misused);
}

TEST(a_provisioning_that_was_not_ended_is_begun)
{
    csign_store_identity identity = identity_of(1);
    uint8_t secret[32];

    make_secret(1, secret);
    fill(0x00);
    (void)reopen();
    for (uint8_t last = 0; last < 5; last++) {
        CHECK(done(csign_store_begin(&store)));
        CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_OPEN);
        CHECK(last < 1 || done(csign_store_put_identity(&store, &identity)));
        CHECK(last < 2 || done(csign_store_put_secret(&store, secret)));
        CHECK(last < 3 || put_key(1, 0));
        CHECK(last < 4 || put_key(1, 3));
        CHECK_EQUAL(reopen(), CSIGN_STORE_BEGUN);
        CHECK_EQUAL(csign_store_start(&store), CSIGN_E_ORDER);
        CHECK_EQUAL(csign_store_put_secret(&store, secret), CSIGN_E_ORDER);
        CHECK_EQUAL(csign_store_commit(&store), CSIGN_E_ORDER);
    }
    CHECK(!chip.is_misused);
}

/* Whether it serves with everything as it was, or does not serve. */
static bool is_closed_or_same(uint16_t cell, uint8_t value)
{
    uint8_t kept = chip.cells[cell];
    bool is_good;

    forget_challenges();
    chip.cells[cell] = value;
    if (reopen() == CSIGN_STORE_READY) {
        is_good = start() && holds(1, 0x3) && draw();
        make_serving();
        return is_good;
    }
    is_good = csign_store_start(&store) == CSIGN_E_ORDER && !draw();
    chip.cells[cell] = kept;
    return is_good;
}

TEST(a_damaged_byte_closes_the_store_or_changes_nothing)
{
    static const uint8_t values[] = {0x00, 0xff, 0x3c, 0xc3};
#ifdef CHECK_ON_TARGET
    enum { BITS = 1 }; /* another one in each cell, for a target is slower */
#else
    enum { BITS = 8 };
#endif

    make_serving();
    for (uint16_t cell = 0; cell < CELLS; cell++) {
        uint32_t seed = cell;

        for (uint8_t i = 0; i < BITS; i++) {
            uint8_t bit = (uint8_t)(1 << (cell + i) % 8);

            CHECK(is_closed_or_same(cell, chip.cells[cell] ^ bit));
            CHECK(is_closed_or_same(cell, noise(&seed)));
        }
        for (uint8_t i = 0; i < sizeof values; i++)
            CHECK(is_closed_or_same(cell, values[i]));
    }
    CHECK(!chip.is_misused);
}

static csign_store_state state_with(uint16_t cell, uint8_t flip)
{
    make_ready();
    chip.cells[cell] ^= flip;
    return reopen();
}

TEST(damage_is_called_damage)
{
    CHECK_EQUAL(state_with(AT_IDENTITY + 20, 1), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(state_with(AT_SECRET + 2, 0x80), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(state_with(AT_SECRET + 37, 0x80), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(state_with(AT_KEYS + 2, 0x01), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(state_with(AT_KEYS + KEY_CELLS + 6, 0x40), CSIGN_STORE_DAMAGED);
    /* An empty slot holds nothing that could break, a mark has its twin. */
    CHECK_EQUAL(state_with(AT_KEYS + 2 * KEY_CELLS + 6, 0x40), CSIGN_STORE_READY);
    CHECK_EQUAL(state_with(AT_KEYS, 0xff), CSIGN_STORE_READY);
    CHECK_EQUAL(state_with(AT_MARKS, 0xff), CSIGN_STORE_READY);
    CHECK_EQUAL(state_with(AT_COUNTER, 0xff), CSIGN_STORE_READY);
    CHECK(done(csign_store_begin(&store)));
    chip.cells[AT_MARKS + 1] = 0x11;
    CHECK_EQUAL(reopen(), CSIGN_STORE_BEGUN);
}

/* Cells that were read or written at a wrong address are no key of that slot. */
TEST(a_record_in_the_place_of_another_is_damage)
{
    make_ready();
    memcpy(chip.cells + AT_KEYS + 2 * KEY_CELLS, chip.cells + AT_KEYS, KEY_CELLS);
    CHECK_EQUAL(reopen(), CSIGN_STORE_DAMAGED);
    make_ready();
    memcpy(chip.cells + AT_KEYS, chip.cells + AT_SECRET, KEY_CELLS);
    CHECK_EQUAL(reopen(), CSIGN_STORE_DAMAGED);
}

/* -- layout --------------------------------------------------------------------- */

/* Writes a held record as docs/store.md says, in its own words. */
static uint16_t write_record(uint8_t *at, uint8_t record, const void *bytes, uint8_t len,
                             uint32_t rights)
{
    uint16_t crc = (uint16_t)(0xffff - record);

    memset(at, 0x3c, 2);
    memcpy(at + 2, bytes, len);
    for (uint8_t i = 0; i < 4; i++)
        at[2 + len + i] = (uint8_t)(rights >> (24 - 8 * i));
    for (uint8_t i = 0; i < len + 4; i++) {
        for (uint8_t bit = 0x80; bit != 0; bit >>= 1) {
            bool carry = (crc & 0x8000) != 0;

            if (at[2 + i] & bit)
                carry = !carry;
            crc = (uint16_t)(crc << 1);
            if (carry)
                crc ^= 0x1021;
        }
    }
    at[len + 6] = (uint8_t)(crc >> 8);
    at[len + 7] = (uint8_t)crc;
    return (uint16_t)(len + 8);
}

static void write_empty(uint8_t *at)
{
    memset(at, 0xff, 40);
    memset(at, 0xc3, 2);
}

/* Owner 1's store as docs/store.md lays it out. */
static void write_store(uint8_t image[CELLS], const csign_store_identity *identity)
{
    static const uint8_t header[8] = {0x3c, 0x3c, 'c', 's', 'S', 1, KEYS, COUNTERS};
    uint8_t bytes[32];
    uint8_t *at = image + 8;

    memcpy(image, header, sizeof header);
    make_secret(1, bytes);
    at += write_record(at, 1, bytes, 32, 0);
    for (uint8_t slot = 0; slot < 2; slot++) {
        make_key(1, slot, bytes);
        at += write_record(at, (uint8_t)(2 + slot), bytes, 32, rights_of(1, slot));
    }
    write_empty(at);
    write_empty(at + 40);
    at += 80;
    at += write_record(at, 2 + KEYS, identity, 73, 0);
    for (uint8_t slot = 0; slot < COUNTERS; slot++, at += 8) {
        memset(at, 0x00, 4);
        memset(at + 4, 0xff, 4);
    }
}

TEST(the_layout_is_the_documented_one)
{
    csign_store_identity identity = identity_of(1);
    uint8_t image[CELLS];

    write_store(image, &identity);
    make_ready();
    CHECK_BYTES(chip.cells, image, sizeof image);
}

TEST(an_id_that_claims_to_be_longer_than_64_bytes_is_not_given)
{
    csign_store_identity identity = identity_of(1);

    identity.id_len = 65;
    fill(0xff);
    write_store(chip.cells, &identity);
    CHECK_EQUAL(reopen(), CSIGN_STORE_READY);
    CHECK_EQUAL(csign_store_identify(&store, &identity), CSIGN_E_ID);
}

/* -- provisioning --------------------------------------------------------------- */

TEST(provisioning_without_an_identity_or_a_secret_fails_and_forgets)
{
    csign_store_identity identity = identity_of(1);
    uint8_t secret[32];

    make_secret(1, secret);
    make_ready();
    CHECK(done(csign_store_begin(&store)));
    CHECK(done(csign_store_put_identity(&store, &identity)));
    CHECK(put_key(1, 0));
    CHECK_EQUAL(csign_store_commit(&store), CSIGN_OK);
    CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
    CHECK_EQUAL(csign_store_now(&store), CSIGN_STORE_BEGUN);
    CHECK(!lies_in_chip(identity.id, identity.id_len));
    CHECK(done(csign_store_begin(&store)));
    CHECK(done(csign_store_put_secret(&store, secret)));
    CHECK_EQUAL(csign_store_commit(&store), CSIGN_OK);
    CHECK_EQUAL(run(), CSIGN_STEP_FAILED);
    CHECK_EQUAL(reopen(), CSIGN_STORE_BEGUN);
    CHECK(!chip.is_misused);
}

TEST(a_new_provisioning_leaves_nothing_of_the_one_before)
{
    uint8_t bytes[32];

    make_serving();
    CHECK(set_key(1, 2));
    CHECK(done(csign_store_begin(&store)));
    for (uint8_t slot = 0; slot < 3; slot++) {
        make_key(1, slot, bytes);
        CHECK(!lies_in_chip(bytes, 4));
    }
    make_secret(1, bytes);
    CHECK(!lies_in_chip(bytes, 4));
    CHECK(provision(2));
    CHECK(start_and_draw());
    CHECK(holds(2, 0x3));
    CHECK(!chip.is_misused);
}

TEST(a_part_may_be_put_again)
{
    csign_store_identity identity = identity_of(2);
    uint8_t secret[32];

    fill(0xff);
    (void)reopen();
    CHECK(done(csign_store_begin(&store)));
    make_secret(2, secret);
    CHECK(done(csign_store_put_identity(&store, &identity)));
    CHECK(done(csign_store_put_secret(&store, secret)));
    identity = identity_of(1);
    make_secret(1, secret);
    CHECK(done(csign_store_put_secret(&store, secret)));
    CHECK(done(csign_store_put_identity(&store, &identity)));
    CHECK(put_key(1, 0));
    CHECK_EQUAL(csign_store_put_key(&store, 0, 1, secret), CSIGN_E_SLOT_TAKEN);
    CHECK(done(csign_store_commit(&store)));
    CHECK(start_and_draw());
    CHECK(holds(1, 0x1));
    CHECK(!chip.is_misused);
}

TEST(a_key_can_be_read_back_while_provisioning)
{
    uint8_t key[32], expected[32];
    uint32_t rights;

    fill(0xff);
    (void)reopen();
    CHECK(done(csign_store_begin(&store)));
    CHECK(put_key(1, 3));
    make_key(1, 3, expected);
    CHECK_EQUAL(csign_store_key(&store, 3, &rights, key), CSIGN_OK);
    CHECK_EQUAL(rights, rights_of(1, 3));
    CHECK_BYTES(key, expected, sizeof key);
    CHECK_EQUAL(csign_store_key(&store, 0, &rights, key), CSIGN_E_SLOT_EMPTY);
    CHECK_EQUAL(csign_store_key(&store, KEYS, &rights, key), CSIGN_E_SLOT);
}

TEST(an_id_may_have_0_to_64_bytes)
{
    csign_store_identity identity = identity_of(1), read;
    uint8_t secret[32];

    make_secret(1, secret);
    fill(0xff);
    (void)reopen();
    CHECK(done(csign_store_begin(&store)));
    CHECK_EQUAL(csign_store_identify(&store, &read), CSIGN_E_ID);
    identity.id_len = 65;
    CHECK_EQUAL(csign_store_put_identity(&store, &identity), CSIGN_E_ID);
    for (uint8_t i = 0; i < 2; i++) {
        identity.id_len = i == 0 ? 0 : CSIGN_ID_MAX;
        memset(identity.id, 'x', CSIGN_ID_MAX);
        CHECK(done(csign_store_put_identity(&store, &identity)));
        CHECK_EQUAL(csign_store_identify(&store, &read), CSIGN_OK);
        CHECK_BYTES(&read, &identity, sizeof read);
    }
}

/* -- memories ------------------------------------------------------------------- */

TEST(a_memory_that_cannot_hold_a_store_is_refused)
{
    csign_store_memory m = memory;

    CHECK_EQUAL(csign_store_check(&m), CSIGN_OK);
    CHECK_EQUAL(csign_store_bytes(&m), CELLS);
    m.is_busy = NULL;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_OK);
    m.base = (uint16_t)(65536L - CELLS);
    CHECK_EQUAL(csign_store_check(&m), CSIGN_OK);
    m.base++;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_MEMORY);
    m = memory;
    m.counters = 3;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_SLOT_COUNT);
    m.counters = 9;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_SLOT_COUNT);
    m = memory;
    m.key_slots = 0;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_SLOT_COUNT);
    m.key_slots = 251;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_SLOT_COUNT);
    m.read = NULL;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_MEMORY);
    m = memory;
    m.write = NULL;
    CHECK_EQUAL(csign_store_check(&m), CSIGN_E_MEMORY);
}

TESTS(RUN(an_erased_memory_is_erased), RUN(somebody_elses_data_is_foreign),
      RUN(a_little_data_in_an_erased_memory_is_foreign),
      RUN(a_memory_full_of_one_byte_is_foreign), RUN(a_store_at_another_base_is_foreign),
      RUN(a_store_with_other_numbers_of_slots_is_foreign),
      RUN(a_provisioned_store_is_ready_and_holds_what_was_put),
      RUN(a_provisioning_that_was_not_ended_is_begun),
      RUN(a_damaged_byte_closes_the_store_or_changes_nothing),
      RUN(damage_is_called_damage), RUN(a_record_in_the_place_of_another_is_damage),
      RUN(the_layout_is_the_documented_one),
      RUN(an_id_that_claims_to_be_longer_than_64_bytes_is_not_given),
      RUN(provisioning_without_an_identity_or_a_secret_fails_and_forgets),
      RUN(a_new_provisioning_leaves_nothing_of_the_one_before),
      RUN(a_part_may_be_put_again), RUN(a_key_can_be_read_back_while_provisioning),
      RUN(an_id_may_have_0_to_64_bytes),
      RUN(a_memory_that_cannot_hold_a_store_is_refused))
