/* SPDX-License-Identifier: MIT */
/* `countersign serve`: handlers, and what their ends mean on the wire. */
#include "serve_fixture.h"

static struct client_kind owner;

static int setup(void **state)
{
    (void)state;
    client_kind_init(&owner, true, OWNER_KEY);
    return 0;
}

/* Runs a program once and keeps in c what the device answers. */
static void run_once(struct client *c, const char *program, const char *arguments)
{
    struct lamp lamp;

    lamp_begin_with_program(&lamp, SEALED_LAMP, program);
    assert_true(client_connect(c, &owner, &lamp));
    client_ask_with(c, 1, arguments, strlen(arguments));
    client_close(c);
    lamp_end(&lamp);
}

static bool data_is(const struct client *c, const char *text)
{
    return c->data_len == strlen(text) && memcmp(c->data, text, c->data_len) == 0;
}

static uint8_t expected_status(int exit_status)
{
    if (exit_status == 0 || exit_status == 2 || exit_status >= 128)
        return (uint8_t)exit_status;
    return 4;
}

TEST(every_exit_status_has_its_reply)
{
    struct lamp lamp;
    struct client c;
    char number[8];

    lamp_begin_with_program(&lamp, SEALED_LAMP, "/bin/sh -c \"read n; exit $n\"");
    CHECK(client_connect(&c, &owner, &lamp));
    for (int exit_status = 0; exit_status < 256; exit_status++) {
        snprintf(number, sizeof number, "%d\n", exit_status);
        client_ask_with(&c, 1, number, strlen(number));
        CHECK_EQUAL(c.outcome,
                    exit_status == 0 ? CSIGN_OUTCOME_DONE : CSIGN_OUTCOME_FAILED);
        CHECK_EQUAL(c.status, expected_status(exit_status));
    }
    client_close(&c);
    lamp_end(&lamp);
}

TEST(a_handler_that_dies_by_a_signal_has_failed)
{
    struct lamp lamp;
    struct client c;

    lamp_begin_with_program(&lamp, SEALED_LAMP, "/bin/sh -c \"echo so far; kill -9 $$\"");
    ask_once(&c, &owner, &lamp, 1);
    CHECK_EQUAL(c.status, 4);
    process_error_line_with(&lamp.process, "program=killed signal=9");
    lamp_end(&lamp);
}

TEST(a_program_that_is_not_there_has_failed_and_is_logged)
{
    struct lamp lamp;
    struct client c;

    lamp_begin_with_program(&lamp, SEALED_LAMP, "/nowhere/at/all");
    ask_once(&c, &owner, &lamp, 1);
    CHECK_EQUAL(c.status, 4);
    CHECK_EQUAL(c.data_len, 0);
    process_error_line_with(&lamp.process, "program=not-started errno=2");
    ask_once(&c, &owner, &lamp, 1);
    CHECK_EQUAL(c.status, 4);
    lamp_end(&lamp);
}

TEST(a_command_without_a_program_is_logged_and_done)
{
    struct lamp lamp;
    struct client c;

    lamp_begin(&lamp, SEALED_LAMP "[commands]\non = 01\noff = 02\n");
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 2), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(c.data_len, 0);
    CHECK(strstr(process_error_line_with(&lamp.process, "command=off"),
                 " exchange peer=tcp://127.0.0.1:") != NULL);
    lamp_end(&lamp);
}

