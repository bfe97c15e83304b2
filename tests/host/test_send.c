/* SPDX-License-Identifier: MIT */
/* `countersign send` against honest and false devices: outcomes, exit statuses, what is
 * told. */
#include "send_fixture.h"

#include <fcntl.h>
#include <termios.h>

TEST(a_command_is_done)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    CHECK(strcmp(s.out, "on: done\n") == 0);
    CHECK(strcmp(s.err, "") == 0);
    CHECK_EQUAL(s.device.runs, 1);
    scene_end(&s);
}

TEST(any_other_status_is_a_failure_and_is_shown)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "FILE", "off"), 1);
    CHECK(strcmp(s.out, "off: failed (status 04)\n") == 0);
    CHECK_EQUAL(SEND(&s, "FILE", "hot"), 1);
    CHECK(strcmp(s.out, "hot: failed (status 85): hot\n") == 0);
    CHECK_EQUAL(SEND(&s, "FILE", "odd"), 1);
    CHECK(strcmp(s.out, "odd: failed (status 33)\n") == 0);
    scene_end(&s);
}

TEST(json_has_one_line_for_every_command)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND_JSON(&s, "echo", "hi", "+", "hot", "+", "on"), 1);
    CHECK_EQUAL(scene_lines(&s), 3);
    CHECK(scene_told(&s, 0, "echo", "done", 0, "done", "6869"));
    CHECK(scene_told(&s, 1, "hot", "failed", 0x85, NULL, "686f74"));
    CHECK(scene_told(&s, 2, "on", "not-sent", -1, NULL, ""));
    CHECK_EQUAL(s.device.runs, 2);
    scene_end(&s);
}

TEST(a_chain_runs_over_one_connection)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "FILE", "on", "+", "echo", "a", "+", "echo", "+", "on"), 0);
    CHECK(strcmp(s.out, "on: done\necho: done: a\necho: done\non: done\n") == 0);
    CHECK_EQUAL(s.device.connections, 1);
    CHECK_EQUAL(s.device.runs, 4);
    scene_end(&s);
}

TEST(data_are_text_when_printable_and_hex_otherwise)
{
    static const char *const rows[][2] = {
        {"hex:68c3a9", "echo: done: h\xc3\xa9\n"},
        {"hex:6f6e0a", "echo: done: on\n"},
        {"hex:610a6f66663a20646f6e65", "echo: done: a\n    off: done\n"},
        {"hex:1b5b324a", "echo: done: hex:1b5b324a\n"},
        {"hex:c29b", "echo: done: hex:c29b\n"},
        {"hex:ff", "echo: done: hex:ff\n"},
        {"hex:00", "echo: done: hex:00\n"},
        {"-5", "echo: done: -5\n"},
        {"", "echo: done\n"},
    };
    struct scene s;

    scene_begin(&s, true, "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_EQUAL(SEND(&s, "FILE", "echo", rows[i][0]), 0);
        CHECK(has(s.out, rows[i][1]) && strlen(s.out) == strlen(rows[i][1]));
    }
    scene_end(&s);
}

TEST(standard_input_is_an_argument)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(scene_send_with(&s, "from\nthere\n", WORDS("FILE", "echo", "-")), 0);
    CHECK_EQUAL(s.device.argument_len, 11);
    CHECK_BYTES(s.device.arguments, "from\nthere\n", 11);
    scene_end(&s);
}

TEST(the_longest_argument_arrives_whole)
{
    char text[256];
    struct scene s;

    memset(text, 'x', sizeof text);
    text[254] = '\0';
    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "FILE", "echo", text), 0);
    CHECK_EQUAL(s.device.argument_len, 254);
    CHECK_EQUAL(scene_send_with(&s, text, WORDS("FILE", "echo", "-")), 0);
    CHECK_EQUAL(s.device.argument_len, 254);
    CHECK_BYTES(s.device.arguments, text, 254);
    scene_end(&s);
}

/* Runs a command against a trick and checks what becomes of it. */
static bool meets(bool is_sealed, enum trick trick, unsigned message, size_t k,
                  const char *outcome, int exit_status)
{
    bool waits = trick == SILENT || trick == EMPTY || trick == FLOOD;
    struct scene s;
    bool good;
    int status;

    scene_begin(&s, is_sealed, "");
    s.device.trick = trick;
    s.device.message = message;
    s.device.k = k;
    status = SEND(&s, "--json", "--timeout", waits ? "300" : "8000", "FILE", "on");
    good = scene_told(&s, 0, "on", outcome, -1, NULL, "") && status == exit_status &&
           scene_lines(&s) == 1;
    if (!good)
        printf("# trick %d of message %u with %zu: exit status %d\n", (int)trick, message,
               k, status);
    scene_end(&s);
    return good;
}

