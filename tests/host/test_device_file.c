/* SPDX-License-Identifier: MIT */
/* test_device_file.c: every file of tests/device-files is read as cases.json says. */
#include "check.h"
#include "device_file.h"
#include "process.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILES COUNTERSIGN_ROOT "/tests/device-files/"

static struct device_file file;
static char error[1024];

static bool read_as(const char *path, enum device_file_role role)
{
    memset(&file, 0xa5, sizeof file);
    memset(error, 0xa5, sizeof error);
    return device_file_read(&file, path, role, error, sizeof error);
}

static enum device_file_role role_of(const char *name)
{
    static const struct {
        const char *name;
        enum device_file_role role;
    } roles[] = {{"client", DEVICE_FILE_FOR_CLIENT},
                 {"device", DEVICE_FILE_FOR_DEVICE},
                 {"both", DEVICE_FILE_FOR_BOTH},
                 {"header", DEVICE_FILE_FOR_HEADER}};

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    }
    fail_msg("cases.json: no role %s", name);
    return DEVICE_FILE_FOR_BOTH;
}

/* What the reader made of the file, in the words of cases.json. */
static json_t *table_of(const struct name_table *table)
{
    json_t *rows = json_array();

    for (size_t row = 0; row < table->count; row++) {
        char hex[2 * CSIGN_CODE_MAX + 1] = "";

        for (size_t i = 0; i < table->len; i++)
            snprintf(hex + 2 * i, 3, "%02x", table->codes[row * table->len + i]);
        json_array_append_new(rows, json_pack("[s, s]", table->names[row], hex));
    }
    return rows;
}

static json_t *keys_of(void)
{
    json_t *keys = json_array();
    char rights[9];

    for (size_t i = 0; i < file.key_count; i++) {
        snprintf(rights, sizeof rights, "%08lx", (unsigned long)file.keys[i].rights);
        json_array_append_new(keys, json_pack("{s: s, s: s, s: s}", "name",
                                              file.keys[i].name, "reference",
                                              file.keys[i].reference, "rights", rights));
    }
    return keys;
}

/* A text with the place of the files replaced, so that it is the same on every machine.
 */
static json_t *placed(const char *text)
{
    static const char directory[] = COUNTERSIGN_ROOT "/tests/device-files/";
    const char *found = strstr(text, directory);

    if (found == NULL)
        return json_string(text);
    return json_sprintf("%.*s{directory}/%s", (int)(found - text), text,
                        found + strlen(directory));
}

static json_t *runs_of(void)
{
    json_t *runs = json_object();

    for (size_t row = 0; file.runs != NULL && row < file.commands.count; row++) {
        json_t *words;

        if (file.runs[row].argv == NULL)
            continue;
        words = json_array();
        for (char **word = file.runs[row].argv; *word != NULL; word++)
            json_array_append_new(words, placed(*word));
        json_object_set_new(runs, file.commands.names[row], words);
    }
    return runs;
}

static json_t *outcome(void)
{
    char address[301];
    json_t *all;

    address_format(&file.address, address, sizeof address);
    all = json_pack("{s: s, s: s, s: s, s: i, s: i, s: i, s: I, s: b, s: s?}", "id",
                    file.id, "profile", file.is_sealed ? "sealed" : "classic", "hash",
                    file.hash_name, "wake", file.wake, "challenge", file.challenge,
                    "deadline", file.deadline_ms, "limit", (json_int_t)file.limit_ms,
                    "overlap", file.may_overlap, "key", file.key);
    if (file.is_sealed) {
        json_object_set_new(all, "tag", json_integer(file.tag));
        json_object_set_new(all, "payload", json_integer(file.payload));
    }
    json_object_set_new(all, "address", placed(address));
    if (file.store != NULL)
        json_object_set_new(all, "store", placed(file.store));
    json_object_set_new(all, "commands", table_of(&file.commands));
    json_object_set_new(all, "answers", table_of(&file.answers));
    json_object_set_new(all, "keys", keys_of());
    json_object_set_new(all, "run", runs_of());
    return all;
}

static bool is_as_expected(const json_t *expected)
{
    json_t *actual = outcome();
    bool is_same = json_equal(actual, expected) != 0;

    if (!is_same) {
        char *text = json_dumps(actual, JSON_SORT_KEYS);
        char *wanted = json_dumps(expected, JSON_SORT_KEYS);

        print_error("# read   %s\n# wanted %s\n", text, wanted);
        free(text);
        free(wanted);
    }
    json_decref(actual);
    return is_same;
}

