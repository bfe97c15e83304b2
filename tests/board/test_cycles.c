/* SPDX-License-Identifier: MIT */
/* The library's time for a request, in cycles of the processor: the same whichever command
 * was sent and wherever a forged byte sits. Each conversation starts from the same memory,
 * so that a timer's interrupt strikes all of them at the same place. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "board_talk.h"

static struct device lamp;
static struct talk owner;
static const char *reply; /* the function that makes it */

static void start(const char *name, const char *key)
{
    device_start(&lamp, name);
    talk_begin(&owner, &lamp, key);
}

static void stop(void)
{
    talk_end(&owner);
    device_stop(&lamp);
}

/* A board as it was before, up to the moment when it awaits the request. */
static void start_over(void)
{
    talk_close(&owner);
    bench_do(&lamp.board, "power off");
    bench_do(&lamp.board, "eeprom restore %s", lamp.image);
    bench_do(&lamp.board, "power on");
    bench_do(&lamp.board, "millis set 0");
    device_boot(&lamp);
    CHECK(talk_open(&owner));
    bench_do(&lamp.board, "cycles clear");
    bench_do(&lamp.board, "measure csign_server_take");
    bench_do(&lamp.board, "measure %s", reply);
}

static uint64_t spent(const char *function)
{
    return bench_number(bench_do(&lamp.board, "cycles %s", function), "last");
}

static bool was_called(const char *function)
{
    return bench_number(bench_do(&lamp.board, "cycles %s", function), "count") > 0;
}

/* Sends what the client has made with one byte of it changed, and lets the board go on. */
static void send_forged(const uint8_t *command, size_t len, size_t at)
{
    uint8_t bytes[128];
    size_t count;
    const uint8_t *out;

    CHECK_EQUAL(csign_client_request(&owner.client, command, len, 0), CSIGN_OK);
    out = csign_client_out(&owner.client, &count);
    CHECK(count <= sizeof bytes && at < count);
    memcpy(bytes, out, count);
    bytes[at] ^= 0x01;
    CHECK(send(owner.fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count);
    bench_do(&lamp.board, "run 100ms");
}

/* longer: the command whose reply is longer than the others', and may take longer. */
static void same_for_every_command(const char *longer)
{
    static const char *const commands[] = {"status", "on", "off"};
    uint64_t take = 0, answer = 0;

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        start_over();
        CHECK_EQUAL(talk_command(&owner, commands[i]), CSIGN_OUTCOME_DONE);
        take = take == 0 ? spent("csign_server_take") : take;
        CHECK_EQUAL(spent("csign_server_take"), take);
        if (longer != NULL && strcmp(commands[i], longer) == 0)
            continue;
        answer = answer == 0 ? spent(reply) : answer;
        CHECK_EQUAL(spent(reply), answer);
    }
    CHECK_NOTE("%u cycles for a request, %u for a reply\n", (unsigned)take,
               (unsigned)answer);
}

/* The first byte is the length in sealed, which is no secret. */
static void same_wherever_forged(const uint8_t *command, size_t len, size_t from,
                                 size_t to)
{
    uint64_t take = 0;

    for (size_t at = from; at < to; at++) {
        start_over();
        send_forged(command, len, at);
        CHECK(!was_called(reply));
        if (take == 0)
            take = spent("csign_server_take");
        CHECK_EQUAL(spent("csign_server_take"), take);
    }
    CHECK_NOTE("%u cycles for a forged request, at each of %u places\n", (unsigned)take,
               (unsigned)(to - from));
}

static void all_sealed(const char *name)
{
    static const uint8_t command = 1;

    reply = "csign_server_reply";
    start(name, "owner.key");
    same_for_every_command("status");
    same_wherever_forged(&command, 1, 1, 18);
    stop();
}

TEST(sealed_with_sha256_takes_the_same_cycles_whatever_was_sent)
{
    all_sealed("EthernetLamp");
}

TEST(sealed_with_blake2s_takes_the_same_cycles_whatever_was_sent)
{
    all_sealed("EthernetLamp-blake2s");
}

static void all_classic(const char *name)
{
    static const uint8_t command = 1;

    reply = "csign_server_answer";
    start(name, "classic-owner.key");
    same_for_every_command(NULL);
    same_wherever_forged(&command, 1, 0, 32);
    stop();
}

TEST(classic_with_sha256_takes_the_same_cycles_whatever_was_sent)
{
    all_classic("ClassicLamp");
}

TEST(classic_with_blake2s_takes_the_same_cycles_whatever_was_sent)
{
    all_classic("ClassicLamp-blake2s");
}

TESTS(RUN(sealed_with_sha256_takes_the_same_cycles_whatever_was_sent),
      RUN(sealed_with_blake2s_takes_the_same_cycles_whatever_was_sent),
      RUN(classic_with_sha256_takes_the_same_cycles_whatever_was_sent),
      RUN(classic_with_blake2s_takes_the_same_cycles_whatever_was_sent))
