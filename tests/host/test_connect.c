/* SPDX-License-Identifier: MIT */
/* How a name's addresses are tried. address_connect() is this file's own: it plays a list
 * of addresses. */
#include "check.h"
#include "connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum play { REFUSES, SILENT, ANSWERS, IS_THERE, FAILS_LATER, NOT_FOUND, NO_MORE };

static const enum play *list; /* ends with NO_MORE */
static int given[16];         /* the descriptors handed out; -1: none */
static unsigned asked;

/* One end of a pair; a silent one can't be written to. */
static int open_end(enum play play)
{
    char block[4096] = {0};
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    while (play == SILENT && write(ends[0], block, sizeof block) > 0)
        ;
    return ends[0];
}

/* A connection that is under way and is then refused: the port is bound, nobody listens.
 */
static int open_refused(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;
    int bound = socket(AF_INET, SOCK_STREAM, 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(bound, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(getsockname(bound, (struct sockaddr *)&name, &len), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), -1);
    assert_int_equal(errno, EINPROGRESS);
    close(bound);
    return fd;
}

int address_connect(const struct address *address, unsigned index, bool *is_pending,
                    char *error, size_t error_size)
{
    enum play play = list[index];

    (void)address;
    assert_int_equal(index, asked);
    asked++;
    error[0] = '\0';
    errno = play == REFUSES ? ECONNREFUSED : 0;
    if (play == NOT_FOUND)
        snprintf(error, error_size, "nobody knows that name");
    if (play == REFUSES || play == NOT_FOUND || play == NO_MORE)
        return given[index] = -1;
    *is_pending = play != IS_THERE;
    return given[index] = play == FAILS_LATER ? open_refused() : open_end(play);
}

static char error[512];

static int try_list(const enum play *plays, uint32_t timeout_ms)
{
    struct address address = {.kind = ADDRESS_TCP, .host = "lamp", .port = "7531"};

    list = plays;
    asked = 0;
    return connect_device(&address, timeout_ms, error, sizeof error);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1;
}

#define LIST(...) ((const enum play[]){__VA_ARGS__, NO_MORE})

TEST(the_first_address_that_answers_is_it)
{
    int fd = try_list(LIST(ANSWERS, ANSWERS), 60000);

    CHECK(fd >= 0 && fd == given[0]);
    CHECK_EQUAL(asked, 1);
    close(fd);
    fd = try_list(LIST(IS_THERE), 60000);
    CHECK(fd >= 0 && fd == given[0]);
    close(fd);
}

TEST(after_a_refusal_the_next_one_is_tried)
{
    int fd = try_list(LIST(REFUSES, FAILS_LATER, REFUSES, ANSWERS), 60000);

    CHECK(fd >= 0 && fd == given[3]);
    CHECK_EQUAL(asked, 4);
    close(fd);
}

TEST(a_silent_address_does_not_use_up_the_time)
{
    int fd = try_list(LIST(SILENT, SILENT, ANSWERS), 60000);

    CHECK(fd >= 0 && fd == given[2]);
    CHECK(!is_open(given[0]) && !is_open(given[1]));
    close(fd);
}

TEST(when_none_answers_the_first_reason_is_told)
{
    CHECK_EQUAL(try_list(LIST(REFUSES, REFUSES), 60000), -1);
    CHECK(strcmp(error, "cannot reach tcp://lamp:7531: Connection refused") == 0);
    CHECK_EQUAL(try_list(LIST(SILENT), 50), -1);
    CHECK(strcmp(error, "cannot reach tcp://lamp:7531: no answer in time") == 0);
    CHECK(!is_open(given[0]));
    CHECK_EQUAL(try_list(LIST(NOT_FOUND), 60000), -1);
    CHECK(strcmp(error, "cannot reach tcp://lamp:7531: nobody knows that name") == 0);
    CHECK_EQUAL(asked, 1);
    CHECK_EQUAL(try_list((const enum play[]){NO_MORE}, 60000), -1);
    CHECK(strcmp(error, "cannot reach tcp://lamp:7531: no address answers") == 0);
}

TEST(a_long_list_is_cut)
{
    CHECK_EQUAL(try_list(LIST(REFUSES, REFUSES, REFUSES, REFUSES, REFUSES, REFUSES,
                              REFUSES, REFUSES, REFUSES, REFUSES),
                         60000),
                -1);
    CHECK_EQUAL(asked, 8);
}

TESTS(RUN(the_first_address_that_answers_is_it),
      RUN(after_a_refusal_the_next_one_is_tried),
      RUN(a_silent_address_does_not_use_up_the_time),
      RUN(when_none_answers_the_first_reason_is_told), RUN(a_long_list_is_cut))