/* "FILE:LINE: what; cure", on one line. */
static bool is_well_formed(const char *path, unsigned line, const char *says)
{
    char start[600];

    snprintf(start, sizeof start, "%s:%u: ", path, line);
    return strncmp(error, start, strlen(start)) == 0 &&
           strstr(error + strlen(start), says) != NULL && strchr(error, '\n') == NULL &&
           strstr(error, "; ") != NULL;
}

static bool keeps_secrets(const json_t *secrets)
{
    size_t i;
    json_t *secret;

    json_array_foreach(secrets, i, secret)
    {
        if (strstr(error, json_string_value(secret)) != NULL)
            return false;
    }
    return true;
}

static bool case_holds(const json_t *test, const json_t *errors)
{
    const json_t *expected = json_object_get(test, "expect");
    const char *role = json_string_value(json_object_get(test, "role"));
    const char *word = json_string_value(json_object_get(test, "error"));
    unsigned line = (unsigned)json_integer_value(json_object_get(test, "line"));
    char path[512];
    bool is_read;

    snprintf(path, sizeof path, FILES "%s",
             json_string_value(json_object_get(test, "file")));
    is_read = read_as(path, role_of(role));
    if (expected != NULL)
        return is_read && error[0] == '\0' && is_as_expected(expected);
    return !is_read && word != NULL &&
           is_well_formed(path, line, json_string_value(json_object_get(errors, word))) &&
           keeps_secrets(json_object_get(test, "secrets"));
}

TEST(every_file_is_read_as_the_table_says)
{
    json_t *all = json_load_file(FILES "cases.json", 0, NULL), *test;
    size_t i, failures = 0;

    CHECK(all != NULL);
    CHECK(json_array_size(json_object_get(all, "cases")) >= 60);
    json_array_foreach(json_object_get(all, "cases"), i, test)
    {
        if (!case_holds(test, json_object_get(all, "errors"))) {
            char *text = json_dumps(test, 0);

            print_error("# %s\n# %s\n", text, error);
            free(text);
            failures++;
        }
        device_file_free(&file);
    }
    json_decref(all);
    CHECK_EQUAL(failures, 0);
}

/* Reads each block of INI in the manual. */
static unsigned read_examples(char *manual)
{
    static const char begin[] = "\n```ini\n", end[] = "\n```\n";
    unsigned count = 0;

    for (char *at = strstr(manual, begin); at != NULL; at = strstr(at, begin)) {
        char *text = at + strlen(begin);

        at = strstr(text, end);
        *at++ = '\0';
        assert_true(read_as(test_file("example.ini", text, 0600), DEVICE_FILE_FOR_BOTH));
        device_file_free(&file);
        count++;
    }
    return count;
}

static char *read_manual(void)
{
    static char manual[65536];
    FILE *from = fopen(COUNTERSIGN_ROOT "/docs/device-file.md", "r");
    size_t len;

    assert_non_null(from);
    len = fread(manual, 1, sizeof manual - 1, from);
    assert_true(len > 0 && len < sizeof manual - 1 && fclose(from) == 0);
    manual[len] = '\0';
    return manual;
}

TEST(the_manual_names_every_error_and_its_examples_are_good)
{
    json_t *all = json_load_file(FILES "cases.json", 0, NULL), *text;
    const char *word;
    char quoted[64];

    CHECK(all != NULL);
    json_object_foreach(json_object_get(all, "errors"), word, text)
    {
        snprintf(quoted, sizeof quoted, "`%s`", word);
        if (strstr(read_manual(), quoted) == NULL)
            fail_msg("docs/device-file.md lacks %s", quoted);
    }
    json_decref(all);
    CHECK_EQUAL(read_examples(read_manual()), 2);
}

TEST(a_file_that_cannot_be_read_is_told_without_a_line)
{
    CHECK(!read_as("/none/such.ini", DEVICE_FILE_FOR_BOTH));
    CHECK(strncmp(error, "/none/such.ini: No such file", 28) == 0);
    device_file_free(&file);
    CHECK(!read_as("/", DEVICE_FILE_FOR_BOTH));
    CHECK(strncmp(error, "/: Is a directory", 17) == 0);
    device_file_free(&file);
}

TEST(an_error_is_cut_to_the_callers_buffer)
{
    char small[8];

    memset(small, 'x', sizeof small);
    CHECK(!device_file_read(&file, FILES "empty.ini", DEVICE_FILE_FOR_BOTH, small, 4));
    CHECK(small[3] == '\0' && small[4] == 'x');
    device_file_free(&file);
}

