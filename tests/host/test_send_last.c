/* SPDX-License-Identifier: MIT */
/* `countersign send FILE last` settles what is unknown. */
#include "send_state_fixture.h"

/* Short, so that `last` need not wait long. */
#define DEADLINE "deadline = 100\n"

TEST(a_lost_reply_is_settled_as_ran)
{
    struct scene s;

    scene_begin(&s, true, DEADLINE);
    play(&s, CUT, 1);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 4);
    CHECK_EQUAL(s.device.runs, 1);
    play(&s, HONEST, 0);
    CHECK(last_says(&s, 0, "ran", "ran"));
    CHECK(has(s.err, "in doubt is 'on'"));
    scene_end(&s);
}

TEST(a_lost_request_is_settled_as_not_the_last_one_run)
{
    struct scene s;

    scene_begin(&s, true, DEADLINE);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    play(&s, DROP, 1);
    CHECK_EQUAL(SEND(&s, "FILE", "off"), 4);
    CHECK_EQUAL(s.device.runs, 1);
    play(&s, HONEST, 0);
    CHECK(last_says(&s, 1, "not the last one run", "not-the-last"));
    CHECK(has(s.err, "in doubt is 'off'"));
    scene_end(&s);
}

TEST(a_device_that_started_anew_leaves_it_not_known)
{
    struct scene s;

    scene_begin(&s, true, DEADLINE);
    play(&s, CUT, 1);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 4);
    play(&s, HONEST, 0);
    false_device_forget(&s.device);
    CHECK(last_says(&s, 4, "not known", "not-known"));
    CHECK(has(s.err, "nothing under this key since it started"));
    CHECK_EQUAL(SEND_JSON(&s, "last"), 4);
    CHECK(has(s.out, "\"outcome\":\"failed\",\"status\":5,\"answer\":\"nothing\""));
    scene_end(&s);
}

TEST(last_can_be_asked_again_when_its_own_answer_is_lost)
{
    struct scene s;

    scene_begin(&s, true, DEADLINE);
    play(&s, CUT, 1);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 4);
    CHECK_EQUAL(SEND_JSON(&s, "last"), 4);
    CHECK(has(s.out, "\"outcome\":\"unknown\""));
    CHECK_EQUAL(SEND(&s, "FILE", "last"), 4);
    CHECK(strcmp(s.out, "not known\n") == 0);
    CHECK_EQUAL(s.device.runs, 1);
    play(&s, HONEST, 0);
    CHECK(last_says(&s, 0, "ran", "ran"));
    scene_end(&s);
}

TEST(a_question_that_does_not_leave_is_not_sent)
{
    struct scene s;

    scene_begin(&s, true, DEADLINE);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    scene_write_file(&s, "unix:nobody", DEADLINE);
    CHECK_EQUAL(SEND(&s, "FILE", "last"), 3);
    CHECK(strcmp(s.out, "") == 0 && has(s.err, "last: not sent: cannot reach"));
    CHECK_EQUAL(SEND_JSON(&s, "last"), 3);
    CHECK(has(s.out, "\"outcome\":\"not-sent\"") && has(s.out, "\"last\":\"not-known\""));
    scene_end(&s);
}

TEST(without_a_state_last_is_not_known_and_asks_nobody)
{
    struct scene s;

    scene_begin(&s, true, DEADLINE);
    CHECK_EQUAL(SEND(&s, "--no-state", "FILE", "on"), 0);
    CHECK(access(s.state_home, F_OK) != 0);
    CHECK_EQUAL(SEND(&s, "FILE", "last"), 4);
    CHECK(strcmp(s.out, "not known\n") == 0 && has(s.err, "nothing is kept"));
    CHECK_EQUAL(SEND_JSON(&s, "last"), 4);
    CHECK(has(s.out, "\"last\":\"not-known\""));
    CHECK_EQUAL(s.device.connections, 1);
    scene_end(&s);
}

TEST(a_proven_command_leaves_nothing_in_doubt)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "FILE", "on", "+", "echo", "x", "+", "off"), 1);
    CHECK(last_says(&s, 0, "ran", "ran")); /* and does not wait for 35 s */
    CHECK(has(s.err, "nothing is in doubt; 'off'"));
    scene_end(&s);
}

TEST(what_was_not_sent_or_did_not_count_leaves_the_doubt)
{
    struct scene s;

    scene_begin(&s, true, DEADLINE);
    play(&s, CUT, 1);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 4);
    play(&s, CUT, 0);
    CHECK_EQUAL(SEND(&s, "FILE", "echo", "y"), 3);
    play(&s, HONEST, 0);
    s.device.device.commands.count = 1; /* this device knows only on: status 01 */
    CHECK_EQUAL(SEND(&s, "FILE", "off"), 1);
    CHECK(strcmp(s.out, "off: failed, no-command (status 01)\n") == 0);
    s.device.slot.rights = 0; /* status 03 */
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 1);
    CHECK(has(s.out, "not-allowed (status 03)"));
    CHECK(last_says(&s, 0, "ran", "ran"));
    CHECK(has(s.err, "in doubt is 'on'"));
    scene_end(&s);
}

TESTS(RUN(a_lost_reply_is_settled_as_ran),
      RUN(a_lost_request_is_settled_as_not_the_last_one_run),
      RUN(a_device_that_started_anew_leaves_it_not_known),
      RUN(last_can_be_asked_again_when_its_own_answer_is_lost),
      RUN(a_question_that_does_not_leave_is_not_sent),
      RUN(without_a_state_last_is_not_known_and_asks_nobody),
      RUN(a_proven_command_leaves_nothing_in_doubt),
      RUN(what_was_not_sent_or_did_not_count_leaves_the_doubt))
