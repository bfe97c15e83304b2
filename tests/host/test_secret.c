/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "check.h"
#include "secret.h"
#include "utf8.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_LINE "csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sqhy7k4"

/* What the last read_*() below left. */
static struct secret secret;
static char error[512];
static char directory_name[128];

static void remove_directory(void)
{
    if (rmdir(directory_name) != 0)
        perror(directory_name);
}

/* The directory of this run's files, empty between the tests. */
static const char *directory(void)
{
    const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";

    if (directory_name[0] != '\0')
        return directory_name;
    snprintf(directory_name, sizeof directory_name, "%s/csign-secret-XXXXXX", parent);
    if (mkdtemp(directory_name) == NULL) {
        perror(directory_name);
        abort();
    }
    atexit(remove_directory);
    return directory_name;
}

static bool read_reference(const char *reference)
{
    memset(&secret, 0xa5, sizeof secret);
    snprintf(error, sizeof error, "none");
    return secret_read(&secret, reference, directory(), error, sizeof error);
}

/* Reads file:k.key with this content and mode. */
static bool read_file_of(const void *content, size_t len, mode_t mode)
{
    char path[256];
    FILE *file;
    bool good;

    snprintf(path, sizeof path, "%s/k.key", directory());
    file = fopen(path, "wb");
    if (file == NULL || fwrite(content, 1, len, file) != len || fclose(file) != 0 ||
        chmod(path, mode) != 0)
        abort();
    good = read_reference("file:k.key");
    unlink(path);
    return good;
}

static bool read_file(const char *content)
{
    return read_file_of(content, strlen(content), 0600);
}

static bool read_variable(const char *value)
{
    setenv("CSIGN_TEST_KEY", value, 1);
    return read_reference("env:CSIGN_TEST_KEY");
}

static bool holds(const void *bytes, size_t len)
{
    return secret.len == len && memcmp(secret.bytes, bytes, len) == 0;
}

static bool holds_text(const char *text)
{
    return holds(text, strlen(text));
}

static bool error_says(const char *clause)
{
    if (strstr(error, clause) != NULL && strchr(error, '\n') == NULL)
        return true;
    printf("# \"%s\" lacks \"%s\"\n", error, clause);
    return false;
}

static bool is_wiped(void)
{
    static const struct secret zeros;

    return memcmp(secret.bytes, zeros.bytes, sizeof zeros.bytes) == 0 &&
           secret.len == 0 && !secret.inline_in_file;
}

TEST(a_device_file_may_hold_the_key_itself)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0xab, 0xCD};

    CHECK(read_reference("hex:0001abCD"));
    CHECK(holds(bytes, sizeof bytes) && secret.inline_in_file);
    CHECK(read_reference("text: a;b=\xc3\xa4 "));
    CHECK(holds_text(" a;b=\xc3\xa4 ") && secret.inline_in_file);
    CHECK(read_reference(KEY_LINE));
    CHECK(secret.len == 32 && secret.bytes[0] == 0 && secret.bytes[31] == 31);
    CHECK(secret.inline_in_file);
}

TEST(a_key_file_holds_any_of_the_three_forms)
{
    CHECK(read_file("hex:00ff"));
    CHECK(holds("\x00\xff", 2) && !secret.inline_in_file);
    CHECK(read_file("text:open sesame"));
    CHECK(holds_text("open sesame"));
    CHECK(read_file(KEY_LINE));
    CHECK(secret.len == 32 && secret.bytes[31] == 31);
    CHECK(read_file("CSK1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SQHY7K4\n"));
    CHECK(secret.len == 32 && secret.bytes[31] == 31);
}

TEST(a_variable_holds_any_of_the_three_forms)
{
    CHECK(read_variable("hex:00ff\n"));
    CHECK(holds("\x00\xff", 2) && !secret.inline_in_file);
    CHECK(read_variable("text:open sesame\r\n"));
    CHECK(holds_text("open sesame"));
    CHECK(read_variable(KEY_LINE));
    CHECK(secret.len == 32 && secret.bytes[31] == 31);
}

