/* SPDX-License-Identifier: MIT */
/* EthernetLamp, and its power cut in each write to its EEPROM, in starts and while keys are
 * set and dropped; the byte under way then is the old one, the new one, or torn. STEP 1: try
 * every write; another STEP: a sample. */
#include "board_cuts.h"

enum { NEW_SLOT = 2 };

/* -- starts ------------------------------------------------------------------------ */

/* A start, one that is cut in its k-th write, and one more that is cut there too, perhaps;
 * then two whole ones. False when the start made fewer writes. */
static bool survive_starts(unsigned first, const char *first_leftover, unsigned second,
                           const char *second_leftover)
{
    cuts_start_over();
    CHECK(cuts_boots());
    cuts_collect();
    cuts_power_off();
    bench_do(&cuts_lamp.board, "power on");
    cuts_order(first, first_leftover);
    if (cuts_boots())
        return false;
    cuts_power_off();
    bench_do(&cuts_lamp.board, "power on");
    if (second > 0)
        cuts_order(second, second_leftover);
    if (cuts_boots())
        cuts_collect();
    for (int i = 0; i < 2; i++) {
        cuts_boot();
        cuts_collect();
        CHECK(cuts_obeys(&cuts_owner));
    }
    CHECK(!talk_challenge_is_repeated());
    cuts_made++;
    return true;
}

TEST(a_cut_in_any_write_of_a_start_repeats_no_challenge_and_loses_no_key)
{
    bool is_more = true;

    cuts_begin();
    for (unsigned k = 1; is_more && k < CUTS_WRITES_MAX; k++)
        for (size_t i = 0; i < 3; i++)
            is_more = survive_starts(k, cuts_leftovers[i], 0, NULL) && is_more;
    cuts_end();
}

TEST(cuts_in_two_starts_repeat_no_challenge_and_lose_no_key)
{
    bool is_more = true;
    unsigned turn = 0;

    cuts_begin();
    for (unsigned k = 1; is_more && k < CUTS_WRITES_MAX; k++)
        for (size_t i = 0; i < 3; i++)
            for (unsigned then = 1; then <= 9; then++)
                for (size_t j = 0; j < 3; j++)
                    if (turn++ % STEP == 0)
                        is_more = survive_starts(k, cuts_leftovers[i], then,
                                                 cuts_leftovers[j]) &&
                                  is_more;
    cuts_end();
}

/* -- changes of keys ----------------------------------------------------------------- */

static csign_outcome set_fresh(uint8_t slot)
{
    uint8_t command[CSIGN_SET_KEY_LEN] = {
        CSIGN_CODE_SET_KEY, slot, 0x7f, 0xff, 0xff, 0xff};

    memcpy(command + 6, cuts_fresh_key, sizeof cuts_fresh_key);
    if (!talk_open(&cuts_owner))
        return CSIGN_OUTCOME_NOT_SENT;
    talk_keep_challenge(cuts_owner.challenge);
    return talk_bytes(&cuts_owner, command, sizeof command);
}

static csign_outcome drop(uint8_t slot)
{
    const uint8_t command[] = {CSIGN_CODE_DROP_KEY, slot};

    if (!talk_open(&cuts_owner))
        return CSIGN_OUTCOME_NOT_SENT;
    talk_keep_challenge(cuts_owner.challenge);
    return talk_bytes(&cuts_owner, command, sizeof command);
}

static bool survive_set(unsigned write, const char *leftover)
{
    csign_outcome outcome;
    bool was_cut, is_new;

    cuts_start_over();
    device_boot(&cuts_lamp);
    cuts_order(write, leftover);
    outcome = set_fresh(NEW_SLOT);
    was_cut = cuts_owner.is_cut;
    cuts_boot();
    CHECK(cuts_obeys(&cuts_owner));
    is_new = cuts_obeys(&cuts_fresh);
    CHECK(is_new || outcome != CSIGN_OUTCOME_DONE);
    if (!is_new) /* the old state: an empty slot, that takes it now */
        CHECK_EQUAL(set_fresh(NEW_SLOT), CSIGN_OUTCOME_DONE);
    CHECK(cuts_obeys(&cuts_fresh));
    CHECK(!talk_challenge_is_repeated());
    cuts_made += was_cut;
    return was_cut;
}

static bool survive_drop(unsigned write, const char *leftover)
{
    csign_outcome outcome;
    bool was_cut, is_old;

    cuts_start_over();
    device_boot(&cuts_lamp);
    CHECK_EQUAL(set_fresh(NEW_SLOT), CSIGN_OUTCOME_DONE);
    talk_close(&cuts_owner);
    bench_do(&cuts_lamp.board, "run 20ms");
    cuts_order(write, leftover);
    outcome = drop(NEW_SLOT);
    was_cut = cuts_owner.is_cut;
    cuts_boot();
    CHECK(cuts_obeys(&cuts_owner));
    is_old = cuts_obeys(&cuts_fresh);
    CHECK(!is_old || outcome != CSIGN_OUTCOME_DONE);
    if (!is_old) /* the new state: an empty slot, that takes another */
        CHECK_EQUAL(set_fresh(NEW_SLOT), CSIGN_OUTCOME_DONE);
    CHECK(cuts_obeys(&cuts_fresh));
    CHECK(!talk_challenge_is_repeated());
    cuts_made += was_cut;
    return was_cut;
}

TEST(a_cut_while_a_key_is_set_leaves_the_slot_empty_or_the_key_whole)
{
    cuts_sweep(survive_set, STEP == 1 ? 1 : 7);
}

TEST(a_cut_while_a_key_is_dropped_leaves_the_key_whole_or_the_slot_empty)
{
    cuts_sweep(survive_drop, STEP == 1 ? 1 : 7);
}

TESTS(RUN(a_cut_in_any_write_of_a_start_repeats_no_challenge_and_loses_no_key),
      RUN(cuts_in_two_starts_repeat_no_challenge_and_lose_no_key),
      RUN(a_cut_while_a_key_is_set_leaves_the_slot_empty_or_the_key_whole),
      RUN(a_cut_while_a_key_is_dropped_leaves_the_key_whole_or_the_slot_empty))
