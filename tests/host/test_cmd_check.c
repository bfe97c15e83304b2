/* SPDX-License-Identifier: MIT */
/* test_cmd_check.c: `countersign check`. */
#include "check.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES COUNTERSIGN_ROOT "/tests/device-files/"

/* 32 bytes, 00 to 1f; its fingerprint by OpenSSL's command line. */
#define KEY_LINE    "csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sqhy7k4"
#define FINGERPRINT "6586-a4e8"

static struct process run;
static const char *output, *errors;

static int check_path(const char *path)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM, "check", path, NULL};
    static const char *const environment[] = {"CSIGN_TEST_KEY=text:from the environment",
                                              "CSIGN_TEST_NONE", NULL};
    struct process_options options = {.environment = environment};
    int status;

    process_end(&run);
    status = process_run(&run, argv, &options, NULL);
    output = process_rest(&run);
    errors = process_error_rest(&run);
    return status;
}

static int check_text(const char *text)
{
    return check_path(test_file("device.ini", text, 0600));
}

static bool prints(const char *text)
{
    if (strstr(output, text) != NULL)
        return true;
    print_error("# no \"%s\" in\n%s%s", text, output, errors);
    return false;
}

/* Whether standard error has one line for this line of the file that says so, with a
 * cure. Line 0: for the file as a whole. */
static bool tells(unsigned line, const char *says)
{
    char start[300];
    const char *at, *end, *found;

    if (line == 0)
        snprintf(start, sizeof start, "countersign: %s: ", test_path("device.ini"));
    else
        snprintf(start, sizeof start, "countersign: %s:%u: ", test_path("device.ini"),
                 line);
    for (at = errors; (at = strstr(at, start)) != NULL; at = end) {
        end = at + strcspn(at, "\n");
        found = strstr(at, says);
        if (found != NULL && found < end && memchr(at, ';', (size_t)(end - at)) != NULL)
            return true;
    }
    print_error("# no \"%s%s\" in\n%s%s", start, says, output, errors);
    return false;
}

#define GOOD_HEAD                                                                        \
    "[device]\nid = lamp-1\naddress = tcp://127.0.0.1:7531\nkey = file:lamp.key\n"       \
    "[commands]\non = 01\noff = 02\n"

static void make_keys(void)
{
    test_file("lamp.key", KEY_LINE "\n", 0600);
    test_file("owner.key",
              "hex:a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf\n",
              0600);
}

TEST(a_good_file_is_explained_without_a_warning)
{
    make_keys();
    CHECK_EQUAL(check_text(GOOD_HEAD "[keys]\nowner = file:owner.key : all, admin\n"
                                     "guest = file:lamp.key : on\n"
                                     "[run]\non = /bin/echo \"a b\" c\n"),
                0);
    CHECK(strlen(errors) == 0);
    CHECK(prints("lamp-1") && prints("tcp://127.0.0.1:7531") && prints("sealed"));
    CHECK(prints("sha256") && prints("66 + n + m") && prints("34 + n + m"));
    CHECK(prints("5000 ms") && prints("4000 ms") && prints("35000 ms"));
    CHECK(prints("key       " FINGERPRINT "  file:lamp.key"));
    CHECK(prints("guest     " FINGERPRINT "  file:lamp.key  may do: on\n"));
    CHECK(prints("may do: every command, administer keys\n"));
    CHECK(prints("on        01  for owner, guest  runs /bin/echo \"a b\" c\n"));
    CHECK(prints("off       02  for owner  logged and done\n"));
    CHECK(prints("0 errors, 0 warnings"));
}

TEST(a_store_is_explained_and_must_be_private)
{
#define STORED                                                                           \
    "[device]\nid = lamp-1\naddress = tcp://127.0.0.1:7531\nstore = keys.store\n"        \
    "key = file:lamp.key\n[commands]\non = 01\n[keys]\nguest = file:lamp.key : on\n"
    char store[4200];

    make_keys();
    snprintf(store, sizeof store,
             "store     %s: an empty one is filled with these keys; ",
             test_path("keys.store"));
    CHECK_EQUAL(check_text(STORED), 0);
    CHECK(prints(store) && strlen(errors) == 0);
    CHECK(access(test_path("keys.store"), F_OK) != 0);
    test_file("keys.store", "", 0640);
    CHECK_EQUAL(check_text(STORED), 2);
    CHECK(tells(4, "others have access to it; chmod 600 "));
    test_file("keys.store", "", 0600);
    CHECK_EQUAL(check_text(STORED), 0);
    test_file("lamp.key", "text:33 bytes, which is one too many..\n", 0600);
    CHECK_EQUAL(check_text(STORED), 2);
    CHECK(tells(9, "the key has 33 bytes, and a store holds at most 32; "));
    make_keys();
}

