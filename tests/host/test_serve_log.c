/* SPDX-License-Identifier: MIT */
/* `countersign serve`: what it says, in its log and when it does not start. */
#include "serve_fixture.h"

#include <jansson.h>

#define ON "[commands]\non = 01\n"

static struct client_kind owner, guest;

static int setup(void **state)
{
    (void)state;
    client_kind_init(&owner, true, OWNER_KEY);
    client_kind_init(&guest, true, GUEST_KEY);
    return 0;
}

TEST(a_log_that_nobody_reads_stops_nobody_and_says_what_it_dropped)
{
    struct lamp lamp;
    struct client c;
    const char *line, *count;

    lamp_begin(&lamp, SEALED_LAMP ON);
    /* A pipe and the buffer together hold some 128 KiB, a line has more than 100 bytes.
     */
    for (int i = 0; i < 10; i++) {
        CHECK(client_connect(&c, &owner, &lamp));
        for (int k = 0; k < 200; k++)
            CHECK_EQUAL(client_ask(&c, 1), CSIGN_OUTCOME_DONE);
        client_close(&c);
    }
    line = process_error_line_with(&lamp.process, " dropped lines=");
    count = strstr(line, "lines=") + 6;
    CHECK(atoi(count) > 0 && atoi(count) < 2000);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 2), CSIGN_OUTCOME_FAILED);
    process_error_line_with(&lamp.process, "exchange");
    lamp_end(&lamp);
}

/* Every line that was written or counted is an exchange's. */
TEST(no_line_of_the_log_is_lost_without_being_counted)
{
    struct lamp lamp;
    struct client c;
    const char *line;
    int told = 0, dropped = 0;

    lamp_begin(&lamp, SEALED_LAMP ON);
    CHECK(client_connect(&c, &owner, &lamp));
    for (int k = 0; k < 3000; k++)
        CHECK_EQUAL(client_ask(&c, 1), CSIGN_OUTCOME_DONE);
    client_close(&c);
    process_signal(&lamp.process, SIGTERM);
    while ((line = process_error_line(&lamp.process)) != NULL) {
        if (strstr(line, " exchange ") != NULL)
            told++;
        else if (strstr(line, " dropped lines=") != NULL)
            dropped += atoi(strstr(line, "lines=") + 6);
        else
            told += strstr(line, " stopping") == NULL ? 1 : 0;
    }
    /* "stopping" may be among the dropped. */
    CHECK(told + dropped == 3000 || told + dropped == 3001);
    CHECK_EQUAL(process_wait(&lamp.process), 0);
    process_end(&lamp.process);
}

TEST(a_log_whose_reader_is_gone_stops_nobody)
{
    struct lamp lamp;
    struct client c;

    lamp_begin(&lamp, SEALED_LAMP ON);
    close(lamp.process.err.fd);
    lamp.process.err.fd = -1;
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    process_signal(&lamp.process, SIGTERM);
    CHECK_EQUAL(process_wait(&lamp.process), 0);
    process_end(&lamp.process);
}

TEST(a_log_in_a_file_goes_behind_what_is_there)
{
    struct process_options options = {.error_file = test_file("log", "before\n", 0600)};
    struct lamp lamp;
    struct client c;
    char text[512] = "";
    FILE *file;

    lamp_begin_with(&lamp, SEALED_LAMP ON, NULL, &options);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    lamp_end(&lamp);
    file = fopen(test_path("log"), "r");
    CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    CHECK(strncmp(text, "before\n", 7) == 0);
    CHECK(strstr(text, "command=on answer=done status=0") != NULL);
}

TEST(json_logs_one_object_a_line)
{
    struct lamp lamp;
    struct client c;
    json_t *line;

    LAMP_BEGIN_WITH(&lamp, SEALED_LAMP ON, "--json");
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ask_once(&c, &guest, &lamp, 1), CSIGN_OUTCOME_UNKNOWN);
    line = json_loads(process_error_line(&lamp.process), 0, NULL);
    CHECK(line != NULL);
    CHECK(strcmp(json_string_value(json_object_get(line, "event")), "exchange") == 0);
    CHECK(strcmp(json_string_value(json_object_get(line, "key")), "key") == 0);
    CHECK(strcmp(json_string_value(json_object_get(line, "command")), "on") == 0);
    CHECK(strcmp(json_string_value(json_object_get(line, "answer")), "done") == 0);
    CHECK_EQUAL(json_integer_value(json_object_get(line, "status")), 0);
    json_decref(line);
    line = json_loads(process_error_line(&lamp.process), 0, NULL);
    CHECK(line != NULL);
    CHECK(strcmp(json_string_value(json_object_get(line, "event")), "refused") == 0);
    CHECK(strcmp(json_string_value(json_object_get(line, "reason")), "wrong-tag") == 0);
    CHECK_EQUAL(json_integer_value(json_object_get(line, "number")), CSIGN_P_TAG);
    json_decref(line);
    lamp_end(&lamp);
}

