/* SPDX-License-Identifier: MIT */
/* The configuration checks name what is wrong. */
#include "fixture.h"

static struct lamp lamp;
static struct remote remote;

static csign_status check_sealed(void)
{
    return csign_device_check(&lamp.device, false);
}

static void start(bool is_sealed)
{
    make_lamp(&lamp, is_sealed ? &csign_sealed_server : &csign_classic_server);
    make_remote(&remote, is_sealed ? &csign_sealed_client : &csign_classic_client, owner_key,
                sizeof owner_key);
}

/* Sets a field of the lamp, which is fine otherwise, and expects the number. */
#define CHECK_NAMES(is_sealed, assignment, expected) \
    do {                                             \
        start(is_sealed);                            \
        CHECK_EQUAL(check_sealed(), CSIGN_OK);       \
        assignment;                                  \
        CHECK_EQUAL(check_sealed(), (expected));     \
    } while (0)

TEST(lengths_are_checked_by_profile)
{
    CHECK_NAMES(true, lamp.settings.wake = 7, CSIGN_E_WAKE);
    CHECK_NAMES(true, lamp.settings.wake = 65, CSIGN_E_WAKE);
    CHECK_NAMES(true, lamp.settings.wake = 64, CSIGN_OK);
    CHECK_NAMES(true, lamp.settings.wake = 8, CSIGN_OK);
    CHECK_NAMES(false, lamp.settings.wake = 0, CSIGN_OK);
    CHECK_NAMES(false, lamp.settings.wake = 255, CSIGN_OK);
    CHECK_NAMES(true, lamp.settings.challenge = 7, CSIGN_E_CHALLENGE);
    CHECK_NAMES(true, lamp.settings.challenge = 65, CSIGN_E_CHALLENGE);
    CHECK_NAMES(false, lamp.settings.challenge = 0, CSIGN_E_CHALLENGE);
    CHECK_NAMES(false, lamp.settings.challenge = 1, CSIGN_OK);
    CHECK_NAMES(false, lamp.settings.challenge = 65, CSIGN_E_CHALLENGE);
    CHECK_NAMES(true, lamp.settings.tag = 15, CSIGN_E_TAG_LENGTH);
    CHECK_NAMES(true, lamp.settings.tag = 33, CSIGN_E_TAG_LENGTH);
    CHECK_NAMES(true, lamp.settings.tag = 32, CSIGN_OK);
    CHECK_NAMES(false, lamp.settings.tag = 0, CSIGN_OK);
    CHECK_NAMES(true, lamp.settings.id_len = 65, CSIGN_E_ID);
    CHECK_NAMES(true, lamp.settings.id_len = 0, CSIGN_OK);
    CHECK_NAMES(true, lamp.settings.id = NULL, CSIGN_E_MEMORY);
    CHECK_NAMES(true, lamp.settings.request_max = 0, CSIGN_E_REQUEST_MAX);
    CHECK_NAMES(true, lamp.settings.reply_max = 8, CSIGN_E_REPLY_MAX);
    CHECK_NAMES(true, lamp.settings.deadline_ms = 0, CSIGN_E_DEADLINE);
    CHECK_NAMES(false,
                (lamp.settings.wake = 0, lamp.settings.is_link = 1), CSIGN_E_LINK_WAKE);
    CHECK_NAMES(true, lamp.settings.is_link = 1, CSIGN_OK);
}

TEST(a_device_that_offers_keys_has_room_for_one)
{
    CHECK_NAMES(true, (lamp.device.key_change = csign_key_change), CSIGN_OK);
    CHECK_NAMES(true,
                (lamp.device.key_change = csign_key_change, lamp.settings.request_max = 37),
                CSIGN_E_REQUEST_MAX);
    CHECK_NAMES(true, lamp.settings.request_max = 37, CSIGN_OK);
}

TEST(hashes_are_checked_by_profile)
{
    CHECK_NAMES(true, lamp.settings.hasher.hash = &csign_blake2s, CSIGN_OK);
    CHECK_NAMES(true, lamp.settings.hasher.hash = &csign_sha1, CSIGN_E_HASH);
    CHECK_NAMES(true, lamp.settings.hasher.hash = &csign_sha512, CSIGN_E_HASH);
    CHECK_NAMES(false, lamp.settings.hasher.hash = &csign_sha1, CSIGN_OK);
    CHECK_NAMES(false, lamp.settings.hasher.hash = &csign_sha512, CSIGN_OK);
    CHECK_NAMES(true, lamp.settings.hasher.hash = NULL, CSIGN_E_MEMORY);
    CHECK_NAMES(true, lamp.settings.hasher.work = NULL, CSIGN_E_MEMORY);
}

