/* SPDX-License-Identifier: MIT */
/* `countersign serve` at its limits: 10 000 idle connections, 65 536 commands. */
#include "serve_fixture.h"

#include <sys/resource.h>

#define CONNECTIONS      10000
#define BYTES_A_PEER_MAX 1024 /* of the device's memory */
#define ROWS             65536

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

/* A field of /proc/PID/status in KiB. */
static long memory_of(const struct lamp *lamp, const char *field)
{
    char path[64], line[256];
    long kib = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)lamp->process.pid);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0)
            kib = atol(line + strlen(field) + 1);
    }
    fclose(file);
    assert_true(kib > 0);
    return kib;
}

static void greet_all(const struct lamp *lamp, int *fds)
{
    struct client c;

    for (int i = 0; i < CONNECTIONS; i++) {
        assert_true(client_connect(&c, &owner, lamp));
        fds[i] = c.fd;
        assert_int_equal(client_ask(&c, 1), CSIGN_OUTCOME_DONE);
    }
}

/* Sanitizers have memory of their own for every allocation. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

TEST(ten_thousand_idle_connections_cost_little_and_delay_nobody)
{
    static int fds[CONNECTIONS];
    const char *argv[] = {"/bin/sh",
                          "-c",
                          "ulimit -Sn 1024; exec \"$0\" serve \"$1\" --connections 10001",
                          COUNTERSIGN_PROGRAM,
                          NULL,
                          NULL};
    struct lamp lamp;
    struct client c;
    long before, after, each;

    argv[4] = test_file("lamp.ini",
                        SEALED_LAMP "[commands]\non = 01\ncat = 02\nlimit = 03\n[run]\n"
                                    "cat = /bin/cat\nlimit = /bin/sh -c \"ulimit -n\"\n",
                        0600);
    process_start(&lamp.process, argv, NULL);
    lamp_find_address(&lamp);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 2), CSIGN_OUTCOME_DONE);
    before = memory_of(&lamp, "VmRSS:");
    greet_all(&lamp, fds);
    after = memory_of(&lamp, "VmRSS:");
    for (int i = 0; i < 20; i++) {
        CHECK(client_connect(&c, &owner, &lamp));
        CHECK_EQUAL(client_ask_with(&c, 2, "still here", 10), CSIGN_OUTCOME_DONE);
        CHECK(strcmp((char *)c.data, "still here") == 0);
        client_close(&c);
    }
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 3), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)c.data, "1024\n") == 0);
    each = (after - before) * 1024 / CONNECTIONS;
    printf("# %d idle connections: %ld bytes each (%ld KiB, then %ld KiB)\n", CONNECTIONS,
           each, before, after);
    CHECK(IS_SANITIZED || each < BYTES_A_PEER_MAX);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
    lamp_end(&lamp);
}

static char *table_of_65536(void)
{
    char *text = malloc(ROWS * 64);
    size_t len;

    assert_non_null(text);
    len = (size_t)sprintf(text, CLASSIC_LAMP "deadline = 60000\n[answers]\ndone = a000\n"
                                             "failed = a001\n[commands]\n");
    for (unsigned row = 0; row < ROWS; row++)
        len += (size_t)sprintf(text + len, "c%u = %06x\n", row, row);
    len += (size_t)sprintf(text + len, "[run]\n");
    for (unsigned row = 0; row < ROWS; row++)
        len += (size_t)sprintf(text + len, "c%u = /bin/true\n", row);
    return text;
}

TEST(a_table_of_65536_programs_works)
{
    static const uint8_t answers[] = {0xa0, 0x00, 0xa0, 0x01};
    struct client_kind classic;
    struct lamp lamp;
    struct client c;
    char *text = table_of_65536();

    client_kind_init(&classic, false, OWNER_KEY);
    classic.config.answers = (csign_table){answers, 2, 2};
    classic.config.code_len = 3;
    lamp_begin(&lamp, text);
    free(text);
    CHECK(client_connect(&c, &classic, &lamp));
    CHECK_EQUAL(client_ask_with(&c, 0x00, "\xff\xff", 2), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(c.answer, 0);
    client_close(&c);
    process_error_line_with(&lamp.process, "command=c65535 answer=done");
    CHECK(client_connect(&c, &classic, &lamp));
    CHECK_EQUAL(client_ask_with(&c, 0x01, "\x00\x00", 2), CSIGN_OUTCOME_UNKNOWN);
    client_close(&c);
    lamp_end(&lamp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(ten_thousand_idle_connections_cost_little_and_delay_nobody),
        RUN(a_table_of_65536_programs_works),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
