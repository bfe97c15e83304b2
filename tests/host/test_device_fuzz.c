/* SPDX-License-Identifier: MIT */
/* test_device_fuzz.c: device files that went wrong at random. Meant to run under the
 * sanitizers too; the seed is fixed, so that a failure comes again. */
#include "check.h"
#include "device_file.h"
#include "process.h"

#include <stdio.h>
#include <unistd.h>

#define ROUNDS 20000
#define ROOM   4096
#define SECRET                                                                           \
    "Zq7Zq8Zq9Zq0ZqAZqB" /* of text: keys below; no mutation makes it by chance */
#define NO_TRACE "Zq"

static const char *const good[] = {
    "[device]\nid = lamp-1\naddress = tcp://127.0.0.1:7531\nprofile = sealed\n"
    "hash = blake2s\nwake = 24\nchallenge = 32\ntag = 20\npayload = 40\ndeadline = 2500\n"
    "limit = 90000\nkey = text:" SECRET "\n[commands]\non = 01\noff = 02\nstatus = ef\n"
    "[keys]\nowner = text:" SECRET " : all, admin\nguest = env:GUEST : on, off\n"
    "[run]\non = /bin/lamp \"on now\" x\noff = ./lamp off ; c\n",
    "[device]\naddress = serial:/dev/ttyUSB0?baud=57600&boot=0\nprofile = classic\n"
    "hash = sha512\nwake = 1\nchallenge = 64\noverlap = allow\nkey = text:" SECRET "\n"
    "[answers]\ndone = a0a1\nfailed = a2a3\n[commands]\nopen = 0001\nclose = 0002\n"
    "[run]\nclose = bin/close\n",
    "[device]\r\naddress = unix:run/lamp.sock ; c\r\nkey = text:" SECRET "\r\n"
    "[commands]\r\n0 = 00\r\n1 = 01\r\n",
};

static uint64_t state = 0x9e3779b97f4a7c15u;

static unsigned below(size_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 16) % limit);
}

struct text {
    char bytes[ROOM];
    size_t len;
};

static void cut(struct text *text, size_t at, size_t len)
{
    if (len > text->len - at)
        len = text->len - at;
    memmove(text->bytes + at, text->bytes + at + len, text->len - at - len);
    text->len -= len;
}

static void insert(struct text *text, size_t at, const char *bytes, size_t len)
{
    if (text->len + len > ROOM)
        return;
    memmove(text->bytes + at + len, text->bytes + at, text->len - at);
    memcpy(text->bytes + at, bytes, len);
    text->len += len;
}

/* Pieces that mean something somewhere. */
static void insert_piece(struct text *text, size_t at)
{
    static const char *const pieces[] = {"\n",
                                         "[",
                                         "]",
                                         "=",
                                         ":",
                                         " ;",
                                         ";",
                                         "#",
                                         "\"",
                                         "\t",
                                         " : ",
                                         ",",
                                         "\r\n",
                                         "..",
                                         "[keys]\n",
                                         "[run]\n",
                                         "[device]\n",
                                         "on",
                                         "all",
                                         "admin",
                                         "key = ",
                                         "0",
                                         "ff",
                                         "-1",
                                         "hex:",
                                         "file:",
                                         "env:",
                                         "csk1",
                                         "4294967296",
                                         "\xef\xbb\xbf",
                                         "\xc3",
                                         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
    const char *piece = pieces[below(sizeof pieces / sizeof *pieces)];

    insert(text, at, piece, strlen(piece));
}

static void copy_part(struct text *text, size_t at)
{
    char part[80];
    size_t from = below(text->len), len = 1 + below(sizeof part);

    if (len > text->len - from)
        len = text->len - from;
    memcpy(part, text->bytes + from, len);
    insert(text, at, part, len);
}

static void mutate(struct text *text)
{
    size_t at;

    if (text->len == 0)
        return;
    at = below(text->len);
    switch (below(6)) {
    case 0:
        text->bytes[at] = (char)below(256);
        break;
    case 1:
        text->bytes[at] = (char)(text->bytes[at] ^ 1 << below(8));
        break;
    case 2:
        cut(text, at, 1 + below(40));
        break;
    case 3:
        insert_piece(text, at);
        break;
    case 4:
        copy_part(text, at);
        break;
    default:
        text->len = below(8) == 0 ? at : text->len;
        break;
    }
}

static void write_text(const char *path, const struct text *text)
{
    FILE *to = fopen(path, "wb");

    assert_non_null(to);
    assert_int_equal(fwrite(text->bytes, 1, text->len, to), text->len);
    assert_int_equal(fclose(to), 0);
}

static bool is_device_good(const struct device_file *file)
{
    csign_any_work work;
    csign_settings settings = device_file_settings(file, &work);
    csign_slot slots[254] = {0};
    csign_any_keyed keyed[254];
    csign_device device = {
        .settings = &settings,
        .profile = file->is_sealed ? &csign_sealed_server : &csign_classic_server,
        .commands = name_table_codes(&file->commands),
        .answers = name_table_codes(&file->answers),
        .slots = slots,
        .keyed = keyed,
        .slot_count = (uint8_t)(file->key_count == 0 ? 1 : file->key_count)};

    return csign_device_check(&device, file->may_overlap) == CSIGN_OK;
}

/* What is read is what the library takes; what is not is told in one line, without a key.
 */
static bool check_reading(const char *path, enum device_file_role role)
{
    struct device_file file;
    char error[512];
    bool is_read = device_file_read(&file, path, role, error, sizeof error);

    if (is_read) {
        assert_true(error[0] == '\0' && is_device_good(&file));
    } else {
        assert_true(strncmp(error, path, strlen(path)) == 0);
        assert_null(strchr(error, '\n'));
        assert_null(strstr(error, NO_TRACE));
    }
    device_file_free(&file);
    return is_read;
}

TEST(no_mutation_of_a_good_file_crashes_or_is_half_read_or_tells_a_key)
{
    const char *path = test_path("mutated.ini");
    struct text text;
    unsigned accepted = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        const char *from = good[below(sizeof good / sizeof *good)];

        text.len = strlen(from);
        memcpy(text.bytes, from, text.len);
        for (unsigned n = below(4); n < 4; n++)
            mutate(&text);
        write_text(path, &text);
        accepted += check_reading(path, (enum device_file_role)below(4));
    }
    /* Both ways were gone often. */
    CHECK(accepted > ROUNDS / 20 && accepted < ROUNDS - ROUNDS / 20);
    CHECK_EQUAL(unlink(path), 0);
}

TEST(the_files_that_are_mutated_are_good)
{
    const char *path = test_path("good.ini");
    struct device_file file;
    char error[512];

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(strcmp(test_file("good.ini", good[i], 0600), path) == 0);
        CHECK(device_file_read(&file, path, DEVICE_FILE_FOR_BOTH, error, sizeof error));
        device_file_free(&file);
    }
}

TESTS(RUN(the_files_that_are_mutated_are_good),
      RUN(no_mutation_of_a_good_file_crashes_or_is_half_read_or_tells_a_key))