TEST(before_the_request_whatever_happens_is_not_sent)
{
    CHECK(meets(true, SILENT, 0, 0, "not-sent", 3));
    CHECK(meets(true, CUT, 0, 0, "not-sent", 3));
    CHECK(meets(true, CUT, 0, 15, "not-sent", 3));
    CHECK(meets(true, EMPTY, 0, 0, "not-sent", 3));
    CHECK(meets(false, SILENT, 0, 0, "not-sent", 3));
    CHECK(meets(false, CUT, 0, 15, "not-sent", 3));
}

TEST(after_it_whatever_proves_nothing_is_unknown)
{
    for (size_t k = 0; k < 18; k++)
        CHECK(meets(true, FLIP, 1, k, "unknown", 4));
    CHECK(meets(true, FLIP, 0, 3, "unknown", 4));
    CHECK(meets(true, CUT, 1, 0, "unknown", 4));
    CHECK(meets(true, CUT, 1, 17, "unknown", 4));
    CHECK(meets(true, SILENT, 1, 0, "unknown", 4));
    CHECK(meets(true, EMPTY, 1, 0, "unknown", 4));
    CHECK(meets(true, REFLECT, 1, 0, "unknown", 4));
    CHECK(meets(true, FLOOD, 0, 0, "unknown", 4));
    CHECK(meets(true, FLOOD, 1, 0, "unknown", 4));
    CHECK(meets(true, DROP, 1, 0, "unknown", 4));
}

TEST(classic_is_as_careful)
{
    CHECK(meets(false, FLIP, 1, 31, "unknown", 4));
    CHECK(meets(false, FLIP, 0, 0, "unknown", 4));
    CHECK(meets(false, CUT, 1, 31, "unknown", 4));
    CHECK(meets(false, SILENT, 1, 0, "unknown", 4));
    CHECK(meets(false, REFLECT, 1, 0, "unknown", 4));
    CHECK(meets(false, FLOOD, 1, 0, "unknown", 4));
}

TEST(a_slow_device_and_one_that_goes_on_talking_are_understood)
{
    struct scene s;

    scene_begin(&s, true, "");
    s.device.trick = SLOW;
    CHECK_EQUAL(SEND(&s, "FILE", "on", "+", "echo", "slowly"), 0);
    CHECK(strcmp(s.out, "on: done\necho: done: slowly\n") == 0);
    s.device.trick = FLOOD_AFTER;
    s.device.message = 1;
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    scene_end(&s);
}

TEST(a_broken_chain_tells_of_each_command)
{
    struct scene s;

    scene_begin(&s, true, "");
    s.device.trick = FLIP;
    s.device.message = 2;
    CHECK_EQUAL(SEND_JSON(&s, "on", "+", "echo", "x", "+", "on"), 4);
    CHECK_EQUAL(scene_lines(&s), 3);
    CHECK(scene_told(&s, 0, "on", "done", 0, "done", ""));
    CHECK(scene_told(&s, 1, "echo", "unknown", -1, NULL, ""));
    CHECK(scene_told(&s, 2, "on", "not-sent", -1, NULL, ""));
    CHECK(has(s.err, "35 s"));
    CHECK_EQUAL(s.device.runs, 2);
    scene_end(&s);
}

TEST(after_unknown_it_says_what_to_do)
{
    char advice[600];
    struct scene s;

    scene_begin(&s, true, "deadline = 1500\n");
    snprintf(advice, sizeof advice, "countersign send %s last settles it", s.file);
    s.device.trick = DROP;
    s.device.message = 1;
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 4);
    CHECK(strcmp(s.out, "") == 0);
    CHECK(has(s.err, "countersign: on: unknown: "));
    CHECK(has(s.err, "may still run in the next 1.5 s"));
    CHECK(has(s.err, advice));
    CHECK_EQUAL(SEND(&s, "--no-state", "FILE", "on"), 4);
    CHECK(has(s.err, "look at the device"));
    scene_end(&s);
}

TEST(another_key_gets_no_answer)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(csign_device_drop_key(&s.device.device, 0), CSIGN_OK);
    CHECK_EQUAL(csign_device_set_key(&s.device.device, 0, CSIGN_RIGHTS_EVERY,
                                     (const uint8_t *)"quite another key", 17),
                CSIGN_OK);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 4);
    CHECK_EQUAL(s.device.runs, 0);
    scene_end(&s);
}

