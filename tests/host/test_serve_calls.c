/* SPDX-License-Identifier: MIT */
/* What an exchange costs `serve` in system calls, counted by strace from outside. */
#include "serve_fixture.h"

#define EXCHANGES 200

/* Those that a connection brings about, however many there are at once. */
enum call { ACCEPT, EPOLL_CTL, RECEIVE, SEND, SHUTDOWN, CLOSE, CALLS };
static const char *const names[CALLS] = {"accept4", "epoll_ctl", "recvfrom",
                                         "sendto",  "shutdown",  "close"};

struct count {
    long of[CALLS], all;
};

/* strace's table ends each line with the call's name; the fourth column, or the one
 * before the name where nothing failed, is how often. */
static struct count read_counts(const char *path)
{
    struct count count = {{0}, 0};
    char line[256], name[64], share[32], seconds[32];
    FILE *file = fopen(path, "r");
    long each, calls;

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *last = strrchr(line, ' ');

        if (last == NULL ||
            sscanf(line, "%31s %31s %ld %ld", share, seconds, &each, &calls) != 4 ||
            sscanf(last, "%63s", name) != 1)
            continue;
        if (strcmp(name, "total") == 0)
            count.all = calls;
        for (int call = 0; call < CALLS; call++) {
            if (strcmp(name, names[call]) == 0)
                count.of[call] = calls;
        }
    }
    fclose(file);
    return count;
}

/* Runs a device under strace for so many exchanges, one after the other. The tracer is
 * the device's child (-D), so that signals reach the device. */
static struct count count_calls(const char *text, const struct client_kind *kind,
                                int exchanges)
{
    const char *table = test_path("calls");
    const char *argv[] = {"/usr/bin/strace",
                          "-D",
                          "-f",
                          "-c",
                          "-o",
                          table,
                          COUNTERSIGN_PROGRAM,
                          "serve",
                          test_file("lamp.ini", text, 0600),
                          NULL};
    struct lamp lamp;
    struct client c;

    unlink(table);
    process_start(&lamp.process, argv, NULL);
    lamp_find_address(&lamp);
    for (int i = 0; i < exchanges; i++)
        assert_int_equal(ask_once(&c, kind, &lamp, 1), CSIGN_OUTCOME_DONE);
    lamp_end(&lamp);
    /* The tracer writes its table after that. */
    for (int i = 0; i < PROCESS_PATIENCE_MS / 10 && read_counts(table).all == 0; i++)
        poll(NULL, 0, 10);
    return read_counts(table);
}

/* What each of EXCHANGES more exchanges adds. */
static struct count count_exchange(const char *text, bool is_sealed)
{
    struct client_kind kind;
    struct count few, many;

    client_kind_init(&kind, is_sealed, OWNER_KEY);
    few = count_calls(text, &kind, 1);
    many = count_calls(text, &kind, 1 + EXCHANGES);
    for (int call = 0; call < CALLS; call++)
        many.of[call] -= few.of[call];
    many.all -= few.all;
    return many;
}

static void costs(const struct count *count, enum call call, long expected)
{
    if (count->of[call] != expected * EXCHANGES)
        fail_msg("%s is called %ld times in %d exchanges", names[call], count->of[call],
                 EXCHANGES);
}

/* Waiting: for the connection, each message and its end; and a line in the log. */
#define WAITS_AND_LOG 5

TEST(a_sealed_exchange_takes_eight_calls_and_one_send_a_message)
{
    struct count count = count_exchange(SEALED_LAMP "[commands]\non = 01\n", true);

    costs(&count, ACCEPT, 1);
    costs(&count, EPOLL_CTL, 1);
    costs(&count, RECEIVE, 3); /* wake, request, end */
    costs(&count, SEND, 2);    /* challenge, reply */
    costs(&count, SHUTDOWN, 0);
    costs(&count, CLOSE, 1);
    CHECK(count.all <= (8 + WAITS_AND_LOG) * EXCHANGES);
}

TEST(a_classic_exchange_takes_one_call_more_to_end_it)
{
    struct count count = count_exchange(
        CLASSIC_LAMP "[commands]\non = 01\n[answers]\ndone = a0\nfailed = a1\n", false);

    costs(&count, ACCEPT, 1);
    costs(&count, EPOLL_CTL, 1);
    costs(&count, RECEIVE, 3);
    costs(&count, SEND, 2);
    costs(&count, SHUTDOWN, 1);
    costs(&count, CLOSE, 1);
    CHECK(count.all <= (9 + WAITS_AND_LOG) * EXCHANGES);
}

/* A sanitizer would look for leaks at the end, which can't be traced. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_sealed_exchange_takes_eight_calls_and_one_send_a_message),
        RUN(a_classic_exchange_takes_one_call_more_to_end_it),
    };

    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
