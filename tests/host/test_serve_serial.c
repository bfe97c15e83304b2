/* SPDX-License-Identifier: MIT */
/* `countersign serve` on a serial line: a pseudo-terminal whose other side is the test.
 */
#include "serve_fixture.h"

#include <sys/ioctl.h>
#include <termios.h>

#define COMMANDS "[commands]\non = 01\ncat = 02\n[run]\ncat = /bin/cat\n"

static struct client_kind owner;

static int setup(void **state)
{
    (void)state;
    client_kind_init(&owner, true, OWNER_KEY);
    owner.settings.is_link = 1;
    return 0;
}

static void begin(struct lamp *lamp, const char *more)
{
    char text[1024];

    snprintf(text, sizeof text,
             "[device]\nid = lamp-1\naddress = serial:tty\n%s%s" COMMANDS, more, ONE_KEY);
    lamp_begin(lamp, text);
}

static void ask(struct client *c, const void *arguments, size_t len)
{
    assert_true(client_request(c, 2, arguments, len));
    assert_int_equal(client_await(c), CSIGN_OUTCOME_DONE);
    assert_int_equal(c->data_len, len);
    assert_memory_equal(c->data, arguments, len);
}

TEST(exchanges_pass_over_a_serial_line)
{
    int line = line_open(test_path("tty"));
    struct lamp lamp;
    struct client c;
    uint8_t bytes[254];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    begin(&lamp, "");
    CHECK(strncmp(lamp.address, "serial:", 7) == 0);
    client_open(&c, &owner, line);
    CHECK(client_greet_on_line(&c));
    ask(&c, bytes, sizeof bytes);
    ask(&c, bytes, sizeof bytes); /* chained */
    process_error_line_with(&lamp.process, "command=cat answer=done status=0 bytes=254");
    lamp_end(&lamp);
    client_close(&c);
}

TEST(silence_ends_a_message_and_the_next_wake_is_heard)
{
    int line = line_open(test_path("tty"));
    struct lamp lamp;
    struct client c;

    begin(&lamp, "");
    CHECK_EQUAL(write(line, "noise", 5), 5);
    process_error_line_with(&lamp.process, "refused peer=serial:");
    client_open(&c, &owner, line);
    CHECK(client_greet_on_line(&c));
    ask(&c, "hello", 5);
    lamp_end(&lamp);
    client_close(&c);
}

TEST(after_a_refusal_the_line_recovers)
{
    int line = line_open(test_path("tty"));
    struct lamp lamp;
    struct client c;
    uint8_t wrong[64] = {5};

    begin(&lamp, "");
    client_open(&c, &owner, line);
    CHECK(client_greet_on_line(&c));
    CHECK_EQUAL(write(line, wrong, 22), 22);
    process_error_line_with(&lamp.process, "reason=wrong-tag number=70");
    csign_client_wipe(&c.machine);
    client_open(&c, &owner, line);
    CHECK(client_greet_on_line(&c));
    ask(&c, "hello", 5);
    lamp_end(&lamp);
    client_close(&c);
}

TEST(a_line_whose_other_side_goes_and_comes_back_is_served_again)
{
    const char *name = test_path("tty");
    int line = line_open(name);
    struct lamp lamp;
    struct client c;

    begin(&lamp, "");
    client_open(&c, &owner, line);
    CHECK(client_greet_on_line(&c));
    ask(&c, "before", 6);
    client_close(&c);
    process_error_line_with(&lamp.process, "line-lost");
    line = line_open(name);
    process_error_line_with(&lamp.process, "line-back");
    client_open(&c, &owner, line);
    CHECK(client_greet_on_line(&c));
    ask(&c, "after", 5);
    lamp_end(&lamp);
    client_close(&c);
}

TEST(a_reload_reaches_a_serial_line)
{
    int line = line_open(test_path("tty"));
    struct lamp lamp;
    struct client c;

    begin(&lamp, "");
    test_file("lamp.ini",
              "[device]\nid = lamp-1\naddress = serial:tty\n" ONE_KEY
              "[commands]\nfirst = 01\nthen = 02\n[run]\nthen = /bin/echo new\n",
              0600);
    process_signal(&lamp.process, SIGHUP);
    process_error_line_with(&lamp.process, "reloaded");
    client_open(&c, &owner, line);
    CHECK(client_greet_on_line(&c));
    CHECK(client_request(&c, 2, NULL, 0));
    CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)c.data, "new\n") == 0);
    lamp_end(&lamp);
    client_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(exchanges_pass_over_a_serial_line),
        RUN(silence_ends_a_message_and_the_next_wake_is_heard),
        RUN(after_a_refusal_the_line_recovers),
        RUN(a_line_whose_other_side_goes_and_comes_back_is_served_again),
        RUN(a_reload_reaches_a_serial_line),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
