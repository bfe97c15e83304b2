/* SPDX-License-Identifier: MIT */
/* The record of a request in doubt, how long it stays in doubt, what settles it. */
#include "check.h"
#include "last.h"
#include "state_record.h"

static struct moment at(uint64_t boot_ms, uint8_t boot)
{
    struct moment moment = {boot_ms, 0, {boot}};

    return moment;
}

TEST(the_wait_is_what_is_left_of_the_limit_and_a_64th)
{
    struct moment start = at(1000, 7), now = at(1000, 7);

    CHECK_EQUAL(moment_left(&start, 5000, &now), 5000 + 78 + 1);
    now = at(3000, 7);
    CHECK_EQUAL(moment_left(&start, 5000, &now), 3000 + 78 + 1);
    now = at(1000 + 5079, 7);
    CHECK_EQUAL(moment_left(&start, 5000, &now), 0);
    now = at(UINT64_MAX, 7);
    CHECK_EQUAL(moment_left(&start, 35000, &now), 0);
}

TEST(no_change_of_clocks_shortens_the_wait)
{
    struct moment start = at(1000, 7);
    struct moment now = at(900000, 8); /* another start of the machine, or another one */

    CHECK_EQUAL(moment_left(&start, 5000, &now), 5079);
    now = at(500, 7); /* a clock that went back */
    CHECK_EQUAL(moment_left(&start, 5000, &now), 5079);
    start = at(1000, 0); /* the system did not tell which start it was */
    now = at(900000, 0);
    CHECK_EQUAL(moment_left(&start, 5000, &now), 5079);
    start = at(1000, 7);
    now = at(3000, 7);
    now.real_ms = UINT64_MAX; /* somebody set the clock */
    CHECK_EQUAL(moment_left(&start, 5000, &now), 3079);
}

TEST(this_machine_tells_which_start_it_is)
{
    static const uint8_t zeros[MOMENT_BOOT_ID];
    struct moment a = moment_now(), b = moment_now();

    CHECK(memcmp(a.boot_id, zeros, sizeof zeros) != 0);
    CHECK_BYTES(a.boot_id, b.boot_id, sizeof zeros);
    CHECK(b.boot_ms >= a.boot_ms && b.boot_ms - a.boot_ms < 60000);
}

TEST(a_first_request_may_run_for_the_deadline_a_further_one_for_30_s_more)
{
    struct state_record record = {0};
    struct moment start = at(1000, 7);

    state_record_ask(&record, "on", (const uint8_t *)"12345678", true, &start, 5000);
    CHECK_EQUAL(record.doubt, STATE_DOUBT_FIRST);
    CHECK_EQUAL(record.limit_ms, 5000);
    state_record_ask(&record, "on", (const uint8_t *)"12345678", false, &start, 5000);
    CHECK_EQUAL(record.doubt, STATE_DOUBT_FURTHER);
    CHECK_EQUAL(record.limit_ms, 35000);
}

static struct state_record full_record(void)
{
    struct state_record record = {0};
    struct moment start = {0x0102030405060708, 0x1112131415161718, {9, 8, 7}};
    char command[80];

    memset(command, 'c', sizeof command);
    command[79] = '\0';
    record.sequence = 5;
    state_record_ask(&record, "before", (const uint8_t *)"ABCDEFGH", true, &start, 100);
    state_record_prove(&record);
    state_record_ask(&record, command, (const uint8_t *)"12345678", false, &start, 5000);
    return record;
}

TEST(a_record_comes_back_as_it_was)
{
    struct state_record record = full_record(), back;
    uint8_t bytes[STATE_RECORD_LEN];

    state_record_encode(&record, bytes);
    CHECK(state_record_decode(&back, bytes));
    CHECK_EQUAL(back.sequence, 5);
    CHECK_EQUAL(back.doubt, STATE_DOUBT_FURTHER);
    CHECK(back.has_proven);
    CHECK_EQUAL(back.limit_ms, 35000);
    CHECK_EQUAL(back.start.boot_ms, 0x0102030405060708);
    CHECK_EQUAL(back.start.real_ms, 0x1112131415161718);
    CHECK_BYTES(back.start.boot_id, "\x09\x08\x07\0", 4);
    CHECK_BYTES(back.doubt_tag, "12345678", 8);
    CHECK_BYTES(back.proven_tag, "ABCDEFGH", 8);
    CHECK_EQUAL(strlen(back.doubt_command), STATE_RECORD_COMMAND - 1);
    CHECK(strcmp(back.proven_command, "before") == 0);
}

TEST(no_bit_of_a_record_can_change_unseen)
{
    struct state_record record = full_record(), back;
    uint8_t bytes[STATE_RECORD_LEN];

    state_record_encode(&record, bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!state_record_decode(&back, bytes));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK(state_record_decode(&back, bytes));
}

TEST(last_compares_the_request_in_doubt_or_else_the_proven_one)
{
    struct state_record record = full_record();
    const uint8_t *doubt = (const uint8_t *)"12345678";
    const uint8_t *proven = (const uint8_t *)"ABCDEFGH";
    uint8_t other[CSIGN_LAST_LEN];

    for (size_t bit = 0; bit < 8 * sizeof other; bit++) {
        memcpy(other, doubt, sizeof other);
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK_EQUAL(last_judge(&record, 0, other, 8), LAST_IS_ANOTHER);
    }
    CHECK_EQUAL(last_judge(&record, 0, doubt, 8), LAST_RAN);
    CHECK_EQUAL(last_judge(&record, 0, proven, 8), LAST_IS_ANOTHER);
    CHECK_EQUAL(last_judge(&record, 5, NULL, 0), LAST_NOT_KNOWN);
    CHECK_EQUAL(last_judge(&record, 1, NULL, 0), LAST_NOT_KNOWN);
    CHECK_EQUAL(last_judge(&record, 4, doubt, 8), LAST_NOT_KNOWN);
    CHECK_EQUAL(last_judge(&record, 0, doubt, 7), LAST_NOT_KNOWN);
    record.doubt = STATE_DOUBT_NONE;
    CHECK_EQUAL(last_judge(&record, 0, proven, 8), LAST_RAN);
    CHECK_EQUAL(last_judge(&record, 0, doubt, 8), LAST_IS_ANOTHER);
    record.has_proven = false;
    CHECK_EQUAL(last_judge(&record, 0, proven, 8), LAST_NOT_KNOWN);
}

TESTS(RUN(the_wait_is_what_is_left_of_the_limit_and_a_64th),
      RUN(no_change_of_clocks_shortens_the_wait),
      RUN(this_machine_tells_which_start_it_is),
      RUN(a_first_request_may_run_for_the_deadline_a_further_one_for_30_s_more),
      RUN(a_record_comes_back_as_it_was), RUN(no_bit_of_a_record_can_change_unseen),
      RUN(last_compares_the_request_in_doubt_or_else_the_proven_one))