TEST(nobody_there_is_not_sent_and_every_command_says_so)
{
    struct scene s;

    scene_begin(&s, true, "");
    scene_write_file(&s, "tcp://127.0.0.1:1", "");
    CHECK_EQUAL(SEND_JSON(&s, "on", "+", "off"), 3);
    CHECK_EQUAL(scene_lines(&s), 2);
    CHECK(scene_told(&s, 0, "on", "not-sent", -1, NULL, ""));
    CHECK(scene_told(&s, 1, "off", "not-sent", -1, NULL, ""));
    CHECK(has(s.err, "cannot reach tcp://127.0.0.1:1: "));
    scene_write_file(&s, "unix:nobody", "");
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 3);
    scene_write_file(&s, "serial:/dev/null?boot=0", "");
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 3);
    scene_end(&s);
}

TEST(all_addresses_of_a_name_are_tried)
{
    char address[64];
    struct scene s;

    scene_begin(&s, true, "");
    snprintf(address, sizeof address, "tcp://localhost:%d", s.device.port);
    scene_write_file(&s, address, "");
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    scene_end(&s);
}

TEST(a_classic_answer_has_a_name)
{
    struct scene s;

    scene_begin(&s, false, "");
    CHECK_EQUAL(SEND_JSON(&s, "on"), 0);
    CHECK(scene_told(&s, 0, "on", "done", -1, "done", ""));
    CHECK_EQUAL(SEND_JSON(&s, "off"), 1);
    CHECK(scene_told(&s, 0, "off", "failed", -1, "failed", ""));
    CHECK_EQUAL(SEND_JSON(&s, "echo"), 0);
    CHECK(scene_told(&s, 0, "echo", "done", -1, "odd", ""));
    CHECK_EQUAL(SEND(&s, "FILE", "echo"), 0);
    CHECK(strcmp(s.out, "echo: done, odd\n") == 0);
    scene_end(&s);
}

TEST(a_classic_device_without_answers_was_sent_it)
{
    struct scene s;

    scene_begin(&s, false, "");
    s.device.device.answers.count = 0;
    scene_write_file(&s, scene_address(&s), "");
    CHECK_EQUAL(SEND_JSON(&s, "on"), 0);
    CHECK(scene_told(&s, 0, "on", "sent", -1, NULL, ""));
    CHECK_EQUAL(s.device.runs, 1);
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    CHECK(strcmp(s.out, "on: sent\n") == 0);
    scene_end(&s);
}

/* The two ends of a pseudo-terminal, raw. */
static int open_line(char *address, size_t size, int *slave)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;

    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    *slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(*slave >= 0 && tcgetattr(*slave, &raw) == 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(*slave, TCSANOW, &raw), 0);
    snprintf(address, size, "serial:%s?boot=300", ptsname(master));
    return master;
}

TEST(a_serial_line_carries_a_chain)
{
    struct scene s;
    char address[128];
    int slave, master = open_line(address, sizeof address, &slave);

    memset(&s, 0, sizeof s);
    /* Left over from before: the client discards it. */
    CHECK_EQUAL(write(master, "boot loader", 11), 11);
    false_device_start_on_line(&s.device, true, master);
    scene_write_file(&s, address, "");
    scene_name_state(&s);
    CHECK_EQUAL(SEND_JSON(&s, "echo", "hi", "+", "on"), 0);
    CHECK(scene_told(&s, 0, "echo", "done", 0, "done", "6869"));
    CHECK(scene_told(&s, 1, "on", "done", 0, "done", ""));
    CHECK_EQUAL(SEND(&s, "FILE", "on"), 0);
    CHECK_EQUAL(s.device.runs, 3);
    scene_end(&s);
    close(slave);
}

TESTS(RUN(a_command_is_done), RUN(any_other_status_is_a_failure_and_is_shown),
      RUN(json_has_one_line_for_every_command), RUN(a_chain_runs_over_one_connection),
      RUN(data_are_text_when_printable_and_hex_otherwise),
      RUN(standard_input_is_an_argument), RUN(the_longest_argument_arrives_whole),
      RUN(before_the_request_whatever_happens_is_not_sent),
      RUN(after_it_whatever_proves_nothing_is_unknown), RUN(classic_is_as_careful),
      RUN(a_slow_device_and_one_that_goes_on_talking_are_understood),
      RUN(a_broken_chain_tells_of_each_command), RUN(after_unknown_it_says_what_to_do),
      RUN(another_key_gets_no_answer),
      RUN(nobody_there_is_not_sent_and_every_command_says_so),
      RUN(all_addresses_of_a_name_are_tried), RUN(a_classic_answer_has_a_name),
      RUN(a_classic_device_without_answers_was_sent_it),
      RUN(a_serial_line_carries_a_chain))
