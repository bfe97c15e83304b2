/* SPDX-License-Identifier: MIT */
/* Every wrong use of `countersign send` is refused before anything is connected. */
#include "send_fixture.h"

/* Whether these words end with exit status 2, one line that holds part, no connection and
 * no state. */
static bool is_refused(struct scene *s, const char *part, const char *const *words)
{
    int status = scene_send_with(s, "", words);
    bool good = status == 2 && has(s->err, part) && strcmp(s->out, "") == 0 &&
                strchr(s->err, '\n') == s->err + strlen(s->err) - 1 &&
                s->device.connections == 0 && access(s->state_home, F_OK) != 0;

    if (!good)
        printf("# exit status %d for: %s: %s\n", status, part, s->err);
    return good;
}

#define REFUSED(s, part, ...) is_refused((s), (part), WORDS(__VA_ARGS__))

TEST(a_wrong_command_line_is_refused)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK(is_refused(&s, "needs a device file", (const char *const[]){NULL}));
    CHECK(REFUSED(&s, "needs a command", "FILE"));
    CHECK(REFUSED(&s, "unknown option", "--jsn", "FILE", "on"));
    CHECK(REFUSED(&s, "unknown option", "-j", "FILE", "on"));
    CHECK(REFUSED(&s, "unknown option", "FILE", "on", "--quiet"));
    CHECK(REFUSED(&s, "--timeout", "FILE", "on", "--timeout"));
    CHECK(REFUSED(&s, "--timeout", "--timeout", "0", "FILE", "on"));
    CHECK(REFUSED(&s, "--timeout", "--timeout=-1", "FILE", "on"));
    CHECK(REFUSED(&s, "--timeout", "--timeout=10s", "FILE", "on"));
    CHECK(REFUSED(&s, "--timeout", "--timeout=86400001", "FILE", "on"));
    CHECK(REFUSED(&s, "--timeout", "--timeout=99999999999999999999", "FILE", "on"));
    scene_end(&s);
}

TEST(a_chain_has_a_command_on_both_sides_of_each_plus)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK(REFUSED(&s, "between two commands", "FILE", "+"));
    CHECK(REFUSED(&s, "between two commands", "FILE", "+", "on"));
    CHECK(REFUSED(&s, "between two commands", "FILE", "on", "+"));
    CHECK(REFUSED(&s, "between two commands", "FILE", "on", "+", "+", "off"));
    CHECK(REFUSED(&s, "one argument", "FILE", "echo", "a", "b"));
    scene_end(&s);
}

TEST(an_unknown_command_is_refused_with_those_there_are)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK(REFUSED(&s, "has no command 'onn'; it has on, off, echo, hot, odd", "FILE",
                  "onn"));
    CHECK(REFUSED(&s, "has no command 'hex:01'", "FILE", "on", "+", "hex:01"));
    CHECK(REFUSED(&s, "has no command ''", "FILE", ""));
    CHECK(REFUSED(&s, "has no command 'on?[2J'", "FILE", "on\x1b[2J"));
    scene_end(&s);
}

TEST(a_wrong_argument_is_refused_and_not_repeated)
{
    struct scene s;

    scene_begin(&s, true, "payload = 5\n");
    CHECK(REFUSED(&s, "more than 4 bytes", "FILE", "echo", "secre"));
    CHECK(strstr(s.err, "secre") == NULL);
    CHECK(REFUSED(&s, "more than 4 bytes", "FILE", "echo", "hex:0102030405"));
    CHECK(REFUSED(&s, "two hex digits", "FILE", "echo", "hex:123"));
    CHECK(REFUSED(&s, "two hex digits", "FILE", "echo", "hex:0g"));
    CHECK(REFUSED(&s, "one command only", "FILE", "echo", "-", "+", "echo", "-"));
    CHECK_EQUAL(scene_send_with(&s, "12345", WORDS("FILE", "echo", "-")), 2);
    CHECK(has(s.err, "more than 4 bytes"));
    CHECK_EQUAL(s.device.connections, 0);
    CHECK_EQUAL(scene_send_with(&s, "1234", WORDS("FILE", "echo", "-")), 0);
    scene_end(&s);
}

