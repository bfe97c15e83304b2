/* SPDX-License-Identifier: MIT */
/* How bytes leave: write() is this file's own, and takes as many as a test says. */
#include "check.h"
#include "dialogue.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int line = -1;     /* the client's end; other descriptors are written as ever */
static size_t takes;      /* bytes that a write takes at most */
static size_t left;       /* bytes until writes fail */
static int failure;       /* with this */
static unsigned refusals; /* writes to refuse with EAGAIN, each before one that works */

ssize_t write(int fd, const void *bytes, size_t len)
{
    static unsigned turn;

    if (fd != line)
        return (ssize_t)syscall(SYS_write, fd, bytes, len);
    if (refusals > 0 && turn++ % 2 == 0) {
        refusals--;
        errno = EAGAIN;
        return -1;
    }
    if (left == 0) {
        errno = failure;
        return -1;
    }
    len = len < takes ? len : takes;
    len = len < left ? len : left;
    left -= len;
    return (ssize_t)syscall(SYS_write, fd, bytes, len);
}

struct talk {
    csign_any_work work;
    csign_any_keyed keyed;
    csign_settings settings;
    csign_client_config config;
    uint8_t memory[1024];
    struct dialogue dialogue;
    int ends[2];
};

/* A client whose device has put its challenge, or anything else, into the line already.
 */
static void begin(struct talk *t, size_t challenge_len)
{
    static const uint8_t challenge[64];
    csign_settings settings = {{&csign_sha256, &t->work.head},
                               "lamp",
                               4,
                               16,
                               16,
                               16,
                               255,
                               255,
                               0,
                               CSIGN_DEADLINE_MS};

    memset(t, 0, sizeof *t);
    t->settings = settings;
    t->config.settings = &t->settings;
    t->config.profile = &csign_sealed_client;
    t->config.keyed = &t->keyed;
    t->config.timeout_ms = CSIGN_REPLY_MS;
    csign_sealed_key(&t->settings, &t->keyed, challenge, 32);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, t->ends), 0);
    assert_int_equal(write(t->ends[1], challenge, challenge_len), challenge_len);
    line = t->ends[0];
    takes = left = SIZE_MAX;
    refusals = 0;
    dialogue_start(&t->dialogue, line, 0, &t->config, t->memory);
}

static void end(struct talk *t)
{
    dialogue_end(&t->dialogue);
    line = -1;
    close(t->ends[0]);
    close(t->ends[1]);
}

/* Reaches the request, of 18 bytes, and makes it. */
static void make_request(struct talk *t)
{
    assert_true(dialogue_advance(&t->dialogue));
    assert_int_equal(csign_client_request(&t->dialogue.client, (const uint8_t *)"\1", 1,
                                          t->dialogue.client.since),
                     CSIGN_OK);
}

TEST(a_request_that_breaks_before_its_first_byte_is_not_sent)
{
    struct talk t;

    begin(&t, 16);
    make_request(&t);
    left = 0;
    failure = EPIPE;
    CHECK(!dialogue_advance(&t.dialogue));
    CHECK_EQUAL(csign_client_outcome(&t.dialogue.client), CSIGN_OUTCOME_NOT_SENT);
    CHECK(strcmp(dialogue_reason(&t.dialogue), "cannot send: Broken pipe") == 0);
    end(&t);
}

TEST(a_request_that_breaks_after_any_byte_is_unknown)
{
    struct talk t;

    for (size_t k = 1; k <= 17; k++) {
        begin(&t, 16);
        make_request(&t);
        left = k;
        failure = ECONNRESET;
        CHECK(!dialogue_advance(&t.dialogue));
        CHECK_EQUAL(csign_client_outcome(&t.dialogue.client), CSIGN_OUTCOME_UNKNOWN);
        end(&t);
    }
}

TEST(a_wake_that_breaks_leaves_the_request_not_sent)
{
    struct talk t;

    for (size_t k = 0; k < 16; k++) {
        begin(&t, 0);
        left = k;
        failure = ECONNRESET;
        CHECK(!dialogue_advance(&t.dialogue));
        CHECK_EQUAL(csign_client_outcome(&t.dialogue.client), CSIGN_OUTCOME_NOT_SENT);
        end(&t);
    }
}

TEST(what_leaves_in_pieces_leaves_whole_and_in_order)
{
    uint8_t whole[64], pieces[64];
    struct talk t;

    begin(&t, 16);
    takes = 1;
    refusals = 40;
    make_request(&t);
    memcpy(whole, t.dialogue.client.at, 18);
    shutdown(t.ends[1], SHUT_WR);
    CHECK(!dialogue_advance(&t.dialogue));
    CHECK_EQUAL(csign_client_outcome(&t.dialogue.client), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(read(t.ends[1], pieces, sizeof pieces), 16 + 18);
    CHECK_BYTES(pieces + 16, whole, 18);
    end(&t);
}

TEST(a_message_leaves_in_one_write)
{
    uint8_t bytes[64];
    struct talk t;

    begin(&t, 16);
    CHECK(dialogue_advance(&t.dialogue));
    CHECK_EQUAL(SIZE_MAX - left, 16); /* the wake, and nothing behind it */
    CHECK_EQUAL(read(t.ends[1], bytes, sizeof bytes), 16);
    end(&t);
}

TEST(no_request_leaves_to_a_device_that_has_hung_up)
{
    struct talk t;

    begin(&t, 16);
    shutdown(t.ends[1], SHUT_WR);
    CHECK(!dialogue_advance(&t.dialogue));
    CHECK_EQUAL(csign_client_outcome(&t.dialogue.client), CSIGN_OUTCOME_NOT_SENT);
    end(&t);
}

TEST(bytes_behind_the_challenge_are_the_next_message)
{
    struct talk t;

    begin(&t, 17); /* a 00: a reply of 0 bytes */
    make_request(&t);
    CHECK(!dialogue_advance(&t.dialogue));
    CHECK_EQUAL(csign_client_reason(&t.dialogue.client), CSIGN_P_EMPTY);
    CHECK_EQUAL(csign_client_outcome(&t.dialogue.client), CSIGN_OUTCOME_UNKNOWN);
    end(&t);
}

TEST(no_two_wakes_are_alike)
{
    uint8_t wakes[2][16];
    struct talk t;

    for (int i = 0; i < 2; i++) {
        begin(&t, 16);
        CHECK(dialogue_advance(&t.dialogue));
        CHECK_EQUAL(read(t.ends[1], wakes[i], 16), 16);
        end(&t);
    }
    CHECK(memcmp(wakes[0], wakes[1], 16) != 0);
}

TESTS(RUN(a_request_that_breaks_before_its_first_byte_is_not_sent),
      RUN(a_request_that_breaks_after_any_byte_is_unknown),
      RUN(a_wake_that_breaks_leaves_the_request_not_sent),
      RUN(what_leaves_in_pieces_leaves_whole_and_in_order),
      RUN(a_message_leaves_in_one_write),
      RUN(no_request_leaves_to_a_device_that_has_hung_up),
      RUN(bytes_behind_the_challenge_are_the_next_message), RUN(no_two_wakes_are_alike))
