/* SPDX-License-Identifier: MIT */
/* test_cmd_header.c: `countersign header`, and what compilers say about what it writes.
 */
#include "check.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES COUNTERSIGN_ROOT "/tests/device-files/"
#define KEY   "text:not in any header"

static struct process run;

static int header(const char *file, const char *output, const char *prefix)
{
    const char *argv[8] = {COUNTERSIGN_PROGRAM, "header", file};
    size_t count = 3;

    if (output != NULL) {
        argv[count++] = "-o";
        argv[count++] = output;
    }
    if (prefix != NULL) {
        argv[count++] = "--prefix";
        argv[count++] = prefix;
    }
    argv[count] = NULL;
    return process_run(&run, argv, NULL, NULL);
}

/* Runs a line of the shell in the test's directory; its errors are printed. */
static bool shell(const char *line)
{
    const char *argv[] = {"/bin/sh", "-c", line, NULL};
    struct process_options options = {.directory = test_directory()};
    struct process p;
    int status = process_run(&p, argv, &options, NULL);

    if (status != 0)
        print_error("# %s\n%s%s\n", line, process_rest(&p), process_error_rest(&p));
    process_end(&p);
    return status == 0;
}

#define STRICT                                                                           \
    "-pedantic -Wall -Wextra -Wshadow -Wconversion -Werror -I" COUNTERSIGN_ROOT "/src"
#define HOST_SOURCES COUNTERSIGN_ROOT "/src/csign/*.c"

/* What a sketch does with the header. On a host it runs: 0 when the library accepts it.
 */
static const char firmware[] =
    "#include \"device.h\"\n"
    "static CSIGN_DEVICE_WORK work;\n"
    "static const csign_settings settings = CSIGN_DEVICE_SETTINGS(&work.head);\n"
    "static csign_slot slots[2];\n"
    "static CSIGN_DEVICE_KEYED keyed[2];\n"
    "static csign_device device = CSIGN_DEVICE_INIT(&settings, slots, keyed, 2);\n"
    "static const csign_client_config config = CSIGN_DEVICE_CLIENT_INIT(&settings, "
    "keyed);\n"
    "static uint8_t memory[CSIGN_DEVICE_SERVER_BYTES];\n"
    "static uint8_t client_memory[CSIGN_DEVICE_CLIENT_BYTES];\n"
    "int main(void)\n"
    "{\n"
    "    uint8_t code[CSIGN_DEVICE_COMMANDS_LEN];\n"
    "    csign_table_code(&device.commands, CSIGN_DEVICE_ROW_CLOSE, code);\n"
    "    if (csign_device_check(&device, CSIGN_DEVICE_MAY_OVERLAP) != CSIGN_OK) return "
    "1;\n"
    "    if (csign_client_check(&config) != CSIGN_OK) return 2;\n"
    "    if (csign_server_bytes(&device) > sizeof memory) return 3;\n"
    "    if (csign_client_bytes(&config) > sizeof client_memory) return 4;\n"
    "    if (device.commands.count != CSIGN_DEVICE_COMMANDS_COUNT) return 5;\n"
    "    if (code[sizeof code - 1] != 2) return 6;\n"
    "    return 0;\n"
    "}\n";

/* Compiles the firmware as C99 and C++11 for host and ATmega328P, and runs it here. */
static void compile_and_run(const char *file)
{
    CHECK_EQUAL(header(file, test_path("device.h"), NULL), 0);
    CHECK(strlen(process_error_rest(&run)) == 0 && strlen(process_rest(&run)) == 0);
    process_end(&run);
    test_file("device.c", firmware, 0600);
    test_file("device.cpp", firmware, 0600);
    CHECK(
        shell("cc -std=c99 " STRICT " device.c " HOST_SOURCES " -o device && ./device"));
    CHECK(shell("c++ -std=c++11 " STRICT " -c device.cpp -o device.o"));
    CHECK(shell("avr-gcc -mmcu=atmega328p -Os -std=c99 " STRICT " -c device.c -o avr.o"));
    CHECK(shell("avr-g++ -mmcu=atmega328p -Os -std=c++11 " STRICT
                " -c device.cpp -o avr.o"));
    CHECK(shell("avr-nm avr.o | grep -q csign_device_codes"));
}

