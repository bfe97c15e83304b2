/* SPDX-License-Identifier: MIT */
/* stages.c: where the time of a sealed exchange goes on a sketch with an Ethernet shield that
 * holds one key, counted by the virtual board.
 *
 *     stages SKETCH
 *
 * A line for each stage and its cycles: of a connection's first request, then of a further
 * one. The time outside the library is the whole without the library's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "board_talk.h"

static struct device d;
static FILE *table;

static const char *const functions[] = {"csign_store_challenge", "csign_server_challenge",
                                        "csign_server_sent", "csign_server_take",
                                        "csign_server_reply"};

static unsigned long long count_of(const char *what, const char *which)
{
    return bench_number(bench_do(&d.board, "cycles %s", what), which);
}

static void measure_all(void)
{
    bench_do(&d.board, "cycles clear");
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        bench_do(&d.board, "measure %s", functions[i]);
    bench_do(&d.board, "measure csign_server_take csign_server_sent");
}

static void tell(const char *prefix, const char *stage, unsigned long long cycles)
{
    fprintf(table, "%s_%s %llu\n", prefix, stage, cycles);
}

static void tell_request(const char *prefix)
{
    unsigned long long take = count_of("csign_server_take", "last");
    unsigned long long reply = count_of("csign_server_reply", "last");
    unsigned long long whole = count_of("csign_server_take csign_server_sent", "last");

    bench_do(&d.board, "run 10ms"); /* what is done ahead of the next */
    tell(prefix, "request", take);
    tell(prefix, "reply", reply);
    tell(prefix, "library", take + reply);
    tell(prefix, "outside", whole - take - reply);
    /* Behind the last byte sent: the first block of the stream for the next request. */
    tell(prefix, "ahead", count_of("csign_server_sent", "max"));
}

static void command(struct talk *owner)
{
    uint8_t code = owner->file.commands.codes[0];

    if (talk_bytes(owner, &code, 1) != CSIGN_OUTCOME_DONE)
        fail_msg("%s does not obey", d.sketch);
}

static void open_connection(struct talk *owner)
{
    if (!talk_open(owner))
        fail_msg("%s does not answer", d.sketch);
}

/* The owner's key, in slot 0, stays. */
static void drop_other_keys(struct talk *owner)
{
    for (uint8_t slot = 1; slot < CSIGN_STORE_KEY_SLOTS; slot++) {
        uint8_t drop[] = {CSIGN_CODE_DROP_KEY, slot};

        (void)talk_bytes(owner, drop, sizeof drop);
    }
}

int main(int argc, char **argv)
{
    /* What the board prints of itself is not for the table. */
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    struct talk owner;

    table = fdopen(out, "w");
    if (argc != 2 || table == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return 1;
    device_start(&d, argv[1]);
    talk_begin(&owner, &d, "owner.key");
    open_connection(&owner);
    drop_other_keys(&owner);
    measure_all();
    open_connection(&owner);
    tell("first", "challenge", count_of("csign_store_challenge", "last"));
    command(&owner);
    tell_request("first");
    measure_all();
    command(&owner);
    tell_request("further");
    talk_end(&owner);
    device_stop(&d);
    return fclose(table) == 0 ? 0 : 1;
}
