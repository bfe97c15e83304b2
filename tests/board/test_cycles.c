/* SPDX-License-Identifier: MIT */
/* The library's time for a request, in cycles of the processor: the same whichever
 * command was sent and wherever a forged byte sits. Each conversation starts from the
 * same memory, so that a timer's interrupt strikes all of them at the same place. */
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

/* Sends what the client has made with one byte of it changed, and lets the board go on.
 */
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

/* What a request must take, and its reply; 0 while it is not known. The host hands bytes
 * to the board by its own clock, so that on a busy machine the timer may strike elsewhere
 * once in a while; a difference that comes from data comes every time. */
enum { TRIES = 4 };
struct times {
    uint64_t take, answer;
};

static bool agrees(uint64_t *expected, uint64_t cycles)
{
    if (*expected == 0)
        *expected = cycles;
    return *expected == cycles;
}

static bool command_takes(struct times *times, const char *command, bool is_longer)
{
    start_over();
    CHECK_EQUAL(talk_command(&owner, command), CSIGN_OUTCOME_DONE);
    return agrees(&times->take, spent("csign_server_take")) &&
           (is_longer || agrees(&times->answer, spent(reply)));
}

static bool all_commands_take(struct times *times, const char *longer)
{
    static const char *const commands[] = {"status", "on", "off"};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        bool is_longer = longer != NULL && strcmp(commands[i], longer) == 0;

        if (!command_takes(times, commands[i], is_longer))
            return false;
    }
    return true;
}

/* longer: the command whose reply is longer than the others', and may take longer. */
static void same_for_every_command(const char *longer)
{
    struct times times = {0, 0};
    int tries = 1;

    for (; !all_commands_take(&times, longer) && tries < TRIES; tries++)
        times = (struct times){0, 0};
    CHECK(tries < TRIES);
    CHECK_NOTE("%u cycles for a request, %u for a reply\n", (unsigned)times.take,
               (unsigned)times.answer);
}

static bool forged_takes(uint64_t *take, const uint8_t *command, size_t len, size_t at)
{
    start_over();
    send_forged(command, len, at);
    CHECK(!was_called(reply));
    return agrees(take, spent("csign_server_take"));
}

/* The first byte is the length in sealed, which is no secret. The first place is tried
 * anew too where another differs from it. */
static void same_wherever_forged(const uint8_t *command, size_t len, size_t from,
                                 size_t to)
{
    uint64_t take = 0;
    int tries = 0;

    for (size_t at = from; at < to; at++) {
        if (forged_takes(&take, command, len, at))
            continue;
        CHECK(++tries < TRIES);
        take = 0;
        at = from - 1;
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
