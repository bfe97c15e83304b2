/* SPDX-License-Identifier: MIT */
/* Key slots, rights, and the protocol's own commands F0 to FF. */
#include "fixture.h"

static struct lamp lamp;
static struct remote owner, guest;
static struct remote *const fresh = &guest; /* in its place: a remote of the new key */
static const uint8_t new_key[CSIGN_NEW_KEY_LEN] = "a new key of exactly 32 bytes ..";

enum { LAST = CSIGN_CODE_LAST, SET_KEY = CSIGN_CODE_SET_KEY, DROP_KEY = CSIGN_CODE_DROP_KEY };

/* Slot 0: the owner, every right. Slot 1: the guest, rows 0 and 1. */
static void make_shared_lamp(void)
{
    make_owned_lamp(&lamp, &csign_sealed_server);
    lamp.device.key_change = csign_key_change;
    (void)csign_device_set_key(&lamp.device, 1, 0x3, guest_key, sizeof guest_key);
    make_remote(&owner, &csign_sealed_client, owner_key, sizeof owner_key);
    make_remote(&guest, &csign_sealed_client, guest_key, sizeof guest_key);
}

static uint8_t status_of(struct remote *remote)
{
    return csign_client_reply_status(&remote->client);
}

static size_t set_key(uint8_t *bytes, uint8_t slot, uint32_t rights, const uint8_t *key)
{
    bytes[0] = SET_KEY;
    bytes[1] = slot;
    for (int i = 0; i < 4; i++)
        bytes[2 + i] = (uint8_t)(rights >> (24 - 8 * i));
    memcpy(bytes + 6, key, CSIGN_NEW_KEY_LEN);
    return CSIGN_SET_KEY_LEN;
}

/* One command on a connection of its own. */
static uint8_t once(struct remote *remote, const uint8_t *bytes, size_t len)
{
    connect_both(remote, &lamp, NOW);
    (void)command(remote, &lamp, bytes, len);
    return status_of(remote);
}

static uint8_t set_key_once(struct remote *remote, uint8_t slot, uint32_t rights,
                            const uint8_t *key)
{
    uint8_t bytes[CSIGN_SET_KEY_LEN];

    return once(remote, bytes, set_key(bytes, slot, rights, key));
}

static uint8_t drop_key_once(struct remote *remote, uint8_t slot)
{
    uint8_t bytes[] = {DROP_KEY, slot};

    return once(remote, bytes, sizeof bytes);
}