TEST(tables_are_checked)
{
    static const uint8_t twice[] CSIGN_FLASH = {1, 2, 1};
    static const uint8_t reserved[] CSIGN_FLASH = {1, 2, 0xf0};
    static const uint8_t overlapping[] CSIGN_FLASH = {3, 0xa0};

    CHECK_NAMES(true, lamp.device.commands.codes = twice, CSIGN_E_CODE_TWICE);
    CHECK_NAMES(false, lamp.device.commands.codes = twice, CSIGN_E_CODE_TWICE);
    CHECK_NAMES(true, lamp.device.commands.codes = reserved, CSIGN_E_CODE_RESERVED);
    CHECK_NAMES(false, lamp.device.commands.codes = reserved, CSIGN_OK);
    CHECK_NAMES(true, lamp.device.commands.codes = NULL, CSIGN_E_MEMORY);
    CHECK_NAMES(true, lamp.device.commands.count = 0, CSIGN_E_NO_COMMAND);
    CHECK_NAMES(true, (lamp.device.commands.len = 2, lamp.device.commands.count = 1),
                CSIGN_E_CODE_LENGTH);
    CHECK_NAMES(false, (lamp.device.commands.len = 2, lamp.device.commands.count = 1),
                CSIGN_OK);
    CHECK_NAMES(false, (lamp.device.commands.len = 0), CSIGN_E_CODE_LENGTH);
    CHECK_NAMES(false, (lamp.device.commands.len = 17), CSIGN_E_CODE_LENGTH);
    CHECK_NAMES(false, lamp.device.answers.len = 17, CSIGN_E_ANSWER_LENGTH);
    CHECK_NAMES(false, lamp.device.answers.len = 0, CSIGN_E_ANSWER_LENGTH);
    CHECK_NAMES(false, lamp.device.answers.codes = NULL, CSIGN_E_MEMORY);
    CHECK_NAMES(false, (lamp.device.answers.codes = twice, lamp.device.answers.count = 3),
                CSIGN_E_ANSWER_TWICE);
    CHECK_NAMES(false, lamp.device.answers.codes = overlapping, CSIGN_E_ANSWER_OVERLAPS);
    CHECK_EQUAL(csign_device_check(&lamp.device, true), CSIGN_OK);
    CHECK_NAMES(false, lamp.device.answers.count = 0, CSIGN_OK);
}

TEST(codes_of_other_lengths_do_not_overlap)
{
    static const uint8_t one[] CSIGN_FLASH = {1};
    static const uint8_t two[] CSIGN_FLASH = {1, 1};
    csign_table a = {one, 1, 1}, b = {two, 1, 2};

    CHECK(!csign_tables_overlap(&a, &b));
}

TEST(a_code_is_read_from_its_row)
{
    static const uint8_t codes[] CSIGN_FLASH = {1, 2, 3, 4, 5, 6};
    const csign_table table = {codes, 2, 3};
    uint8_t code[3];

    csign_table_code(&table, 1, code);
    CHECK_EQUAL(code[0], 4);
    CHECK_EQUAL(code[1], 5);
    CHECK_EQUAL(code[2], 6);
}

TEST(slots_and_pointers_are_checked)
{
    CHECK_NAMES(true, lamp.device.slot_count = 0, CSIGN_E_SLOT_COUNT);
    CHECK_NAMES(true, lamp.device.slot_count = 255, CSIGN_E_SLOT_COUNT);
    CHECK_NAMES(true, lamp.device.slots = NULL, CSIGN_E_MEMORY);
    CHECK_NAMES(true, lamp.device.keyed = NULL, CSIGN_E_MEMORY);
    CHECK_NAMES(true, lamp.device.settings = NULL, CSIGN_E_MEMORY);
    CHECK_NAMES(true, lamp.device.profile = NULL, CSIGN_E_MEMORY);
}

TEST(a_client_is_checked_too)
{
    static const uint8_t twice[] CSIGN_FLASH = {0xa0, 0xa0};

    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        start(is_sealed);
        CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_OK);
        remote.config.keyed = NULL;
        CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_MEMORY);
        start(is_sealed);
        remote.settings.challenge = 0;
        CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_CHALLENGE);
    }
    start(true);
    remote.config.profile = NULL;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_MEMORY);
    remote.config.settings = NULL;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_MEMORY);
    start(false);
    remote.config.code_len = 0;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_CODE_LENGTH);
    remote.config.code_len = 17;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_CODE_LENGTH);
    start(false);
    remote.config.answers.codes = twice;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_ANSWER_TWICE);
    start(false);
    remote.config.answers.len = 17;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_ANSWER_LENGTH);
    remote.config.answers.len = 0;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_ANSWER_LENGTH);
    remote.config.answers.count = 0;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_OK);
    start(false);
    remote.config.answers.codes = NULL;
    CHECK_EQUAL(csign_client_check(&remote.config), CSIGN_E_MEMORY);
}

/* What the macros for arrays say and what the functions say at run time. */
TEST(memory_sizes_agree_with_the_macros)
{
    for (unsigned wake = 8; wake <= 64; wake += 8) {
        start(true);
        lamp.settings.wake = remote.settings.wake = (uint8_t)wake;
        CHECK_EQUAL(csign_server_bytes(&lamp.device),
                    CSIGN_SEALED_SERVER_BYTES(wake, 16, 16, PAYLOAD, PAYLOAD));
        CHECK_EQUAL(csign_client_bytes(&remote.config),
                    CSIGN_SEALED_CLIENT_BYTES(wake, 16, 16, PAYLOAD, PAYLOAD));
        start(false);
        lamp.settings.wake = remote.settings.wake = (uint8_t)(wake * 3);
        CHECK_EQUAL(csign_server_bytes(&lamp.device), CSIGN_CLASSIC_SERVER_BYTES(16, 32));
        CHECK_EQUAL(csign_client_bytes(&remote.config),
                    CSIGN_CLASSIC_CLIENT_BYTES(wake * 3, 16, 32));
    }
}

TESTS(RUN(lengths_are_checked_by_profile), RUN(a_device_that_offers_keys_has_room_for_one),
      RUN(hashes_are_checked_by_profile), RUN(tables_are_checked),
      RUN(codes_of_other_lengths_do_not_overlap), RUN(a_code_is_read_from_its_row),
      RUN(slots_and_pointers_are_checked),
      RUN(a_client_is_checked_too), RUN(memory_sizes_agree_with_the_macros))
