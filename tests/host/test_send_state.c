/* SPDX-License-Identifier: MIT */
/* `countersign send` and its state: `last`, repeated challenges, one at a time, and
 * nothing sent that can't be noted. */
#include "send_state_fixture.h"

/* The record on the disk while the handler runs is the one that `last` would need. */
TEST(the_tag_is_on_the_disk_before_the_request_leaves)
{
    static const char *const words[] = {"FILE", "on", "+", "echo", "x", NULL};
    static uint8_t bytes[8192];
    struct scene s;

    scene_begin(&s, true, "");
    play(&s, HOLD, 0);
    scene_start(&s, &s.program, words);
    s.is_started = true;
    for (unsigned i = 0; i < 2; i++) {
        unsigned record = i == 0 ? 1024 : 512; /* the 2nd and the 3rd are written */

        sem_wait(&s.device.arrived);
        CHECK_EQUAL(read_state(&s, bytes, sizeof bytes), 4096);
        CHECK_EQUAL(bytes[record + 8], i + 1); /* in doubt: a first one, a further one */
        CHECK_BYTES(bytes + record + 48, s.device.slot.last, CSIGN_LAST_LEN);
        sem_post(&s.device.release);
    }
    CHECK_EQUAL(process_wait(&s.program), 0);
    scene_end(&s);
}

TEST(of_two_at_once_the_second_waits_or_is_not_sent)
{
    static const char *const patient[] = {"FILE", "echo", "second", NULL};
    static const char *const first_words[] = {"FILE", "echo", "first", NULL};
    struct process first;
    struct scene s;

    scene_begin(&s, true, "");
    play(&s, HOLD, 0);
    scene_start(&s, &first, first_words);
    sem_wait(&s.device.arrived);
    CHECK_EQUAL(SEND_JSON(&s, "--timeout", "100", "on"), 3);
    CHECK(scene_told(&s, 0, "on", "not-sent", -1, NULL, ""));
    CHECK(has(s.err, "another send talks to this device"));
    CHECK_EQUAL(SEND(&s, "--timeout", "100", "FILE", "last"), 3);
    process_end(&s.program);
    scene_start(&s, &s.program, patient);
    sem_post(&s.device.release);
    CHECK_EQUAL(process_wait(&first), 0);
    sem_wait(&s.device.arrived);
    sem_post(&s.device.release);
    CHECK_EQUAL(process_wait(&s.program), 0);
    CHECK(strcmp(process_rest(&s.program), "echo: done: second\n") == 0);
    CHECK_EQUAL(s.device.runs, 2);
    process_end(&first);
    scene_end(&s);
}

/* The program's words behind a limit of file sizes, as on a full disk. */
static int send_on_full_disk(struct scene *s, const char *command)
{
    char state[600];
    const char *argv[] = {"/usr/bin/prlimit",
                          "--fsize=0",
                          COUNTERSIGN_PROGRAM,
                          "send",
                          "--json",
                          s->file,
                          command,
                          NULL};
    const char *environment[] = {state, NULL};
    struct process_options options = {.environment = environment};
    int status;

    snprintf(state, sizeof state, "XDG_STATE_HOME=%s", s->state_home);
    scene_end_program(s);
    status = process_run(&s->program, argv, &options, NULL);
    s->is_started = true;
    s->out = process_rest(&s->program);
    s->err = process_error_rest(&s->program);
    return status;
}

TEST(on_a_full_disk_nothing_is_sent)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(send_on_full_disk(&s, "on"), 3); /* no state file yet */
    CHECK(scene_told(&s, 0, "on", "not-sent", -1, NULL, ""));
    CHECK(has(s.err, "File too large") && has(s.err, "--no-state"));
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    CHECK_EQUAL(send_on_full_disk(&s, "off"), 3); /* there is one */
    CHECK(has(s.err, "cannot be written: File too large"));
    CHECK_EQUAL(s.device.runs, 1);
    CHECK(last_says(&s, 0, "ran", "ran"));
    scene_end(&s);
    scene_begin(&s, false, "");
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    CHECK_EQUAL(send_on_full_disk(&s, "off"), 3);
    CHECK_EQUAL(s.device.runs, 1);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    scene_end(&s);
}

TEST(without_a_place_for_the_state_nothing_is_sent)
{
    struct scene s;

    scene_begin(&s, true, "");
    snprintf(s.state_home, sizeof s.state_home, "%s", test_path("lamp.ini/below"));
    CHECK_EQUAL(SEND_JSON(&s, "on", "+", "off"), 3);
    CHECK_EQUAL(scene_lines(&s), 2);
    CHECK(has(s.err, "Not a directory") && has(s.err, "send with --no-state"));
    CHECK_EQUAL(s.device.connections, 0);
    CHECK_EQUAL(SEND(&s, "--no-state", "FILE", "on"), 0);
    scene_end(&s);
}

TEST(a_damaged_or_foreign_state_sends_nothing)
{
    static const uint8_t zeros[4096];
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    write_state(&s, zeros, 2048, 512);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 3);
    CHECK(has(s.err, "is damaged; move it away"));
    CHECK_EQUAL(SEND(&s, "FILE", "last"), 3);
    write_state(&s, "a letter to my aunt", 19, 0);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 3);
    CHECK(has(s.err, "another program or version; move it away"));
    CHECK_EQUAL(s.device.connections, 1);
    CHECK_EQUAL(SEND(&s, "--no-state", "FILE", "on"), 0);
    CHECK_EQUAL(unlink(state_file(&s)), 0);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    scene_end(&s);
}

TEST(classic_refuses_a_challenge_that_it_was_given_before)
{
    struct scene s;

    scene_begin(&s, false, "");
    play(&s, REPEAT, 0);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    CHECK_EQUAL(SEND_JSON(&s, "on"), 3);
    CHECK(scene_told(&s, 0, "on", "not-sent", -1, NULL, ""));
    CHECK(has(s.err, "repeats challenges"));
    CHECK_EQUAL(s.device.runs, 1);
    CHECK_EQUAL(SEND(&s, "--no-state", "FILE", "on"), 0);
    play(&s, HONEST, 0);
    s.device.challenges = 1;
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    scene_end(&s);
}

TEST(short_classic_challenges_are_not_kept)
{
    struct scene s;

    scene_begin(&s, false, "challenge = 7\n");
    s.device.settings.challenge = 7;
    play(&s, REPEAT, 0);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    CHECK(access(s.state_home, F_OK) != 0);
    scene_end(&s);
}

TEST(no_argument_and_no_key_is_in_the_state)
{
    static uint8_t bytes[8192];
    struct scene s;
    size_t len;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "FILE", "echo", "a secret argument"), 0);
    len = read_state(&s, bytes, sizeof bytes);
    CHECK(memmem(bytes, len, "echo", 4) != NULL);
    CHECK(memmem(bytes, len, "secret", 6) == NULL);
    CHECK(memmem(bytes, len, false_device_key, 8) == NULL);
    scene_end(&s);
}

TESTS(RUN(the_tag_is_on_the_disk_before_the_request_leaves),
      RUN(of_two_at_once_the_second_waits_or_is_not_sent),
      RUN(on_a_full_disk_nothing_is_sent),
      RUN(without_a_place_for_the_state_nothing_is_sent),
      RUN(a_damaged_or_foreign_state_sends_nothing),
      RUN(classic_refuses_a_challenge_that_it_was_given_before),
      RUN(short_classic_challenges_are_not_kept),
      RUN(no_argument_and_no_key_is_in_the_state))