/* It was shifted before it was looked at: undefined, and seen by the sanitizer only. */
TEST(what_is_no_hex_digit_is_never_computed_with)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK(REFUSED(&s, "two hex digits", "FILE", "echo", "hex:zz"));
    CHECK(REFUSED(&s, "two hex digits", "FILE", "echo", "hex:0z"));
    CHECK(REFUSED(&s, "two hex digits", "FILE", "echo", "hex:00f"));
    CHECK(REFUSED(&s, "two hex digits", "FILE", "echo", "hex:\xff\xff"));
    scene_end(&s);
}

TEST(last_stands_alone)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK(REFUSED(&s, "stands alone", "FILE", "on", "+", "last"));
    CHECK(REFUSED(&s, "stands alone", "FILE", "last", "+", "on"));
    CHECK(REFUSED(&s, "takes no argument", "FILE", "last", "1"));
    CHECK(REFUSED(&s, "--no-state", "--no-state", "FILE", "last"));
    scene_end(&s);
}

TEST(classic_has_no_chain_no_argument_and_no_last)
{
    struct scene s;

    scene_begin(&s, false, "");
    CHECK(REFUSED(&s, "one command", "FILE", "on", "+", "off"));
    CHECK(REFUSED(&s, "no argument", "FILE", "on", "x"));
    CHECK(REFUSED(&s, "classic", "FILE", "last"));
    scene_end(&s);
}

TEST(a_wrong_device_file_or_key_is_refused)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK(REFUSED(&s, "nowhere.ini", "/nowhere.ini", "on"));
    scene_write_file(&s, scene_address(&s), "wake = 3\n");
    CHECK(REFUSED(&s, "lamp.ini:6: ", "FILE", "on"));
    snprintf(
        s.file, sizeof s.file, "%s",
        test_file("lamp.ini",
                  "[device]\naddress = unix:x\nid = x\nkey = hex:0102030405060708090a\n"
                  "[commands]\non = 01\n",
                  0600));
    CHECK(REFUSED(&s, "16 bytes", "FILE", "on"));
    CHECK(strstr(s.err, "0102030405") == NULL);
    snprintf(s.file, sizeof s.file, "%s",
             test_file("lamp.ini",
                       "[device]\naddress = unix:x\nid = x\nkey = file:open.key\n"
                       "[commands]\non = 01\n",
                       0600));
    test_file("open.key", "hex:" FALSE_DEVICE_KEY_HEX "\n", 0644);
    CHECK(REFUSED(&s, "chmod 600", "FILE", "on"));
    CHECK(strstr(s.err, "746865") == NULL);
    scene_end(&s);
}

TEST(options_stand_anywhere_before_a_double_dash)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "FILE", "--timeout=5000", "echo", "--json", "x"), 0);
    CHECK(scene_told(&s, 0, "echo", "done", 0, "done", "78"));
    CHECK_EQUAL(SEND(&s, "--json", "--", "FILE", "echo", "--json"), 0);
    CHECK(scene_told(&s, 0, "echo", "done", 0, "done", "2d2d6a736f6e"));
    CHECK_EQUAL(SEND(&s, "FILE", "echo", "-h5"), 0);
    CHECK(strcmp(s.out, "echo: done: -h5\n") == 0);
    scene_end(&s);
}

TEST(help_is_shown_without_a_file)
{
    struct scene s;

    scene_begin(&s, true, "");
    CHECK_EQUAL(SEND(&s, "--help"), 0);
    CHECK(has(s.out, "usage: countersign send"));
    CHECK(strcmp(s.err, "") == 0);
    scene_end(&s);
}

TESTS(RUN(a_wrong_command_line_is_refused),
      RUN(a_chain_has_a_command_on_both_sides_of_each_plus),
      RUN(an_unknown_command_is_refused_with_those_there_are),
      RUN(a_wrong_argument_is_refused_and_not_repeated),
      RUN(what_is_no_hex_digit_is_never_computed_with), RUN(last_stands_alone),
      RUN(classic_has_no_chain_no_argument_and_no_last),
      RUN(a_wrong_device_file_or_key_is_refused),
      RUN(options_stand_anywhere_before_a_double_dash), RUN(help_is_shown_without_a_file))