TEST(the_log_holds_neither_keys_nor_arguments_nor_output)
{
    struct lamp lamp;
    struct client c;
    const char *rest;

    lamp_begin(&lamp, SEALED_LAMP ON "cat = 02\n[run]\ncat = /bin/cat\n");
    CHECK(client_connect(&c, &owner, &lamp));
    CHECK_EQUAL(client_ask_with(&c, 2, "a-secret-argument", 17), CSIGN_OUTCOME_DONE);
    client_close(&c);
    process_signal(&lamp.process, SIGTERM);
    CHECK_EQUAL(process_wait(&lamp.process), 0);
    rest = process_error_rest(&lamp.process);
    CHECK(strstr(rest, "command=cat") != NULL);
    CHECK(strstr(rest, "secret") == NULL && strstr(rest, "owner's") == NULL);
    process_end(&lamp.process);
}

/* Starts with these arguments; it must end by itself. */
static int run_serve(struct process *p, const char *first, const char *second,
                     const char *third)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM, "serve", first, second, third, NULL};

    return process_run(p, argv, NULL, NULL);
}

static void refuses_file(const char *text, const char *message)
{
    struct process p;

    assert_int_equal(run_serve(&p, test_file("bad.ini", text, 0600), NULL, NULL), 2);
    assert_string_equal(process_rest(&p), "");
    if (strstr(process_error_rest(&p), message) == NULL)
        fail_msg("it does not say: %s", message);
    process_end(&p);
}

TEST(a_bad_file_is_told_with_its_line)
{
    (void)check_state;
    refuses_file(LAMP "[keys]\na = text:" OWNER_KEY " : all\nb = text:" OWNER_KEY
                      " : all\n" ON,
                 "bad.ini:6: ");
    test_file("short.key", "text:too short\n", 0600);
    refuses_file(LAMP "key = file:short.key\n" ON, "bad.ini:4: ");
    refuses_file(LAMP "key = file:nowhere.key\n" ON, "bad.ini:4: ");
    refuses_file(LAMP "key = env:NOT_SET_AT_ALL\n" ON, "bad.ini:4: ");
    test_file("open.key", "text:" OWNER_KEY "\n", 0644);
    refuses_file(LAMP "key = file:open.key\n" ON, "bad.ini:4: ");
    refuses_file(SEALED_LAMP ON "on = 02\n", "bad.ini:7: ");
}

TEST(wrong_usage_is_told)
{
    struct process p;
    const char *good = test_file("good.ini", SEALED_LAMP ON, 0600);

    CHECK_EQUAL(run_serve(&p, NULL, NULL, NULL), 2);
    process_end(&p);
    CHECK_EQUAL(run_serve(&p, good, "another", NULL), 2);
    process_end(&p);
    CHECK_EQUAL(run_serve(&p, good, "--connections", "0"), 2);
    process_end(&p);
    CHECK_EQUAL(run_serve(&p, good, "--connections", "many"), 2);
    process_end(&p);
    CHECK_EQUAL(run_serve(&p, good, "--listen", "nonsense"), 2);
    process_end(&p);
    CHECK_EQUAL(run_serve(&p, "--unknown", good, NULL), 2);
    process_end(&p);
    CHECK_EQUAL(run_serve(&p, "/nowhere/lamp.ini", NULL, NULL), 2);
    process_end(&p);
    CHECK_EQUAL(run_serve(&p, "--help", NULL, NULL), 0);
    CHECK(strncmp(process_rest(&p), "usage: countersign serve", 24) == 0);
    process_end(&p);
}

TEST(an_address_that_is_taken_is_told)
{
    struct lamp lamp;
    struct process p;
    const char *good = test_file("good.ini", SEALED_LAMP ON, 0600);

    lamp_begin(&lamp, SEALED_LAMP ON);
    CHECK_EQUAL(run_serve(&p, good, "--listen", lamp.address), 3);
    CHECK(strstr(process_error_rest(&p), lamp.address) != NULL);
    process_end(&p);
    lamp_end(&lamp);
}

TEST(listen_takes_the_place_of_the_files_address)
{
    struct lamp lamp;
    struct client c;
    char address[300];

    snprintf(address, sizeof address, "unix:%s", test_path("other.sock"));
    LAMP_BEGIN_WITH(&lamp, SEALED_LAMP ON, "--listen", address);
    CHECK(strcmp(lamp.address, address) == 0);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    lamp_end(&lamp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_log_that_nobody_reads_stops_nobody_and_says_what_it_dropped),
        RUN(no_line_of_the_log_is_lost_without_being_counted),
        RUN(a_log_whose_reader_is_gone_stops_nobody),
        RUN(a_log_in_a_file_goes_behind_what_is_there),
        RUN(json_logs_one_object_a_line),
        RUN(the_log_holds_neither_keys_nor_arguments_nor_output),
        RUN(a_bad_file_is_told_with_its_line),
        RUN(wrong_usage_is_told),
        RUN(an_address_that_is_taken_is_told),
        RUN(listen_takes_the_place_of_the_files_address),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
