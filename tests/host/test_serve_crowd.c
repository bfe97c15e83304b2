/* SPDX-License-Identifier: MIT */
/* `countersign serve`: many peers at once, and who has to go. */
#include "serve_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#define ON_AND_CAT "[commands]\non = 01\ncat = 02\nslow = 03\n[run]\ncat = /bin/cat\n"

static struct client_kind owner;

static int setup(void **state)
{
    struct rlimit limit;

    (void)state;
    client_kind_init(&owner, true, OWNER_KEY);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit);
}

/* What an owner does who has been turned away. */
static void ask_until_done(struct client *c, const struct lamp *lamp, uint8_t code)
{
    uint32_t began = test_clock();

    while (ask_once(c, &owner, lamp, code) != CSIGN_OUTCOME_DONE) {
        if (test_clock() - began > PROCESS_PATIENCE_MS)
            fail_msg("never got in");
        poll(NULL, 0, 10);
    }
}

static bool still_works(struct client *c)
{
    return client_ask(c, 1) == CSIGN_OUTCOME_DONE;
}

static void a_thousand_at_once(const char *text, uint8_t code)
{
    enum { COUNT = 1000 };
    struct client *clients = calloc(COUNT, sizeof *clients);
    struct lamp lamp;

    assert_non_null(clients);
    lamp_begin(&lamp, text);
    for (int i = 0; i < COUNT; i++)
        assert_true(client_connect(&clients[i], &owner, &lamp));
    for (int i = 0; i < COUNT; i++)
        assert_true(client_greet(&clients[i]));
    for (int i = 0; i < COUNT; i++)
        assert_true(client_request(&clients[i], code, &i, sizeof i));
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(client_await(&clients[i]), CSIGN_OUTCOME_DONE);
        if (code == 2)
            assert_memory_equal(clients[i].data, &i, sizeof i);
        client_close(&clients[i]);
    }
    lamp_end(&lamp);
    free(clients);
}

TEST(a_thousand_connections_have_their_exchanges_at_once)
{
    (void)check_state;
    a_thousand_at_once(SEALED_LAMP "deadline = 60000\n" ON_AND_CAT, 1);
}

TEST(a_thousand_programs_are_run_and_each_answers_its_own_peer)
{
    (void)check_state;
    a_thousand_at_once(SEALED_LAMP "deadline = 60000\n" ON_AND_CAT, 2);
}

TEST(a_fifth_client_takes_the_place_of_the_one_idle_longest)
{
    struct lamp lamp;
    struct client idle[4], fifth;

    LAMP_BEGIN_WITH(&lamp, SEALED_LAMP ON_AND_CAT, "--connections", "4");
    for (int i = 0; i < 4; i++) {
        CHECK(client_connect(&idle[i], &owner, &lamp));
        CHECK_EQUAL(client_ask(&idle[i], 1), CSIGN_OUTCOME_DONE);
    }
    /* The first is not the one idle longest any more. */
    CHECK(still_works(&idle[0]));
    CHECK(client_connect(&fifth, &owner, &lamp));
    CHECK_EQUAL(client_ask(&fifth, 1), CSIGN_OUTCOME_DONE);
    CHECK(client_is_dropped(&idle[1]));
    CHECK(still_works(&idle[0]));
    CHECK(still_works(&idle[2]));
    CHECK(still_works(&idle[3]));
    CHECK(still_works(&fifth));
    for (int i = 0; i < 4; i++)
        client_close(&idle[i]);
    client_close(&fifth);
    process_error_line_with(&lamp.process, "reason=evicted number=10");
    lamp_end(&lamp);
}

