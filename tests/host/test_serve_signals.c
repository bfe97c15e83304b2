/* SPDX-License-Identifier: MIT */
/* `countersign serve`: stopping, and reading its file again. */
#include "serve_fixture.h"

#define ON "[commands]\non = 01\n"

static struct client_kind owner, guest;

static int setup(void **state)
{
    (void)state;
    client_kind_init(&owner, true, OWNER_KEY);
    client_kind_init(&guest, true, GUEST_KEY);
    return 0;
}

/* A device whose command 01 runs until something is written to the gate, 02 is done at
 * once. */
static void begin_with_gate(struct lamp *lamp, const char **gate)
{
    char text[1024];

    *gate = test_path("gate");
    unlink(*gate);
    assert_int_equal(mkfifo(*gate, 0600), 0);
    snprintf(text, sizeof text,
             SEALED_LAMP "limit = 60000\n[commands]\nwait = 01\non = 02\n[run]\n"
                         "wait = /bin/cat %s\n",
             *gate);
    lamp_begin(lamp, text);
}

/* Lets the handler end; it has begun when this returns. */
static void open_gate(const char *gate)
{
    int fd = open(gate, O_WRONLY | O_CLOEXEC);

    assert_int_equal(write(fd, "open", 4), 4);
    close(fd);
    unlink(gate);
}

static void rewrite(const struct lamp *lamp, const char *text)
{
    test_file("lamp.ini", text, 0600);
    process_signal(&lamp->process, SIGHUP);
}

TEST(sigterm_finishes_and_answers_what_runs)
{
    struct lamp lamp;
    struct client running, idle;
    const char *gate;

    begin_with_gate(&lamp, &gate);
    CHECK(client_connect(&idle, &owner, &lamp));
    CHECK_EQUAL(client_ask(&idle, 2), CSIGN_OUTCOME_DONE);
    CHECK(client_connect(&running, &owner, &lamp) && client_greet(&running));
    CHECK(client_request(&running, 1, NULL, 0));
    int fd = open(gate, O_WRONLY | O_CLOEXEC); /* the handler runs now */
    process_signal(&lamp.process, SIGTERM);
    /* Who is idle is dropped, and nobody gets in any more. */
    CHECK(client_is_dropped(&idle));
    CHECK_EQUAL(lamp_connect(&lamp), -1);
    CHECK_EQUAL(write(fd, "open", 4), 4);
    close(fd);
    CHECK_EQUAL(client_await(&running), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)running.data, "open") == 0);
    CHECK(client_is_dropped(&running));
    client_close(&running);
    client_close(&idle);
    CHECK_EQUAL(process_wait(&lamp.process), 0);
    process_error_line_with(&lamp.process, "stopping");
    process_end(&lamp.process);
    unlink(gate);
}

TEST(a_second_signal_quits_at_once)
{
    struct lamp lamp;
    struct client running;
    const char *gate;
    int fd;

    begin_with_gate(&lamp, &gate);
    CHECK(client_connect(&running, &owner, &lamp) && client_greet(&running));
    CHECK(client_request(&running, 1, NULL, 0));
    fd = open(gate, O_WRONLY | O_CLOEXEC);
    process_signal(&lamp.process, SIGINT);
    process_error_line_with(&lamp.process, "stopping");
    process_signal(&lamp.process, SIGTERM);
    CHECK_EQUAL(process_wait(&lamp.process), 1);
    CHECK_EQUAL(client_await(&running), CSIGN_OUTCOME_UNKNOWN);
    client_close(&running);
    process_end(&lamp.process);
    close(fd);
    unlink(gate);
}

TEST(sighup_serves_new_connections_what_the_file_says_now)
{
    struct lamp lamp;
    struct client c;

    lamp_begin(&lamp, SEALED_LAMP ON);
    ask_once(&c, &owner, &lamp, 2);
    CHECK_EQUAL(c.status, CSIGN_STATUS_NO_COMMAND);
    rewrite(&lamp, SEALED_LAMP ON "off = 02\n[run]\noff = /bin/echo new\n");
    process_error_line_with(&lamp.process, "reloaded keys=1 commands=2");
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 2), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)c.data, "new\n") == 0);
    lamp_end(&lamp);
}

