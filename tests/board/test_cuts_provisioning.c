/* SPDX-License-Identifier: MIT */
/* EthernetLamp, and its power cut in each write of being provisioned. STEP as in
 * test_cuts.c. */
#include "board_cable.h"
#include "board_cuts.h"

static const uint8_t source_secret[32] = "only of this test, and for once.";

static void power_on_at_the_cable(bool is_granted)
{
    bench_do(&cuts_lamp.board, "%s D2", is_granted ? "press" : "release");
    bench_do(&cuts_lamp.board, "power on");
    bench_do(&cuts_lamp.board, "run 100ms");
}

/* A run is cut, and what is there then is nothing or all of it; a second run succeeds. */
static bool survive_provisioning(unsigned write, const char *leftover)
{
    int status, state;
    bool was_cut;

    cuts_power_off();
    talk_forget_challenges();
    bench_do(&cuts_lamp.board, "eeprom erase");
    power_on_at_the_cable(false);
    cuts_order(write, leftover);
    status = cable_provision(&cuts_lamp, "lamp-1", source_secret, cuts_fresh_key);
    was_cut = status == CABLE_CUT;
    CHECK(was_cut || status == 0);
    cuts_power_off();
    power_on_at_the_cable(false);
    state = cable_state(&cuts_lamp);
    if (state == CABLE_BLANK || state == CABLE_UNPROVISIONED)
        CHECK_EQUAL(
            cable_provision(&cuts_lamp, "lamp-1", source_secret, cuts_fresh_key), 0);
    else
        CHECK(state == CABLE_READY || state == CABLE_SERVING);
    cuts_boot();
    CHECK(cuts_obeys(&cuts_fresh));
    CHECK(!cuts_obeys(&cuts_owner));
    cuts_made += was_cut;
    return was_cut;
}

/* The same over an old store: old, or nobody's, or new, never both and never broken. */
static bool survive_provisioning_anew(unsigned write, const char *leftover)
{
    int status, state;
    bool was_cut, is_old, is_new;

    cuts_power_off();
    talk_forget_challenges();
    bench_do(&cuts_lamp.board, "eeprom restore %s", cuts_lamp.image);
    power_on_at_the_cable(true);
    cuts_order(write, leftover);
    status = cable_provision(&cuts_lamp, "lamp-1", source_secret, cuts_fresh_key);
    was_cut = status == CABLE_CUT;
    CHECK(was_cut || status == 0);
    cuts_power_off();
    power_on_at_the_cable(false);
    state = cable_state(&cuts_lamp);
    if (state == CABLE_UNPROVISIONED) {
        CHECK_EQUAL(
            cable_provision(&cuts_lamp, "lamp-1", source_secret, cuts_fresh_key), 0);
    } else {
        CHECK(state == CABLE_READY || state == CABLE_SERVING);
    }
    cuts_boot();
    is_old = cuts_obeys(&cuts_owner);
    is_new = cuts_obeys(&cuts_fresh);
    CHECK(is_old != is_new);
    CHECK(!talk_challenge_is_repeated());
    cuts_made += was_cut;
    return was_cut;
}

TEST(a_cut_in_any_write_of_provisioning_leaves_nothing_or_all_of_it)
{
    cuts_sweep(survive_provisioning, STEP == 1 ? 1 : 60);
}

TEST(a_cut_in_any_write_of_provisioning_anew_leaves_old_or_new_or_nothing)
{
    cuts_sweep(survive_provisioning_anew, STEP == 1 ? 1 : 60);
}

TESTS(RUN(a_cut_in_any_write_of_provisioning_leaves_nothing_or_all_of_it),
      RUN(a_cut_in_any_write_of_provisioning_anew_leaves_old_or_new_or_nothing))
