/* SPDX-License-Identifier: MIT */
/* The library's time for a request, in cycles of the processor: the same whichever
 * command was sent, under whichever key, and wherever a forged byte sits. What interrupts
 * take of it is left out: the host hands bytes to the board by its own clock, and so it
 * would tell how many ticks of the timer fall into a request. tests/avr/even.c looks
 * at many more commands, keys and places, on a firmware without interrupts. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "board_talk.h"

static struct device lamp;
static struct talk owner; /* or who else talks */
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

static unsigned spent(const char *function)
{
    const char *answer = bench_do(&lamp.board, "cycles %s", function);

    return (unsigned)(bench_number(answer, "last") - bench_number(answer, "interrupts"));
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

/* What a request must take, and its reply; 0 while it is not known. */
struct times {
    unsigned take, answer;
};

static void must_take(unsigned *expected, unsigned cycles)
{
    if (*expected == 0)
        *expected = cycles;
    CHECK_EQUAL(cycles, *expected);
}

static void command_takes(struct times *times, const char *command, bool is_longer)
{
    start_over();
    CHECK_EQUAL(talk_command(&owner, command), CSIGN_OUTCOME_DONE);
    must_take(&times->take, spent("csign_server_take"));
    if (!is_longer)
        must_take(&times->answer, spent(reply));
}

/* longer: the command whose reply is longer than the others', and may take longer. */
static struct times same_for_every_command(const char *longer)
{
    static const char *const commands[] = {"status", "on", "off"};
    struct times times = {0, 0};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        command_takes(&times, commands[i],
                      longer != NULL && strcmp(commands[i], longer) == 0);
    CHECK_NOTE("%u cycles for a request, %u for a reply\n", times.take, times.answer);
    return times;
}

/* The second key lies in another slot and has other rights. */
static void same_for_the_other_key(struct times times)
{
    talk_end(&owner);
    talk_begin(&owner, &lamp, "button.key");
    command_takes(&times, "on", false);
    command_takes(&times, "off", false);
}

/* The first byte is the length in sealed, which is no secret. */
static void same_wherever_forged(const uint8_t *command, size_t len, size_t from,
                                 size_t to)
{
    unsigned take = 0;

    for (size_t at = from; at < to; at++) {
        start_over();
        send_forged(command, len, at);
        CHECK(!was_called(reply));
        must_take(&take, spent("csign_server_take"));
    }
    CHECK_NOTE("%u cycles for a forged request, at each of %u places\n", take,
               (unsigned)(to - from));
}

static void all_sealed(const char *name)
{
    static const uint8_t command = 1;

    reply = "csign_server_reply";
    start(name, "owner.key");
    same_wherever_forged(&command, 1, 1, 18);
    same_for_the_other_key(same_for_every_command("status"));
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
    (void)same_for_every_command(NULL);
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