TEST(a_key_is_never_printed)
{
    make_keys();
    CHECK_EQUAL(check_text(GOOD_HEAD "[keys]\nowner = text:Zq7Zq8Zq9Zq0ZqAZqB : all\n"
                                     "guest = file:lamp.key : on\n"),
                0);
    CHECK(strstr(output, "Zq7") == NULL && strstr(errors, "Zq7") == NULL);
    CHECK(strstr(output, "csk1") == NULL && strstr(errors, "csk1") == NULL);
    CHECK(prints("in the device file"));
    CHECK(tells(9, "warning: the key stands in the device file"));
}

TEST(bytes_of_a_classic_exchange_are_counted)
{
    CHECK_EQUAL(check_path(FILES "classic-full.ini"), 0);
    CHECK(prints("193 bytes, one command a connection")); /* 1 + 3 * 64 */
}

TEST(what_is_weak_is_warned_about)
{
    CHECK_EQUAL(
        check_text("[device]\naddress = unix:s\nprofile = classic\nchallenge = 8\n"
                   "overlap = allow\nlimit = 10000\nkey = text:short\n"
                   "[commands]\non = a0\n[answers]\ndone = a0\nfailed = a1\n"
                   "[run]\non = /none/such\n"),
        0);
    CHECK(tells(0, "warning: classic: "));
    CHECK(tells(0, "warning: challenge is under 16"));
    CHECK(tells(0, "warning: limit is over the 10 s"));
    CHECK(tells(7, "warning: the key has under 16 bytes"));
    CHECK(tells(7, "warning: the key stands in the device file"));
    CHECK(tells(11, "warning: done has the code of the command on in line 9"));
    CHECK(tells(14, "warning: the program of on is not here"));
    CHECK(prints("0 errors, 7 warnings"));
}

TEST(what_is_odd_in_sealed_is_warned_about)
{
    const char *plain = test_file("plain", "#!/bin/sh\n", 0600);
    char text[1024];

    make_keys();
    snprintf(text, sizeof text,
             "[device]\naddress = unix:s\nwake = 8\npayload = 37\nkey = file:lamp.key\n"
             "[commands]\non = 01\noff = 02\n[keys]\nowner = file:owner.key : on, admin\n"
             "[run]\non = %s\n",
             plain);
    CHECK_EQUAL(check_text(text), 0);
    CHECK(tells(0, "warning: id is empty"));
    CHECK(tells(0, "warning: wake is under 16"));
    CHECK(tells(5, "warning: key is none of [keys]"));
    CHECK(tells(8, "warning: no key may run off"));
    CHECK(tells(10, "warning: admin can't set keys with a payload under 38"));
    CHECK(tells(12, "warning: the program of on can't be executed"));
    CHECK(prints("0 errors, 6 warnings"));
}

TEST(a_key_that_is_kept_elsewhere_is_a_warning)
{
    make_keys();
    CHECK_EQUAL(
        check_text("[device]\nid = a\naddress = unix:s\nkey = env:CSIGN_TEST_NONE\n"
                   "[commands]\non = 01\n[keys]\na = file:none.key : on\n"
                   "b = env:CSIGN_TEST_KEY : on\n"),
        0);
    CHECK(tells(4, "warning: env:CSIGN_TEST_NONE can't be read here"));
    CHECK(tells(8, "warning: file:none.key can't be read here"));
    CHECK(prints("(not read)"));
    CHECK(prints("0 errors, 2 warnings"));
}

TEST(a_key_file_that_others_can_read_is_an_error)
{
    test_file("lamp.key", KEY_LINE "\n", 0600);
    CHECK_EQUAL(chmod(test_path("lamp.key"), 0644), 0);
    CHECK_EQUAL(check_text(GOOD_HEAD), 2);
    CHECK(tells(4, "others have access to it; chmod 600 "));
    CHECK(prints("1 error, 0 warnings"));
    CHECK_EQUAL(unlink(test_path("lamp.key")), 0);
}