TEST(a_key_runs_what_its_rights_allow)
{
    make_shared_lamp();
    connect_both(&guest, &lamp, NOW);
    CHECK_EQUAL(command_code(&guest, &lamp, OFF), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_server_slot(&lamp.server), 1);
    CHECK_EQUAL(command_code(&guest, &lamp, STATUS), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(status_of(&guest), CSIGN_STATUS_NOT_ALLOWED);
    CHECK_EQUAL(lamp.runs, 1);
    /* The connection goes on. */
    CHECK_EQUAL(command_code(&guest, &lamp, ON), CSIGN_OUTCOME_DONE);
}

TEST(a_classic_command_that_a_key_may_not_run_never_matches)
{
    make_owned_lamp(&lamp, &csign_classic_server);
    (void)csign_device_set_key(&lamp.device, 1, 0x3, guest_key, sizeof guest_key);
    make_remote(&guest, &csign_classic_client, guest_key, sizeof guest_key);
    connect_both(&guest, &lamp, NOW);
    CHECK_EQUAL(command_code(&guest, &lamp, OFF), CSIGN_OUTCOME_DONE);
    connect_both(&guest, &lamp, NOW);
    ask_code(&guest, &lamp, STATUS);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
    CHECK_EQUAL(lamp.runs, 1);
}

TEST(an_unknown_code_is_told_after_the_proof)
{
    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    CHECK_EQUAL(command_code(&owner, &lamp, 0x77), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(status_of(&owner), CSIGN_STATUS_NO_COMMAND);
    CHECK_EQUAL(lamp.runs, 0);
}

TEST(codes_f3_to_ff_are_no_commands)
{
    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    for (unsigned code = 0xf3; code <= 0xff; code++) {
        CHECK_EQUAL(command_code(&owner, &lamp, (uint8_t)code), CSIGN_OUTCOME_FAILED);
        CHECK_EQUAL(status_of(&owner), CSIGN_STATUS_NO_COMMAND);
    }
}

static uint32_t rights_of(unsigned bit)
{
    if (bit < 32)
        return (uint32_t)1 << bit;
    return bit == 32 ? CSIGN_RIGHTS_ALL : 0;
}

/* Of the bits and rows a target, which is slower, tries the edges only. */
static int is_tried(unsigned number)
{
#ifdef CHECK_ON_TARGET
    return number == 0 || number % 8 == 7 || (number >= 30 && number <= 33);
#else
    (void)number;
    return 1;
#endif
}

enum { BITS = 34, ROWS = 40 };

/* Bit b allows row b up to 30; the rows from 31 on need bits 0 to 30; bit 31 nothing. */
static int is_allowed(unsigned bit, unsigned row)
{
    return bit == 32 || (bit < 31 && row == bit);
}

#define TEN_CODES(d) d##0, d##1, d##2, d##3, d##4, d##5, d##6, d##7, d##8, d##9

TEST(each_of_forty_rows_needs_its_right)
{
    static const uint8_t codes[ROWS] CSIGN_FLASH = {TEN_CODES(1), TEN_CODES(2), TEN_CODES(3),
                                                    TEN_CODES(4)};

    for (unsigned bit = 0; bit < BITS; bit++) {
        if (!is_tried(bit))
            continue;
        make_lamp(&lamp, &csign_sealed_server);
        lamp.device.commands.codes = codes;
        lamp.device.commands.count = ROWS;
        (void)csign_device_set_key(&lamp.device, 2, rights_of(bit), owner_key,
                                   sizeof owner_key);
        make_remote(&owner, &csign_sealed_client, owner_key, sizeof owner_key);
        connect_both(&owner, &lamp, NOW);
        for (uint8_t row = 0; row < ROWS; row++) {
            int allowed = is_allowed(bit, row);
            if (!is_tried(row))
                continue;
            CHECK_EQUAL(command_code(&owner, &lamp, csign_flash_u8(codes + row)),
                        allowed ? CSIGN_OUTCOME_DONE : CSIGN_OUTCOME_FAILED);
            CHECK_EQUAL(status_of(&owner),
                        allowed ? CSIGN_STATUS_DONE : CSIGN_STATUS_NOT_ALLOWED);
        }
    }
}

#define FIVE_LONG_CODES(d) 7, d##0, 7, d##1, 7, d##2, 7, d##3, 7, d##4
#define MORE_LONG_CODES(d) 7, d##5, 7, d##6, 7, d##7, 7, d##8, 7, d##9
#define TEN_LONG_CODES(d)  FIVE_LONG_CODES(d), MORE_LONG_CODES(d)

static const uint8_t long_codes[2 * ROWS] CSIGN_FLASH = {
    TEN_LONG_CODES(1), TEN_LONG_CODES(2), TEN_LONG_CODES(3), TEN_LONG_CODES(4)};

static void ask_for_long_code(unsigned bit, uint8_t row)
{
    uint8_t code[2] = {7, csign_flash_u8(long_codes + 2 * row + 1)};

    make_lamp(&lamp, &csign_classic_server);
    lamp.device.commands.codes = long_codes;
    lamp.device.commands.count = ROWS;
    lamp.device.commands.len = sizeof code;
    (void)csign_device_set_key(&lamp.device, 0, rights_of(bit), owner_key, 32);
    make_remote(&owner, &csign_classic_client, owner_key, sizeof owner_key);
    owner.config.code_len = sizeof code;
    connect_both(&owner, &lamp, NOW);
    ask(&owner, &lamp, code, sizeof code, NOW);
}

TEST(each_of_forty_classic_rows_needs_its_right)
{
    for (unsigned bit = 0; bit < BITS; bit++) {
        for (uint8_t row = 0; row < ROWS; row++) {
            if (!is_tried(bit) || !is_tried(row))
                continue;
            ask_for_long_code(bit, row);
            CHECK_EQUAL(csign_server_wants(&lamp.server),
                        is_allowed(bit, row) ? CSIGN_WANTS_RUN : CSIGN_WANTS_CLOSE);
            if (is_allowed(bit, row))
                CHECK_EQUAL(csign_server_command(&lamp.server), row);
        }
    }
}

TEST(equal_keys_are_refused_as_rfc_2104_takes_them)
{
    uint8_t padded[33] = {0}, hashed[32], two_blocks[128];
    csign_hasher hasher;

    memcpy(padded, owner_key, sizeof owner_key);
    memset(two_blocks, 'k', sizeof two_blocks);
    make_owned_lamp(&lamp, &csign_sealed_server);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 1, 1, owner_key, 32), CSIGN_E_KEY_KNOWN);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 1, 1, padded, 33), CSIGN_E_KEY_KNOWN);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 1, 1, two_blocks, sizeof two_blocks),
                CSIGN_OK);
    hasher = lamp.settings.hasher;
    csign_hash_begin(&hasher);
    csign_hash_add(&hasher, two_blocks, sizeof two_blocks);
    csign_hash_end(&hasher, hashed);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 2, 1, hashed, 32), CSIGN_E_KEY_KNOWN);
    CHECK_EQUAL(lamp.slots[2].is_held, 0);
}