TEST(sighup_changes_nothing_when_the_file_is_bad)
{
    struct lamp lamp;
    struct client c, idle;

    lamp_begin(&lamp, SEALED_LAMP ON);
    CHECK(client_connect(&idle, &owner, &lamp));
    CHECK_EQUAL(client_ask(&idle, 1), CSIGN_OUTCOME_DONE);
    rewrite(&lamp, SEALED_LAMP ON "off = f0\n");
    process_error_line_with(&lamp.process, "lamp.ini:");
    rewrite(&lamp, LAMP "[keys]\na = text:" OWNER_KEY " : all\nb = text:" OWNER_KEY
                        " : all\n" ON);
    process_error_line_with(&lamp.process, "not-reloaded");
    rewrite(&lamp, LAMP "key = file:nowhere.key\n" ON);
    process_error_line_with(&lamp.process, "nowhere.key");
    CHECK_EQUAL(client_ask(&idle, 1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    client_close(&idle);
    lamp_end(&lamp);
}

TEST(a_reload_finishes_the_exchange_under_way_and_then_ends_the_connection)
{
    struct lamp lamp;
    struct client running, greeted, idle;
    const char *gate;

    begin_with_gate(&lamp, &gate);
    CHECK(client_connect(&running, &owner, &lamp) && client_greet(&running));
    CHECK(client_request(&running, 1, NULL, 0));
    CHECK(client_connect(&greeted, &owner, &lamp) && client_greet(&greeted));
    CHECK(client_connect(&idle, &owner, &lamp));
    CHECK_EQUAL(client_ask(&idle, 2), CSIGN_OUTCOME_DONE);
    rewrite(&lamp, SEALED_LAMP "[commands]\nwait = 01\n");
    process_error_line_with(&lamp.process, "reloaded");
    CHECK(client_is_dropped(&idle));
    CHECK(client_request(&greeted, 2, NULL, 0));
    CHECK_EQUAL(client_await(&greeted), CSIGN_OUTCOME_DONE);
    CHECK(client_is_dropped(&greeted));
    open_gate(gate);
    CHECK_EQUAL(client_await(&running), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)running.data, "open") == 0);
    CHECK(client_is_dropped(&running));
    client_close(&running);
    client_close(&greeted);
    client_close(&idle);
    lamp_end(&lamp);
}

TEST(a_key_that_a_reload_takes_away_opens_nothing_any_more)
{
    struct lamp lamp;
    struct client greeted, c;
    const char *both = LAMP "[keys]\nowner = text:" OWNER_KEY
                            " : all\nguest = text:" GUEST_KEY " : all\n" ON;

    lamp_begin(&lamp, both);
    CHECK(client_connect(&greeted, &guest, &lamp) && client_greet(&greeted));
    rewrite(&lamp, LAMP "[keys]\nowner = text:" OWNER_KEY " : all\n" ON);
    process_error_line_with(&lamp.process, "reloaded keys=1");
    CHECK(client_request(&greeted, 1, NULL, 0));
    CHECK_EQUAL(client_await(&greeted), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(greeted.came, 16);
    client_close(&greeted);
    CHECK_EQUAL(ask_once(&c, &guest, &lamp, 1), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    lamp_end(&lamp);
}

TEST(last_outlives_a_reload)
{
    struct lamp lamp;
    struct client old, c;
    uint8_t tag[CSIGN_LAST_LEN];

    lamp_begin(&lamp, SEALED_LAMP ON);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 1), CSIGN_OUTCOME_DONE);
    CHECK(client_connect(&old, &owner, &lamp) && client_greet(&old));
    rewrite(&lamp, SEALED_LAMP ON "off = 02\n");
    process_error_line_with(&lamp.process, "reloaded");
    /* What an exchange from before runs, the new one must not deny. */
    CHECK(client_request(&old, 1, NULL, 0));
    memcpy(tag, csign_client_request_tag(&old.machine), sizeof tag);
    CHECK_EQUAL(client_await(&old), CSIGN_OUTCOME_DONE);
    client_close(&old);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, CSIGN_CODE_LAST), CSIGN_OUTCOME_DONE);
    CHECK_BYTES(c.data, tag, sizeof tag);
    lamp_end(&lamp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(sigterm_finishes_and_answers_what_runs),
        RUN(a_second_signal_quits_at_once),
        RUN(sighup_serves_new_connections_what_the_file_says_now),
        RUN(sighup_changes_nothing_when_the_file_is_bad),
        RUN(a_reload_finishes_the_exchange_under_way_and_then_ends_the_connection),
        RUN(a_key_that_a_reload_takes_away_opens_nothing_any_more),
        RUN(last_outlives_a_reload),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