TEST(a_key_file_that_holds_no_key_is_an_error)
{
    test_file("lamp.key", "open sesame\n", 0600);
    CHECK_EQUAL(check_text(GOOD_HEAD), 2);
    CHECK(tells(4, "none of csk1, hex: and text:"));
    CHECK(strstr(errors, "sesame") == NULL);
    test_file("lamp.key", "text:open sesame\n", 0600);
    CHECK_EQUAL(check_text(GOOD_HEAD), 2);
    CHECK(tells(4, "the key has 11 bytes, sealed needs 16 or more"));
}

TEST(equal_keys_of_a_device_are_an_error)
{
    make_keys();
    CHECK_EQUAL(check_text(GOOD_HEAD
                           "[keys]\na = file:lamp.key : on\nb = file:owner.key : on\n"
                           "c = file:lamp.key : off\n"),
                2);
    CHECK(tells(11, "c is the same key as a in line 9"));
    CHECK(prints("1 error, "));
}

/* RFC 2104 pads a short key with zeros: hex:..00 is the same key. */
TEST(keys_that_hmac_takes_for_equal_are_an_error)
{
    CHECK_EQUAL(
        check_text("[device]\naddress = unix:s\nprofile = classic\n[commands]\n"
                   "on = 01\n[keys]\na = hex:000102030405060708090a0b0c0d0e0f : on\n"
                   "b = hex:000102030405060708090a0b0c0d0e0f0000 : on\n"
                   "c = hex:000102030405060708090a0b0c0d0e0f01 : on\n"),
        2);
    CHECK(tells(8, "b is the same key as a in line 7"));
    CHECK(prints("1 error, "));
}

TEST(a_bad_file_is_told_with_its_line)
{
    CHECK_EQUAL(check_text("[device]\naddress = unix:s\nkey = file:k\ncolour = red\n"),
                2);
    CHECK(tells(4, "unknown name in [device]"));
    CHECK(strlen(output) == 0);
    CHECK_EQUAL(check_path("/none/such.ini"), 2);
    CHECK(strstr(errors, "countersign: /none/such.ini: No such file") != NULL);
}

TEST(wrong_usage_and_a_full_disk_are_told_apart)
{
    static const char *const help[] = {COUNTERSIGN_PROGRAM, "check", "--help", NULL};
    static const char *const none[] = {COUNTERSIGN_PROGRAM, "check", NULL};
    static const char *const full[] = {"/bin/sh",
                                       "-c",
                                       "exec \"$0\" check \"$1\" >/dev/full",
                                       COUNTERSIGN_PROGRAM,
                                       FILES "unix-absolute.ini",
                                       NULL};

    process_end(&run);
    CHECK_EQUAL(process_run(&run, help, NULL, NULL), 0);
    CHECK(strncmp(process_rest(&run), "usage: countersign check FILE", 29) == 0);
    process_end(&run);
    CHECK_EQUAL(process_run(&run, none, NULL, NULL), 2);
    process_end(&run);
    CHECK_EQUAL(process_run(&run, full, NULL, NULL), 1);
    process_end(&run);
}

/* It was printed as one word with its code. */
TEST(the_longest_name_is_apart_from_its_code)
{
    make_keys();
    CHECK_EQUAL(check_text(GOOD_HEAD "a-command-of-thirty-two-letters- = 03\n"), 0);
    CHECK(prints("\n  a-command-of-thirty-two-letters- 03 "));
    CHECK(prints("\n  on        01 "));
}

TESTS(RUN(a_good_file_is_explained_without_a_warning),
      RUN(a_store_is_explained_and_must_be_private), RUN(a_key_is_never_printed),
      RUN(bytes_of_a_classic_exchange_are_counted), RUN(what_is_weak_is_warned_about),
      RUN(what_is_odd_in_sealed_is_warned_about),
      RUN(a_key_that_is_kept_elsewhere_is_a_warning),
      RUN(a_key_file_that_others_can_read_is_an_error),
      RUN(a_key_file_that_holds_no_key_is_an_error),
      RUN(equal_keys_of_a_device_are_an_error),
      RUN(keys_that_hmac_takes_for_equal_are_an_error),
      RUN(a_bad_file_is_told_with_its_line), RUN(the_longest_name_is_apart_from_its_code),
      RUN(wrong_usage_and_a_full_disk_are_told_apart))