TEST(one_newline_at_the_end_is_dropped_and_no_blank)
{
    CHECK(read_file("text:a\n") && holds_text("a"));
    CHECK(read_file("text:a\r\n") && holds_text("a"));
    CHECK(read_file("text:a \n") && holds_text("a "));
    CHECK(!read_file("text:a\n\n") && error_says("more than one line"));
    CHECK(!read_file("text:a\r\n\r\n") && error_says("more than one line"));
    CHECK(!read_file("text:a\r") && error_says("more than one line"));
    CHECK(!read_file("text:a\nb") && error_says("more than one line"));
    CHECK(!read_file("\ntext:a") && error_says("more than one line"));
    CHECK(!read_variable("text:a\nb\n") && error_says("more than one line"));
    CHECK(!read_file(KEY_LINE " \n") && error_says("character 63 "));
}

TEST(nothing_is_no_key)
{
    CHECK(!read_file("") && error_says("empty"));
    CHECK(!read_file("\n") && error_says("empty"));
    CHECK(!read_file("\r\n") && error_says("empty"));
    CHECK(!read_variable("") && error_says("empty"));
    CHECK(!read_reference("hex:") && error_says("no digits"));
    CHECK(!read_reference("text:") && error_says("nothing after text:"));
    CHECK(!read_file("text:\n") && error_says("nothing after text:"));
    CHECK(!read_reference("") && error_says("none of csk1, hex: and text:"));
    CHECK(!read_reference("file:") && error_says("no path after file:"));
    CHECK(!read_reference("env:") && error_says("no name after env:"));
    CHECK(!read_reference("env:CSIGN_TEST_NEVER_SET") && error_says("not set"));
    CHECK(error_says("CSIGN_TEST_NEVER_SET"));
}

TEST(hex_has_whole_bytes_and_only_digits)
{
    CHECK(!read_reference("hex:abc") && error_says("odd number"));
    CHECK(!read_reference("hex:0g") && error_says("character 2 after hex:"));
    CHECK(!read_reference("hex:00 11") && error_says("character 3 after hex:"));
    CHECK(!read_reference("hex:0x11") && error_says("character 2 after hex:"));
    CHECK(!read_reference("HEX:00") && error_says("none of csk1, hex: and text:"));
}

TEST(text_is_well_formed_utf_8)
{
    CHECK(read_reference("text:\xf0\x9f\x92\xa1") && holds_text("\xf0\x9f\x92\xa1"));
    CHECK(!read_reference("text:\xe4") && error_says("UTF-8"));
    CHECK(!read_file("text:abc\xff\n") && error_says("UTF-8"));
}