TEST(relative_paths_start_where_the_file_lies)
{
    CHECK(read_as(FILES "unix-relative.ini", DEVICE_FILE_FOR_CLIENT));
    CHECK(strcmp(file.directory, COUNTERSIGN_ROOT "/tests/device-files") == 0);
    device_file_free(&file);
    CHECK_EQUAL(chdir(COUNTERSIGN_ROOT "/tests/device-files"), 0);
    CHECK(read_as("unix-relative.ini", DEVICE_FILE_FOR_CLIENT));
    CHECK(strcmp(file.directory, ".") == 0);
    CHECK(strcmp(file.address.path, "./run/lamp.sock") == 0);
    device_file_free(&file);
}

TEST(the_settings_are_the_librarys)
{
    csign_any_work work;
    csign_settings settings;

    CHECK(read_as(FILES "sealed-full.ini", DEVICE_FILE_FOR_BOTH));
    settings = device_file_settings(&file, &work);
    CHECK_EQUAL(csign_settings_check(&settings, true), CSIGN_OK);
    CHECK(settings.hasher.hash == &csign_blake2s && settings.hasher.work == &work.head);
    CHECK(settings.id_len == 6 && memcmp(settings.id, "lamp-1", 6) == 0);
    CHECK(settings.wake == 24 && settings.challenge == 32 && settings.tag == 20);
    CHECK(settings.request_max == 40 && settings.reply_max == 255);
    CHECK(settings.is_link == 0 && settings.deadline_ms == 2500);
    CHECK_EQUAL(name_table_find(&file.commands, "status"), 2);
    CHECK_EQUAL(name_table_find(&file.commands, "Status"), CSIGN_NO_ROW);
    CHECK(name_table_codes(&file.commands).codes[2] == 0xef);
    device_file_free(&file);

    CHECK(read_as(FILES "classic-full.ini", DEVICE_FILE_FOR_BOTH));
    settings = device_file_settings(&file, &work);
    CHECK_EQUAL(csign_settings_check(&settings, false), CSIGN_OK);
    CHECK(settings.is_link == 1);
    device_file_free(&file);
}

/* Writes a classic file with as many commands as two bytes allow, all with programs. */
static const char *write_all_codes(unsigned last_code, const char *last_name)
{
    static const char head[] = "[device]\naddress = unix:s\nprofile = classic\n"
                               "key = text:a\n[commands]\n";
    size_t size = 65536 * 64;
    char *text = malloc(size), *at = text;
    const char *path;

    at += sprintf(at, "%s", head);
    for (unsigned i = 0; i < 65535; i++)
        at += sprintf(at, "c%u = %04x\n", i, i);
    at += sprintf(at, "%s = %04x\n[run]\n", last_name, last_code);
    for (unsigned i = 0; i < 65535; i++)
        at += sprintf(at, "c%u = /bin/true %u\n", i, i);
    assert_true(at < text + size);
    path = test_file("all.ini", text, 0600);
    free(text);
    return path;
}

/* With a search of all pairs each of these reads would take minutes. */
TEST(a_device_may_have_every_code_of_two_bytes)
{
    CHECK(read_as(write_all_codes(0xffff, "c65535"), DEVICE_FILE_FOR_BOTH));
    CHECK_EQUAL(file.commands.count, 65536);
    CHECK_EQUAL(name_table_find(&file.commands, "c65535"), 65535);
    CHECK(strcmp(file.runs[40000].argv[1], "40000") == 0);
    CHECK(file.runs[65535].argv == NULL);
    device_file_free(&file);

    CHECK(!read_as(write_all_codes(0x0007, "c65535"), DEVICE_FILE_FOR_BOTH));
    CHECK(strstr(error, ":65541: c65535 has the code of c7 in line 13; ") != NULL);
    device_file_free(&file);

    CHECK(!read_as(write_all_codes(0xffff, "c7"), DEVICE_FILE_FOR_BOTH));
    CHECK(strstr(error, ":65541: c7 is there twice, first in line 13; ") != NULL);
    device_file_free(&file);
}

TESTS(RUN(every_file_is_read_as_the_table_says),
      RUN(the_manual_names_every_error_and_its_examples_are_good),
      RUN(a_file_that_cannot_be_read_is_told_without_a_line),
      RUN(an_error_is_cut_to_the_callers_buffer),
      RUN(relative_paths_start_where_the_file_lies), RUN(the_settings_are_the_librarys),
      RUN(a_device_may_have_every_code_of_two_bytes))