TEST(a_key_is_refused_that_is_too_short_or_has_no_place)
{
    make_owned_lamp(&lamp, &csign_sealed_server);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 1, 1, other_key, 15), CSIGN_E_KEY_SHORT);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 0, 1, other_key, 16), CSIGN_E_SLOT_TAKEN);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, SLOTS, 1, other_key, 16), CSIGN_E_SLOT);
    CHECK_EQUAL(csign_device_drop_key(&lamp.device, 1), CSIGN_E_SLOT_EMPTY);
    CHECK_EQUAL(csign_device_drop_key(&lamp.device, SLOTS), CSIGN_E_SLOT);
    make_lamp(&lamp, &csign_classic_server);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 0, 1, other_key, 0), CSIGN_E_KEY_SHORT);
    CHECK_EQUAL(csign_device_set_key(&lamp.device, 0, 1, other_key, 1), CSIGN_OK);
}

TEST(last_tells_the_tag_of_the_request_run_last_under_this_key)
{
    uint8_t tag[CSIGN_LAST_LEN];
    size_t len;

    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    CHECK_EQUAL(command_code(&owner, &lamp, LAST), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(status_of(&owner), CSIGN_STATUS_NOTHING);
    ask_code(&owner, &lamp, ON);
    memcpy(tag, csign_client_request_tag(&owner.client), sizeof tag);
    run_and_answer(&lamp, NOW);
    lamp_to_remote(&lamp, &owner, NOW);

    /* Neither last itself nor refused commands nor another key's commands count. */
    connect_both(&guest, &lamp, NOW);
    CHECK_EQUAL(command_code(&guest, &lamp, LAST), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(status_of(&guest), CSIGN_STATUS_NOTHING);
    CHECK_EQUAL(command_code(&guest, &lamp, STATUS), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(command_code(&guest, &lamp, LAST), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(status_of(&guest), CSIGN_STATUS_NOTHING);
    connect_both(&owner, &lamp, NOW);
    CHECK_EQUAL(command_code(&owner, &lamp, 0x77), CSIGN_OUTCOME_FAILED);
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(command_code(&owner, &lamp, LAST), CSIGN_OUTCOME_DONE);
        const uint8_t *data = csign_client_reply_data(&owner.client, &len);
        CHECK_EQUAL(len, sizeof tag);
        CHECK_BYTES(data, tag, sizeof tag);
    }
}

TEST(last_takes_no_arguments)
{
    static const uint8_t bytes[] = {LAST, 0};

    make_shared_lamp();
    CHECK_EQUAL(once(&owner, bytes, sizeof bytes), CSIGN_STATUS_BAD_ARGUMENTS);
}

TEST(last_is_noted_before_the_handler_runs)
{
    uint8_t tag[CSIGN_LAST_LEN];

    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    ask_code(&owner, &lamp, ON);
    memcpy(tag, csign_client_request_tag(&owner.client), sizeof tag);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_RUN);
    CHECK_BYTES(lamp.slots[0].last, tag, sizeof tag);
    /* The connection is lost before the answer; last settles it. */
    csign_server_close(&lamp.server, CSIGN_E_STOPPED);
    connect_both(&owner, &lamp, NOW);
    CHECK_EQUAL(command_code(&owner, &lamp, LAST), CSIGN_OUTCOME_DONE);
    size_t len;
    CHECK_BYTES(csign_client_reply_data(&owner.client, &len), tag, sizeof tag);
}

TEST(a_command_that_fails_counts_for_last)
{
    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    ask_code(&owner, &lamp, ON);
    CHECK_EQUAL(csign_server_reply(&lamp.server, CSIGN_STATUS_FAILED, NULL, 0, NOW), CSIGN_OK);
    CHECK_EQUAL(lamp.slots[0].has_last, 1);
}

TEST(set_key_makes_a_new_key_work)
{
    make_shared_lamp();
    CHECK_EQUAL(set_key_once(&owner, 2, 0x1, new_key), CSIGN_STATUS_DONE);
    make_remote(fresh, &csign_sealed_client, new_key, sizeof new_key);
    connect_both(fresh, &lamp, NOW);
    CHECK_EQUAL(command_code(fresh, &lamp, ON), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(command_code(fresh, &lamp, OFF), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_server_slot(&lamp.server), 2);
}

TEST(a_new_key_is_not_accepted_before_it_is_stored)
{
    uint8_t bytes[CSIGN_SET_KEY_LEN];
    csign_change change;
    csign_server storing;
    uint8_t memory[MEMORY];

    make_shared_lamp();
    make_remote(fresh, &csign_sealed_client, new_key, sizeof new_key);
    connect_both(&owner, &lamp, NOW);
    ask(&owner, &lamp, bytes, set_key(bytes, 3, 0x80000005UL, new_key), NOW);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_STORE);
    change = csign_server_change(&lamp.server);
    CHECK_EQUAL(change.is_set, 1);
    CHECK_EQUAL(change.slot, 3);
    CHECK_EQUAL(change.rights, 0x80000005UL);
    CHECK_BYTES(change.key, new_key, sizeof new_key);
    set_aside(&lamp, &storing, memory);
    connect_both(fresh, &lamp, NOW);
    ask_code(fresh, &lamp, ON);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
    csign_server_close(&storing, CSIGN_E_STOPPED);
}

TEST(a_key_that_the_store_did_not_take_is_not_held)
{
    uint8_t bytes[CSIGN_SET_KEY_LEN];

    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    ask(&owner, &lamp, bytes, set_key(bytes, 2, 1, new_key), NOW);
    csign_server_stored(&lamp.server, false, NOW);
    lamp_to_remote(&lamp, &owner, NOW);
    CHECK_EQUAL(status_of(&owner), CSIGN_STATUS_FAILED);
    CHECK_EQUAL(lamp.slots[2].is_held, 0);
    /* The slot is as free as before. */
    CHECK_EQUAL(set_key_once(&owner, 2, 1, new_key), CSIGN_STATUS_DONE);
}

TEST(a_drop_that_the_store_did_not_take_drops_nothing)
{
    uint8_t bytes[] = {DROP_KEY, 1};

    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    ask(&owner, &lamp, bytes, sizeof bytes, NOW);
    csign_server_stored(&lamp.server, false, NOW);
    lamp_to_remote(&lamp, &owner, NOW);
    CHECK_EQUAL(status_of(&owner), CSIGN_STATUS_FAILED);
    connect_both(&guest, &lamp, NOW);
    CHECK_EQUAL(command_code(&guest, &lamp, ON), CSIGN_OUTCOME_DONE);
}

TEST(set_key_fails_into_an_occupied_slot_or_with_a_held_key)
{
    make_shared_lamp();
    CHECK_EQUAL(set_key_once(&owner, 1, 1, new_key), CSIGN_STATUS_FAILED);
    CHECK_EQUAL(set_key_once(&owner, 2, 1, guest_key), CSIGN_STATUS_FAILED);
    CHECK_EQUAL(set_key_once(&owner, 0, 1, new_key), CSIGN_STATUS_FAILED);
    CHECK_EQUAL(lamp.slots[2].is_held, 0);
}

TEST(drop_key_fails_for_an_empty_slot_and_the_last_administrator)
{
    make_shared_lamp();
    CHECK_EQUAL(drop_key_once(&owner, 2), CSIGN_STATUS_FAILED);
    CHECK_EQUAL(drop_key_once(&owner, 0), CSIGN_STATUS_FAILED);
    CHECK_EQUAL(set_key_once(&owner, 2, CSIGN_RIGHT_ADMIN, new_key), CSIGN_STATUS_DONE);
    CHECK_EQUAL(drop_key_once(&owner, 0), CSIGN_STATUS_DONE);
    CHECK_EQUAL(lamp.slots[0].is_held, 0);
}

TEST(key_changes_are_checked_in_the_protocols_order)
{
    uint8_t bytes[CSIGN_SET_KEY_LEN + 1];
    size_t len = set_key(bytes, SLOTS, 1, new_key);

    make_shared_lamp();
    /* Not an administrator: 03, whatever else is wrong, and it does not count. */
    CHECK_EQUAL(once(&guest, bytes, 3), CSIGN_STATUS_NOT_ALLOWED);
    CHECK_EQUAL(lamp.slots[1].has_last, 0);
    /* No such slot or a wrong length: 02, before the slots are looked at. */
    CHECK_EQUAL(once(&owner, bytes, len), CSIGN_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(lamp.slots[0].has_last, 1);
    bytes[1] = 2;
    CHECK_EQUAL(once(&owner, bytes, len - 1), CSIGN_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(once(&owner, bytes, len + 1), CSIGN_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(once(&owner, bytes, 1), CSIGN_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(drop_key_once(&owner, SLOTS), CSIGN_STATUS_BAD_ARGUMENTS);
    bytes[0] = DROP_KEY;
    CHECK_EQUAL(once(&owner, bytes, 3), CSIGN_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(once(&owner, bytes, 1), CSIGN_STATUS_BAD_ARGUMENTS);
}

TEST(a_device_without_a_store_has_no_key_commands)
{
    make_shared_lamp();
    lamp.device.key_change = NULL;
    CHECK_EQUAL(set_key_once(&owner, 2, 1, new_key), CSIGN_STATUS_NO_COMMAND);
    CHECK_EQUAL(drop_key_once(&owner, 1), CSIGN_STATUS_NO_COMMAND);
    CHECK_EQUAL(lamp.slots[0].has_last, 0);
}

TEST(a_key_that_drops_itself_is_answered_and_then_closed)
{
    uint8_t bytes[] = {DROP_KEY, 0};

    make_shared_lamp();
    CHECK_EQUAL(set_key_once(&owner, 2, CSIGN_RIGHT_ADMIN, new_key), CSIGN_STATUS_DONE);
    connect_both(&owner, &lamp, NOW);
    CHECK_EQUAL(command(&owner, &lamp, bytes, sizeof bytes), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_server_wants(&lamp.server), CSIGN_WANTS_CLOSE);
    connect_both(&owner, &lamp, NOW);
    ask_code(&owner, &lamp, ON);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
}

/* Idle, running a handler, sending a reply. */
static void bring_guest_to(int state)
{
    connect_both(&guest, &lamp, NOW);
    if (state == 0)
        CHECK_EQUAL(command_code(&guest, &lamp, ON), CSIGN_OUTCOME_DONE);
    else
        ask_code(&guest, &lamp, ON);
    if (state == 2)
        run_and_answer(&lamp, NOW);
}

/* A target has no room for the three at once. */
enum { STATES = 3, AT_ONCE = MEMORY < 512 ? 1 : STATES };

TEST(every_connection_of_a_dropped_key_closes)
{
    csign_server others[AT_ONCE];
    uint8_t memory[AT_ONCE][MEMORY];

    for (int first = 0; first < STATES; first += AT_ONCE) {
        make_shared_lamp();
        for (int i = 0; i < AT_ONCE; i++) {
            bring_guest_to(first + i);
            set_aside(&lamp, &others[i], memory[i]);
        }
        CHECK_EQUAL(drop_key_once(&owner, 1), CSIGN_STATUS_DONE);
        for (int i = 0; i < AT_ONCE; i++) {
            CHECK_EQUAL(csign_server_wants(&others[i]), CSIGN_WANTS_CLOSE);
            CHECK_EQUAL(csign_server_reason(&others[i]), CSIGN_P_DROPPED);
            CHECK_EQUAL(csign_server_take(&others[i], owner_key, 9, NOW), 0);
        }
    }
}

TEST(a_connection_of_an_old_key_is_none_of_the_new_key_in_its_slot)
{
    csign_server idle;
    uint8_t memory[MEMORY];

    make_shared_lamp();
    connect_both(&guest, &lamp, NOW);
    CHECK_EQUAL(command_code(&guest, &lamp, ON), CSIGN_OUTCOME_DONE);
    set_aside(&lamp, &idle, memory);
    CHECK_EQUAL(drop_key_once(&owner, 1), CSIGN_STATUS_DONE);
    CHECK_EQUAL(set_key_once(&owner, 1, CSIGN_RIGHTS_ALL, guest_key), CSIGN_STATUS_DONE);
    CHECK_EQUAL(csign_server_wants(&idle), CSIGN_WANTS_CLOSE);
    CHECK_EQUAL(lamp.slots[1].has_last, 0);
}

TEST(one_key_change_at_a_time)
{
    uint8_t bytes[CSIGN_SET_KEY_LEN];
    csign_server storing;
    uint8_t memory[MEMORY];

    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    ask(&owner, &lamp, bytes, set_key(bytes, 2, 1, new_key), NOW);
    set_aside(&lamp, &storing, memory);
    CHECK_EQUAL(set_key_once(&owner, 3, 1, other_key), CSIGN_STATUS_FAILED);
    csign_server_stored(&storing, true, NOW);
    CHECK_EQUAL(lamp.slots[2].is_held, 1);
    CHECK_EQUAL(set_key_once(&owner, 3, 1, other_key), CSIGN_STATUS_DONE);
}

TEST(a_connection_lost_while_its_key_is_stored_frees_the_slot)
{
    uint8_t bytes[CSIGN_SET_KEY_LEN];

    make_shared_lamp();
    connect_both(&owner, &lamp, NOW);
    ask(&owner, &lamp, bytes, set_key(bytes, 2, 1, new_key), NOW);
    csign_server_close(&lamp.server, CSIGN_E_STOPPED);
    CHECK(lamp.device.changing == NULL);
    CHECK_EQUAL(set_key_once(&owner, 2, 1, new_key), CSIGN_STATUS_DONE);
}

TEST(rotation_always_leaves_a_key_that_works)
{
    make_shared_lamp();
    make_remote(fresh, &csign_sealed_client, new_key, sizeof new_key);
    CHECK_EQUAL(set_key_once(&owner, 2, CSIGN_RIGHTS_EVERY, new_key), CSIGN_STATUS_DONE);
    connect_both(&owner, &lamp, NOW);
    CHECK_EQUAL(command_code(&owner, &lamp, ON), CSIGN_OUTCOME_DONE);
    connect_both(fresh, &lamp, NOW);
    CHECK_EQUAL(command_code(fresh, &lamp, ON), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(drop_key_once(fresh, 0), CSIGN_STATUS_DONE);
    connect_both(&owner, &lamp, NOW);
    ask_code(&owner, &lamp, ON);
    CHECK_EQUAL(csign_server_reason(&lamp.server), CSIGN_P_TAG);
    connect_both(fresh, &lamp, NOW);
    CHECK_EQUAL(command_code(fresh, &lamp, ON), CSIGN_OUTCOME_DONE);
}

TEST(a_slot_without_a_key_holds_nothing_of_one)
{
    static const uint8_t none[sizeof(csign_sha256_keyed)];

    make_shared_lamp();
    CHECK_EQUAL(drop_key_once(&owner, 1), CSIGN_STATUS_DONE);
    CHECK_BYTES(csign_device_keyed(&lamp.device, 1), none, sizeof none);
    CHECK_EQUAL(lamp.slots[1].rights, 0);
    CHECK_EQUAL(set_key_once(&owner, 1, 1, owner_key), CSIGN_STATUS_FAILED);
    CHECK_BYTES(csign_device_keyed(&lamp.device, 1), none, sizeof none);
}

TEST(a_new_key_in_a_slot_has_run_nothing_yet)
{
    const uint8_t on = ON, last = LAST;

    make_shared_lamp();
    CHECK_EQUAL(once(&guest, &on, 1), CSIGN_STATUS_DONE);
    CHECK_EQUAL(once(&guest, &last, 1), CSIGN_STATUS_DONE);
    CHECK_EQUAL(drop_key_once(&owner, 1), CSIGN_STATUS_DONE);
    CHECK_EQUAL(set_key_once(&owner, 1, 1, new_key), CSIGN_STATUS_DONE);
    make_remote(fresh, &csign_sealed_client, new_key, sizeof new_key);
    CHECK_EQUAL(once(fresh, &last, 1), CSIGN_STATUS_NOTHING);
}

TESTS(RUN(a_key_runs_what_its_rights_allow),
      RUN(a_classic_command_that_a_key_may_not_run_never_matches),
      RUN(an_unknown_code_is_told_after_the_proof), RUN(codes_f3_to_ff_are_no_commands),
      RUN(each_of_forty_rows_needs_its_right),
      RUN(each_of_forty_classic_rows_needs_its_right),
      RUN(equal_keys_are_refused_as_rfc_2104_takes_them),
      RUN(a_key_is_refused_that_is_too_short_or_has_no_place),
      RUN(last_tells_the_tag_of_the_request_run_last_under_this_key),
      RUN(last_takes_no_arguments), RUN(last_is_noted_before_the_handler_runs),
      RUN(a_command_that_fails_counts_for_last), RUN(set_key_makes_a_new_key_work),
      RUN(a_new_key_is_not_accepted_before_it_is_stored),
      RUN(a_key_that_the_store_did_not_take_is_not_held),
      RUN(a_drop_that_the_store_did_not_take_drops_nothing),
      RUN(set_key_fails_into_an_occupied_slot_or_with_a_held_key),
      RUN(drop_key_fails_for_an_empty_slot_and_the_last_administrator),
      RUN(key_changes_are_checked_in_the_protocols_order),
      RUN(a_device_without_a_store_has_no_key_commands),
      RUN(a_key_that_drops_itself_is_answered_and_then_closed),
      RUN(every_connection_of_a_dropped_key_closes),
      RUN(a_connection_of_an_old_key_is_none_of_the_new_key_in_its_slot),
      RUN(one_key_change_at_a_time),
      RUN(a_connection_lost_while_its_key_is_stored_frees_the_slot),
      RUN(rotation_always_leaves_a_key_that_works),
      RUN(a_slot_without_a_key_holds_nothing_of_one),
      RUN(a_new_key_in_a_slot_has_run_nothing_yet))