TEST(utf_8_ends_where_rfc_3629_says)
{
    static const char *const good[] = {"",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xfe",
                                      "\xff",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xf0\x9f\x92",
                                      "\xc3(",
                                      "\xe2\x82(",
                                      "\xf0\x9f\x92(",
                                      "\xe2(\xa1",
                                      "a\xc3"};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(utf8_valid((const uint8_t *)good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!utf8_valid((const uint8_t *)bad[i], strlen(bad[i])));
    CHECK(!utf8_valid((const uint8_t *)"\xc3\xa4", 1));
    CHECK(utf8_valid((const uint8_t *)"a\0b", 3));
}

TEST(a_key_has_at_most_1024_bytes)
{
    static char line[2 * SECRET_MAX + 32];

    snprintf(line, sizeof line, "hex:%0*d\r\n", 2 * SECRET_MAX, 0);
    CHECK(read_file(line) && secret.len == SECRET_MAX);
    CHECK(read_variable(line) && secret.len == SECRET_MAX);
    snprintf(line, sizeof line, "hex:%0*d", 2 * SECRET_MAX + 2, 0);
    CHECK(!read_file(line) && error_says("over 1024 bytes"));
    snprintf(line, sizeof line, "text:%0*d\r\n", SECRET_MAX, 0);
    CHECK(read_file(line) && secret.len == SECRET_MAX);
    snprintf(line, sizeof line, "text:%0*d\n", SECRET_MAX + 1, 0);
    CHECK(!read_file(line) && error_says("over 1024 bytes"));
    CHECK(!read_variable(line) && error_says("over 1024 bytes"));
    snprintf(line, sizeof line, "hex:%0*d", 2 * SECRET_MAX + 20, 0);
    CHECK(!read_file(line) && error_says("too long"));
    CHECK(!read_variable(line) && error_says("too long"));
}

TEST(a_nul_byte_in_a_key_file_is_refused)
{
    CHECK(!read_file_of("text:ab\0cd\n", 11, 0600) && error_says("NUL"));
    CHECK(!read_file_of("hex:00\0", 7, 0600) && error_says("NUL"));
}

TEST(a_key_that_is_none_is_never_repeated)
{
    CHECK(!read_reference("sesame") && error_says("none of csk1, hex: and text:"));
    CHECK(strstr(error, "sesame") == NULL);
    CHECK(!read_file("text:ses\xff"
                     "ame") &&
          strstr(error, "ses") == NULL);
    CHECK(!read_file("file:other.key") && error_says("none of csk1"));
    CHECK(!read_variable("env:OTHER") && error_says("none of csk1"));
}

TEST(a_mistyped_key_is_told_where)
{
    CHECK(!read_file("csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarl0sqhy7k4\n"));
    CHECK(error_says("character 54 is mistyped"));
    CHECK(!read_file("xsk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sqhy7k4\n"));
    CHECK(error_says("character 1 "));
    CHECK(!read_reference("cskl") && error_says("character 4 "));
}

TEST(a_file_that_others_have_rights_to_is_refused_with_its_cure)
{
    for (unsigned bit = 1; bit <= 040; bit <<= 1) {
        CHECK(!read_file_of("text:a\n", 7, 0600 | bit));
        CHECK(error_says("chmod 600 ") && error_says("/k.key"));
        CHECK(is_wiped());
    }
    CHECK(read_file_of("text:a\n", 7, 0600));
    CHECK(read_file_of("text:a\n", 7, 0700));
    CHECK(read_file_of("text:a\n", 7, 0400));
}

TEST(a_file_of_another_user_is_refused_unless_that_is_root)
{
    struct stat status = {.st_mode = S_IFREG | 0600, .st_uid = 1000};

    CHECK(secret_file_is_private(&status, 1000, "k", error, sizeof error));
    CHECK(!secret_file_is_private(&status, 1001, "k", error, sizeof error));
    CHECK(error_says("another user; chown 1001 k"));
    CHECK(!secret_file_is_private(&status, 0, "k", error, sizeof error));
    CHECK(error_says("another user; chown 0 k"));
    status.st_uid = 0;
    CHECK(secret_file_is_private(&status, 1000, "k", error, sizeof error));
}

TEST(a_credential_of_a_service_may_show_its_group_a_right_to_read)
{
    struct stat status = {.st_mode = S_IFREG | 0440, .st_uid = 0};

    CHECK_EQUAL(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x.service", 1), 0);
    CHECK(secret_file_is_private(&status, 1000, "/run/credentials/x.service/owner.key", error,
                                 sizeof error));
    CHECK(!secret_file_is_private(&status, 1000, "/run/credentials/x.servicex/k", error,
                                  sizeof error));
    CHECK(!secret_file_is_private(&status, 1000, "/run/credentials/x.service/../y/k", error,
                                  sizeof error));
    status.st_mode |= 0004;
    CHECK(!secret_file_is_private(&status, 1000, "/run/credentials/x.service/owner.key", error,
                                  sizeof error));
    CHECK_EQUAL(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

TEST(only_a_regular_file_is_a_key_file)
{
    char name[256];

    CHECK(!read_reference("file:.") && error_says("not a regular file"));
    CHECK(!read_reference("file:/dev/null") && error_says("not a regular file"));
    snprintf(name, sizeof name, "%s/fifo", directory());
    CHECK_EQUAL(mkfifo(name, 0600), 0);
    CHECK(!read_reference("file:fifo") && error_says("not a regular file"));
    CHECK_EQUAL(unlink(name), 0);
    CHECK(!read_reference("file:none.key") && error_says("No such file"));
    CHECK(error_says("/none.key: "));
}

TEST(a_relative_path_starts_at_the_given_directory_and_an_absolute_one_at_the_root)
{
    char name[256], reference[300];
    FILE *file;

    snprintf(name, sizeof name, "%s/k.key", directory());
    file = fopen(name, "wb");
    CHECK(file != NULL);
    fputs("text:here", file);
    CHECK(fclose(file) == 0 && chmod(name, 0600) == 0);

    CHECK(read_reference("file:k.key") && holds_text("here"));
    snprintf(reference, sizeof reference, "file:%s", name);
    CHECK(secret_read(&secret, reference, "/nowhere", error, sizeof error));
    CHECK(holds_text("here"));
    CHECK(!secret_read(&secret, "file:k.key", "/nowhere", error, sizeof error));
    CHECK(secret_read_file(&secret, name, error, sizeof error));
    CHECK(holds_text("here"));
    CHECK_EQUAL(unlink(name), 0);
}

TEST(a_path_too_long_is_refused)
{
    static char reference[6000];

    snprintf(reference, sizeof reference, "file:%0*d", 5000, 0);
    CHECK(!read_reference(reference) && error_says("too long"));
}

TEST(a_failure_leaves_no_key_and_no_open_file)
{
    int before = open("/dev/null", O_RDONLY), after;

    close(before);
    CHECK(!read_file("text:abc\xff"));
    CHECK(is_wiped());
    CHECK(!read_reference("hex:abcx"));
    CHECK(is_wiped());
    CHECK(!read_file_of("text:a", 6, 0644));
    CHECK(read_file("text:a"));
    after = open("/dev/null", O_RDONLY);
    close(after);
    CHECK_EQUAL(after, before);
}

TEST(a_wiped_secret_holds_nothing)
{
    CHECK(read_reference("text:sesame"));
    secret_wipe(&secret);
    CHECK(is_wiped());
}

TEST(an_error_is_cut_to_the_callers_buffer)
{
    char small[8];

    memset(small, 'x', sizeof small);
    CHECK(!secret_read(&secret, "file:/none/such", ".", small, 4));
    CHECK(strcmp(small, "key") == 0 && small[4] == 'x');
}

TESTS(RUN(a_device_file_may_hold_the_key_itself),
      RUN(a_key_file_holds_any_of_the_three_forms),
      RUN(a_variable_holds_any_of_the_three_forms),
      RUN(one_newline_at_the_end_is_dropped_and_no_blank), RUN(nothing_is_no_key),
      RUN(hex_has_whole_bytes_and_only_digits), RUN(text_is_well_formed_utf_8),
      RUN(utf_8_ends_where_rfc_3629_says), RUN(a_key_has_at_most_1024_bytes),
      RUN(a_nul_byte_in_a_key_file_is_refused), RUN(a_key_that_is_none_is_never_repeated),
      RUN(a_mistyped_key_is_told_where),
      RUN(a_file_that_others_have_rights_to_is_refused_with_its_cure),
      RUN(a_file_of_another_user_is_refused_unless_that_is_root),
      RUN(a_credential_of_a_service_may_show_its_group_a_right_to_read),
      RUN(only_a_regular_file_is_a_key_file),
      RUN(a_relative_path_starts_at_the_given_directory_and_an_absolute_one_at_the_root),
      RUN(a_path_too_long_is_refused), RUN(a_failure_leaves_no_key_and_no_open_file),
      RUN(a_wiped_secret_holds_nothing), RUN(an_error_is_cut_to_the_callers_buffer))