TEST(output_is_the_replys_data_and_is_cut_at_254_bytes)
{
    struct lamp lamp;
    struct client c;
    char expected[254];

    memset(expected, '0', sizeof expected);
    lamp_begin_with_program(&lamp, SEALED_LAMP,
                            "/bin/sh -c \"read n; printf %0${n}d 0\"");
    CHECK(client_connect(&c, &owner, &lamp));
    client_ask_with(&c, 1, "253\n", 4);
    CHECK_EQUAL(c.data_len, 253);
    client_ask_with(&c, 1, "254\n", 4);
    CHECK_EQUAL(c.data_len, 254);
    CHECK(strstr(process_error_line_with(&lamp.process, "bytes=254"), "cut") == NULL);
    client_ask_with(&c, 1, "100000\n", 7);
    CHECK_EQUAL(c.outcome, CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(c.data_len, 254);
    CHECK_BYTES(c.data, expected, 254);
    process_error_line_with(&lamp.process, "cut=99746");
    client_close(&c);
    lamp_end(&lamp);
}

TEST(a_failed_handler_may_say_why)
{
    struct client c;

    run_once(&c, "/bin/sh -c \"echo jammed; exit 200\"", "");
    CHECK_EQUAL(c.status, 200);
    CHECK(data_is(&c, "jammed\n"));
}

TEST(argument_bytes_come_on_standard_input)
{
    struct lamp lamp;
    struct client c;
    uint8_t bytes[254];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    lamp_begin_with_program(&lamp, SEALED_LAMP, "/bin/cat");
    CHECK(client_connect(&c, &owner, &lamp));
    for (size_t len = 0; len <= sizeof bytes; len += 127) {
        CHECK_EQUAL(client_ask_with(&c, 1, bytes, len), CSIGN_OUTCOME_DONE);
        CHECK_EQUAL(c.data_len, len);
        CHECK_BYTES(c.data, bytes, len);
    }
    client_close(&c);
    lamp_end(&lamp);
}

TEST(a_handler_need_not_read_its_input)
{
    struct lamp lamp;
    struct client c;

    lamp_begin_with_program(&lamp, SEALED_LAMP, "/bin/true");
    CHECK(client_connect(&c, &owner, &lamp));
    for (int i = 0; i < 50; i++)
        CHECK_EQUAL(client_ask_with(&c, 1, "unread", 6), CSIGN_OUTCOME_DONE);
    client_close(&c);
    lamp_end(&lamp);
}

TEST(a_handler_learns_command_key_and_peer)
{
    struct lamp lamp;
    struct client c;
    struct sockaddr_in name;
    socklen_t len = sizeof name;
    char expected[128];

    lamp_begin_with_program(
        &lamp, LAMP "[keys]\nsomeone = text:" OWNER_KEY " : all\n",
        "/bin/sh -c \"echo $COUNTERSIGN_COMMAND $COUNTERSIGN_KEY_NAME "
        "$COUNTERSIGN_PEER\"");
    CHECK(client_connect(&c, &owner, &lamp));
    CHECK_EQUAL(getsockname(c.fd, (struct sockaddr *)&name, &len), 0);
    client_ask(&c, 1);
    snprintf(expected, sizeof expected, "it someone tcp://127.0.0.1:%u\n",
             (unsigned)ntohs(name.sin_port));
    CHECK(data_is(&c, expected));
    client_close(&c);
    lamp_end(&lamp);
}

TEST(no_handler_sees_a_key)
{
    const char *environment[] = {
        "LAMP_KEY=text:" OWNER_KEY,
        "OTHER=csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sqhy7k4",
        "PLAIN=yes", "COUNTERSIGN_KEY_NAME=forged", NULL};
    struct process_options options = {.environment = environment};
    struct lamp lamp;
    struct client c;

    lamp_begin_with(&lamp,
                    LAMP
                    "key = env:LAMP_KEY\n[commands]\nit = 01\nplain = 02\n[run]\n"
                    "it = /bin/sh -c \"env | grep -c -e KEY -e owner -e csk1 -e forged;"
                    " env | grep KEY\"\n"
                    "plain = /bin/sh -c \"echo $PLAIN\"\n",
                    NULL, &options);
    ask_once(&c, &owner, &lamp, 1);
    CHECK(data_is(&c, "1\nCOUNTERSIGN_KEY_NAME=key\n"));
    ask_once(&c, &owner, &lamp, 2);
    CHECK(data_is(&c, "yes\n"));
    lamp_end(&lamp);
}

TEST(a_handler_has_three_descriptors_and_no_signals_of_ours)
{
    struct client c;
    char *end;

    run_once(&c, "/bin/ls /proc/self/fd", "");
    CHECK(data_is(&c, "0\n1\n2\n3\n")); /* 3 is the directory that ls reads */
    run_once(&c, "/bin/grep -E \"^Sig(Blk|Ign):\" /proc/self/status", "");
    CHECK(strncmp((char *)c.data, "SigBlk:\t0000000000000000\nSigIgn:\t", 33) == 0);
    /* Above 31 lie the C library's own. */
    CHECK_EQUAL(strtoull((char *)c.data + 33, &end, 16) & 0x7fffffff, 0);
    CHECK(strcmp(end, "\n") == 0);
    run_once(&c,
             "/bin/sh -c \"read a b c d group rest < /proc/$$/stat; test $group = $$\"",
             "");
    CHECK_EQUAL(c.status, 0);
}

/* Its new parent need not have noticed. */
static bool is_dead(pid_t pid)
{
    char path[64], state = 'X';
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (file == NULL)
        return true;
    if (fscanf(file, "%*d %*s %c", &state) != 1)
        state = 'X';
    fclose(file);
    return state == 'X' || state == 'Z';
}

static void await_death(pid_t pid)
{
    uint32_t began = test_clock();

    while (!is_dead(pid)) {
        assert_true(test_clock() - began < PROCESS_PATIENCE_MS);
        poll(NULL, 0, 5);
    }
}

static pid_t read_pid(const char *path)
{
    FILE *file = fopen(path, "r");
    int pid = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    fclose(file);
    assert_true(pid > 1);
    return pid;
}

TEST(a_handler_that_hangs_is_killed_with_its_children_at_the_limit)
{
    struct lamp lamp;
    struct client c;
    char program[512];
    const char *path = test_path("child.pid");

    snprintf(program, sizeof program,
             "/bin/sh -c \"sleep 100 & echo $! > %s; echo some; wait\"", path);
    lamp_begin_with_program(&lamp, SEALED_LAMP "limit = 500\n", program);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(c.status, 4);
    CHECK_EQUAL(c.data_len, 0);
    process_error_line_with(&lamp.process, "program=over-limit");
    await_death(read_pid(path));
    lamp_end(&lamp);
}

TEST(a_reply_does_not_wait_for_children_that_stay_behind)
{
    struct lamp lamp;
    struct client c;

    lamp_begin_with_program(&lamp, SEALED_LAMP "limit = 50000\n",
                            "/bin/sh -c \"sleep 1000 & echo $!\"");
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    CHECK(atoi((char *)c.data) > 1);
    kill(atoi((char *)c.data), SIGKILL);
    lamp_end(&lamp);
}

TEST(a_handler_may_close_its_output_and_go_on)
{
    struct client c;

    run_once(&c, "/bin/sh -c \"echo early; exec >&-; sleep 0.05; exit 130\"", "");
    CHECK_EQUAL(c.status, 130);
    CHECK(data_is(&c, "early\n"));
}

TEST(endless_output_does_not_stop_the_loop)
{
    struct lamp lamp;
    struct client c, other;

    lamp_begin(&lamp, SEALED_LAMP "limit = 1000\n[commands]\nyes = 01\non = 02\n"
                                  "[run]\nyes = /usr/bin/yes\n");
    CHECK(client_connect(&c, &owner, &lamp) && client_greet(&c));
    CHECK(client_request(&c, 1, NULL, 0));
    CHECK_EQUAL(ask_once(&other, &owner, &lamp, 2), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(c.status, 4);
    client_close(&c);
    lamp_end(&lamp);
}

TEST(handlers_run_beside_each_other)
{
    struct lamp lamp;
    struct client waiting, other;
    char text[1024];
    const char *path = test_path("gate");

    CHECK_EQUAL(mkfifo(path, 0600), 0);
    snprintf(text, sizeof text,
             SEALED_LAMP "limit = 60000\n[commands]\nwait = 01\ngo = 02\n[run]\n"
                         "wait = /bin/cat %s\ngo = /bin/sh -c \"echo open > %s\"\n",
             path, path);
    lamp_begin(&lamp, text);
    CHECK(client_connect(&waiting, &owner, &lamp) && client_greet(&waiting));
    CHECK(client_request(&waiting, 1, NULL, 0));
    CHECK_EQUAL(ask_once(&other, &owner, &lamp, 2), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(client_await(&waiting), CSIGN_OUTCOME_DONE);
    CHECK(data_is(&waiting, "open\n"));
    client_close(&waiting);
    lamp_end(&lamp);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(every_exit_status_has_its_reply),
        RUN(a_handler_that_dies_by_a_signal_has_failed),
        RUN(a_program_that_is_not_there_has_failed_and_is_logged),
        RUN(a_command_without_a_program_is_logged_and_done),
        RUN(output_is_the_replys_data_and_is_cut_at_254_bytes),
        RUN(a_failed_handler_may_say_why),
        RUN(argument_bytes_come_on_standard_input),
        RUN(a_handler_need_not_read_its_input),
        RUN(a_handler_learns_command_key_and_peer),
        RUN(no_handler_sees_a_key),
        RUN(a_handler_has_three_descriptors_and_no_signals_of_ours),
        RUN(a_handler_that_hangs_is_killed_with_its_children_at_the_limit),
        RUN(a_reply_does_not_wait_for_children_that_stay_behind),
        RUN(a_handler_may_close_its_output_and_go_on),
        RUN(endless_output_does_not_stop_the_loop),
        RUN(handlers_run_beside_each_other),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
