/* SPDX-License-Identifier: MIT */
/* Restarts with every input as it was before: all that a challenge could be made of, but
 * for what the store remembers. RESTARTS is how many. */
#include "board_talk.h"

static struct device lamp;

static void collect(void)
{
    uint8_t challenge[TALK_CHALLENGE];

    CHECK(talk_take_challenge(&lamp, challenge));
    talk_keep_challenge(challenge);
}

static void restart_with_frozen_inputs(const char *const *how, size_t ways)
{
    talk_forget_challenges();
    device_start(&lamp, "EthernetLamp");
    bench_do(&lamp.board, "adc freeze");
    for (size_t i = 0; i < RESTARTS; i++) {
        const char *way = how[i % ways];

        if (strcmp(way, "power") == 0)
            bench_do(&lamp.board, "power off");
        bench_do(&lamp.board, "%s", strcmp(way, "power") == 0 ? "power on" : way);
        device_boot(&lamp);
        collect();
    }
    CHECK_EQUAL(talk_challenges(), RESTARTS);
    CHECK(!talk_challenge_is_repeated());
    CHECK_NOTE("%u restarts, %u challenges, all pairs differ\n", RESTARTS,
               (unsigned)talk_challenges());
    device_stop(&lamp);
}

TEST(restarts_with_frozen_inputs_never_repeat_a_challenge)
{
    static const char *const how[] = {"power", "reset", "brown-out"};

    restart_with_frozen_inputs(how, 3);
}

TEST(one_run_repeats_no_challenge)
{
    talk_forget_challenges();
    device_start(&lamp, "EthernetLamp");
    for (int i = 0; i < 100; i++) {
        collect();
        bench_do(&lamp.board, "run 20ms");
    }
    CHECK(!talk_challenge_is_repeated());
    device_stop(&lamp);
}

/* What the tests above rely on: the same EEPROM and the same inputs do make the same
 * challenge, so that nothing but the store's counter can have kept them apart. */
TEST(an_old_copy_of_the_memory_does_repeat_a_challenge)
{
    talk_forget_challenges();
    device_start(&lamp, "EthernetLamp");
    for (int i = 0; i < 2; i++) {
        bench_do(&lamp.board, "power off");
        bench_do(&lamp.board, "eeprom restore %s", lamp.image);
        bench_do(&lamp.board, "power on");
        device_boot(&lamp);
        collect();
    }
    CHECK(talk_challenge_is_repeated());
    device_stop(&lamp);
}

TESTS(RUN(restarts_with_frozen_inputs_never_repeat_a_challenge),
      RUN(one_run_repeats_no_challenge),
      RUN(an_old_copy_of_the_memory_does_repeat_a_challenge))