TEST(a_sealed_devices_header_compiles_everywhere_and_is_what_the_library_takes)
{
    compile_and_run(
        test_file("sealed.ini",
                  "[device]\nid = a\"b\\c?\?/d\xc3\xa4\x31\n"
                  "address = tcp://[::1]:65535\nwake = 24\nchallenge = 8\n"
                  "tag = 32\npayload = 5\ndeadline = 60000\nkey = " KEY "\n"
                  "[commands]\nopen-it = 01\nclose = 02\n3.x_Y = ef\nlen = 04\n",
                  0600));
}

TEST(a_classic_devices_header_compiles_everywhere_and_is_what_the_library_takes)
{
    compile_and_run(
        test_file("classic.ini",
                  "[device]\nprofile = classic\nhash = sha512\nwake = 255\n"
                  "address = serial:/dev/ttyUSB0?baud=4000000\noverlap = allow\n"
                  "key = " KEY "\n[commands]\nopen = 0001\nclose = 0002\n"
                  "[answers]\ndone = 0001\nfailed = a0a1\n",
                  0600));
}

TEST(a_silent_classic_devices_header_compiles_everywhere)
{
    compile_and_run(test_file("silent.ini",
                              "[device]\nprofile = classic\nhash = sha1\nwake = 0\n"
                              "address = unix:s\nkey = " KEY "\n[commands]\nclose = 02\n",
                              0600));
}

/* The line that begins with text, up to its end. */
static bool has_line(const char *all, const char *line)
{
    size_t len = strlen(line);

    for (const char *at = all; (at = strstr(at, line)) != NULL; at += len) {
        if ((at == all || at[-1] == '\n') && (at[len] == '\n' || at[len] == ' '))
            return true;
    }
    print_error("# no line %s\n", line);
    return false;
}

TEST(every_setting_and_command_is_in_the_header)
{
    const char *text;

    CHECK_EQUAL(header(FILES "sealed-full.ini", NULL, NULL), 0);
    text = process_rest(&run);
    CHECK(has_line(text, "#define CSIGN_DEVICE_HOST \"127.0.0.1\""));
    CHECK(has_line(text, "#define CSIGN_DEVICE_PORT 7531"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_IS_SEALED 1"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_SERVER_PROFILE csign_sealed_server"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_HASH csign_blake2s"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_ID \"lamp-1\""));
    CHECK(has_line(text, "#define CSIGN_DEVICE_ID_LEN 6"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_WAKE 24"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_CHALLENGE 32"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_TAG 20"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_REQUEST_MAX 40"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_DEADLINE_MS 2500"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_LIMIT_MS 90000"));
    CHECK(has_line(text, "    CSIGN_DEVICE_ROW_STATUS = 2,"));
    CHECK(has_line(text, "    CSIGN_DEVICE_CODE_STATUS = 0xef"));
    CHECK(has_line(text,
                   "    0x01, /* on */\n    0x02, /* off */\n    0xef, /* status */"));
    process_end(&run);

    CHECK_EQUAL(header(FILES "classic-full.ini", NULL, NULL), 0);
    text = process_rest(&run);
    CHECK(has_line(text, "#define CSIGN_DEVICE_BAUD 57600"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_IS_LINK 1"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_CODE_CLOSE {0x00, 0x02}"));
    CHECK(has_line(text, "    CSIGN_DEVICE_ANSWER_ROW_BUSY = 2"));
    CHECK(has_line(text, "#define CSIGN_DEVICE_ANSWER_CODE_BUSY {0x00, 0x01}"));
    process_end(&run);
}

TEST(no_key_and_no_program_is_in_the_header_or_needed_for_it)
{
    CHECK_EQUAL(header(FILES "classic-full.ini", NULL, NULL), 0);
    CHECK(strstr(process_rest(&run), "old device") == NULL);
    process_end(&run);
    CHECK_EQUAL(header(FILES "sealed-full.ini", NULL, NULL), 0);
    CHECK(strstr(process_rest(&run), "guest") == NULL);
    process_end(&run);
    CHECK_EQUAL(header(FILES "no-key.ini", NULL, NULL), 0);
    process_end(&run);
    CHECK_EQUAL(header(FILES "client-skips.ini", NULL, NULL), 0);
    process_end(&run);
}