TEST(a_stranger_goes_before_any_proven_client)
{
    struct lamp lamp;
    struct client idle[3], owners;
    int stranger;
    char byte;

    LAMP_BEGIN_WITH(&lamp, SEALED_LAMP ON_AND_CAT, "--connections", "4");
    for (int i = 0; i < 3; i++) {
        CHECK(client_connect(&idle[i], &owner, &lamp));
        CHECK_EQUAL(client_ask(&idle[i], 1), CSIGN_OUTCOME_DONE);
    }
    stranger = lamp_connect(&lamp);
    poll(NULL, 0, 400); /* it is left in peace for 250 ms */
    CHECK(client_connect(&owners, &owner, &lamp));
    CHECK_EQUAL(client_ask(&owners, 1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(read(stranger, &byte, 1), 0);
    for (int i = 0; i < 3; i++) {
        CHECK(still_works(&idle[i]));
        client_close(&idle[i]);
    }
    client_close(&owners);
    close(stranger);
    lamp_end(&lamp);
}

TEST(silent_strangers_do_not_keep_the_owner_out)
{
    struct lamp lamp;
    struct client c;
    int strangers[4];
    char byte;

    LAMP_BEGIN_WITH(&lamp, SEALED_LAMP "deadline = 60000\n" ON_AND_CAT, "--connections",
                    "4");
    for (int i = 0; i < 4; i++)
        strangers[i] = lamp_connect(&lamp);
    ask_until_done(&c, &lamp, 1);
    /* The oldest had to go, and no other. */
    CHECK_EQUAL(read(strangers[0], &byte, 1), 0);
    for (int i = 0; i < 4; i++) {
        CHECK(i == 0 || recv(strangers[i], &byte, 1, MSG_DONTWAIT) == -1);
        close(strangers[i]);
    }
    lamp_end(&lamp);
}

TEST(nobody_goes_while_a_command_runs)
{
    struct lamp lamp;
    struct client running[2];
    char text[1024];
    const char *path = test_path("gate");
    int newcomer;
    char byte;

    CHECK_EQUAL(mkfifo(path, 0600), 0);
    snprintf(text, sizeof text,
             SEALED_LAMP
             "limit = 60000\n[commands]\nwait = 01\n[run]\nwait = /bin/cat %s\n",
             path);
    LAMP_BEGIN_WITH(&lamp, text, "--connections", "2");
    for (int i = 0; i < 2; i++) {
        CHECK(client_connect(&running[i], &owner, &lamp) && client_greet(&running[i]));
        CHECK(client_request(&running[i], 1, NULL, 0));
    }
    /* Both hold the gate once it can be opened for writing; until then they may count as
     * strangers, who are left in peace. */
    for (uint32_t began = test_clock();;) {
        newcomer = lamp_connect(&lamp);
        CHECK(newcomer >= 0);
        CHECK_EQUAL(read(newcomer, &byte, 1), 0);
        close(newcomer);
        if (test_clock() - began > 600)
            break;
    }
    process_error_line_with(&lamp.process, "turned-away");
    int gate = open(path, O_WRONLY | O_CLOEXEC);
    close(gate);
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(client_await(&running[i]), CSIGN_OUTCOME_DONE);
        client_close(&running[i]);
    }
    lamp_end(&lamp);
    unlink(path);
}

struct flood {
    const struct lamp *lamp;
    atomic_bool is_over;
    atomic_uint connections;
};

/* Connects and stays, 200 at once, for ever anew. */
static void *flood(void *user)
{
    struct flood *f = user;
    int fds[200];
    size_t next = 0;

    memset(fds, 0xff, sizeof fds);
    while (!atomic_load(&f->is_over)) {
        if (fds[next] >= 0)
            close(fds[next]);
        fds[next] = lamp_connect(f->lamp);
        atomic_fetch_add(&f->connections, 1);
        next = (next + 1) % 200;
    }
    for (size_t i = 0; i < 200; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    return NULL;
}

TEST(the_owner_gets_in_during_a_flood_of_connections)
{
    struct lamp lamp;
    struct client c;
    struct flood f = {.lamp = &lamp};
    pthread_t thread;

    LAMP_BEGIN_WITH(&lamp, SEALED_LAMP ON_AND_CAT, "--connections", "64");
    CHECK_EQUAL(pthread_create(&thread, NULL, flood, &f), 0);
    while (atomic_load(&f.connections) < 1000)
        poll(NULL, 0, 1);
    for (int i = 0; i < 5; i++)
        ask_until_done(&c, &lamp, 2);
    atomic_store(&f.is_over, true);
    pthread_join(thread, NULL);
    lamp_end(&lamp);
}

TEST(when_descriptors_run_out_the_owner_still_gets_in)
{
    struct lamp lamp;
    struct client c;
    int strangers[100];
    const char *argv[] = {
        "/bin/sh",           "-c", "ulimit -n 64; exec \"$0\" serve \"$1\"",
        COUNTERSIGN_PROGRAM, NULL, NULL};

    argv[4] = test_file("lamp.ini", SEALED_LAMP "deadline = 60000\n" ON_AND_CAT, 0600);
    process_start(&lamp.process, argv, NULL);
    process_error_line_with(&lamp.process, "connections at once");
    lamp_find_address(&lamp);
    for (int i = 0; i < 100; i++)
        strangers[i] = lamp_connect(&lamp);
    ask_until_done(&c, &lamp, 2);
    CHECK_EQUAL(c.outcome, CSIGN_OUTCOME_DONE);
    for (int i = 0; i < 100; i++)
        close(strangers[i]);
    lamp_end(&lamp);
}

TEST(when_the_system_gives_no_descriptor_the_owner_still_gets_in)
{
    struct rlimit few = {.rlim_cur = 24, .rlim_max = 24};
    struct lamp lamp;
    struct client c;
    int strangers[50];

    lamp_begin(&lamp, SEALED_LAMP "deadline = 60000\n" ON_AND_CAT);
    CHECK_EQUAL(prlimit(lamp.process.pid, RLIMIT_NOFILE, &few, NULL), 0);
    for (int i = 0; i < 50; i++)
        strangers[i] = lamp_connect(&lamp);
    process_error_line_with(&lamp.process, "turned-away");
    ask_until_done(&c, &lamp, 1);
    CHECK_EQUAL(c.outcome, CSIGN_OUTCOME_DONE);
    for (int i = 0; i < 50; i++)
        close(strangers[i]);
    lamp_end(&lamp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_thousand_connections_have_their_exchanges_at_once),
        RUN(a_thousand_programs_are_run_and_each_answers_its_own_peer),
        RUN(a_fifth_client_takes_the_place_of_the_one_idle_longest),
        RUN(a_stranger_goes_before_any_proven_client),
        RUN(silent_strangers_do_not_keep_the_owner_out),
        RUN(nobody_goes_while_a_command_runs),
        RUN(the_owner_gets_in_during_a_flood_of_connections),
        RUN(when_descriptors_run_out_the_owner_still_gets_in),
        RUN(when_the_system_gives_no_descriptor_the_owner_still_gets_in),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