TEST(one_source_may_include_the_headers_of_two_devices)
{
    CHECK_EQUAL(header(FILES "sealed-full.ini", test_path("lamp.h"), "lamp"), 0);
    process_end(&run);
    CHECK_EQUAL(header(FILES "classic-full.ini", test_path("door.h"), "front_Door2"), 0);
    process_end(&run);
    test_file("two.c",
              "#include \"lamp.h\"\n#include \"door.h\"\n#include \"lamp.h\"\n"
              "const csign_table tables[3] = {LAMP_COMMANDS, FRONT_DOOR2_COMMANDS,\n"
              "                               FRONT_DOOR2_ANSWERS};\n",
              0600);
    CHECK(shell("cc -std=c99 " STRICT " -c two.c -o two.o"));
    CHECK(shell("! grep -E 'CSIGN_DEVICE_|csign_device_(codes|answers)' lamp.h door.h"));
}

TEST(names_that_become_one_in_c_are_refused)
{
    const char *path = test_file("same.ini",
                                 "[device]\naddress = unix:s\n[commands]\n"
                                 "a-b = 01\nc = 02\nA.b = 03\n",
                                 0600);

    CHECK_EQUAL(header(path, NULL, NULL), 2);
    CHECK(strstr(process_error_rest(&run),
                 "same.ini:6: A.b is the same name in C as a-b in line 4; ") != NULL);
    CHECK(strlen(process_rest(&run)) == 0);
    process_end(&run);
}

TEST(a_device_file_is_never_overwritten_by_its_header)
{
    const char *path =
        test_file("lamp.ini", "[device]\naddress = unix:s\n[commands]\na = 01\n", 0600);
    struct stat before, after;

    CHECK_EQUAL(stat(path, &before), 0);
    CHECK_EQUAL(header(path, path, NULL), 2);
    process_end(&run);
    CHECK_EQUAL(stat(path, &after), 0);
    CHECK(before.st_size == after.st_size);
}

TEST(a_file_that_is_bad_leaves_an_older_header_as_it_was)
{
    const char *older = test_file("older.h", "older", 0600);
    struct stat status;

    CHECK_EQUAL(header(FILES "code-ff.ini", older, NULL), 2);
    CHECK(strstr(process_error_rest(&run), "code-ff.ini:5: ") != NULL);
    process_end(&run);
    CHECK(stat(older, &status) == 0 && status.st_size == 5);
}

TEST(wrong_usage_and_a_place_that_can_not_be_written_are_told_apart)
{
    static const char *const help[] = {COUNTERSIGN_PROGRAM, "header", "--help", NULL};
    static const char *const none[] = {COUNTERSIGN_PROGRAM, "header", NULL};
    static const char *const odd[] = {COUNTERSIGN_PROGRAM, "header", "-x", "a", NULL};

    CHECK_EQUAL(process_run(&run, help, NULL, NULL), 0);
    CHECK(strncmp(process_rest(&run), "usage: countersign header FILE", 30) == 0);
    process_end(&run);
    CHECK_EQUAL(process_run(&run, none, NULL, NULL), 2);
    process_end(&run);
    CHECK_EQUAL(process_run(&run, odd, NULL, NULL), 2);
    process_end(&run);
    CHECK_EQUAL(header(FILES "minimal.ini", NULL, "9lamp"), 2);
    process_end(&run);
    CHECK_EQUAL(header(FILES "minimal.ini", NULL, "lamp-1"), 2);
    process_end(&run);
    CHECK_EQUAL(header("/none/such.ini", NULL, NULL), 2);
    process_end(&run);
    CHECK_EQUAL(header(FILES "minimal.ini", "/none/such.h", NULL), 1);
    process_end(&run);
    CHECK_EQUAL(header(FILES "minimal.ini", "/dev/full", NULL), 1);
    process_end(&run);
}

TESTS(RUN(a_sealed_devices_header_compiles_everywhere_and_is_what_the_library_takes),
      RUN(a_classic_devices_header_compiles_everywhere_and_is_what_the_library_takes),
      RUN(a_silent_classic_devices_header_compiles_everywhere),
      RUN(every_setting_and_command_is_in_the_header),
      RUN(no_key_and_no_program_is_in_the_header_or_needed_for_it),
      RUN(one_source_may_include_the_headers_of_two_devices),
      RUN(names_that_become_one_in_c_are_refused),
      RUN(a_device_file_is_never_overwritten_by_its_header),
      RUN(a_file_that_is_bad_leaves_an_older_header_as_it_was),
      RUN(wrong_usage_and_a_place_that_can_not_be_written_are_told_apart))
