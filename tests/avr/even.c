/* SPDX-License-Identifier: MIT */
/* even.c: whether many.c takes the same cycles for every command, under every key, and
 * for every forgery.
 *
 *     even FIRMWARE.elf sealed|classic HASH SLOTS some|all
 *
 * Counted is the firmware's call with a request's last byte: everything that the request
 * costs, and where it is accepted its reply. No interrupt is enabled, and all that the
 * firmware gets comes over the control line, so that not one cycle comes from elsewhere.
 */
#include <stdio.h>
#include <stdlib.h>

#include "uart_talk.h"

enum { NOW = 0, PAYLOAD = 40, COMMANDS = 40, SLOTS_MAX = 3, LONG = 20 };

/* A bit of a message that is turned on its way. */
enum field { NOTHING, WAKE, CHALLENGE, REQUEST };
struct shot {
    uint8_t code, slot; /* slot SLOTS_MAX: a stranger's key */
    size_t len;         /* of the command; sealed may have arguments */
    bool is_chained;    /* behind a first command that is accepted */
    enum field field;
    size_t at;
    uint8_t bits;
};

static struct bench board;
static csign_any_work work;
static csign_any_keyed keyed;
static csign_settings settings = {
    {NULL, &work.head}, "lamp-1", 6, 16, 16, 16, PAYLOAD, PAYLOAD, 0, 5000};
static const uint8_t answers[] = {0xa0};
static csign_client_config config = {&settings,       NULL, &keyed,
                                     {answers, 1, 1}, 1,    CSIGN_REPLY_MS};
static csign_client client;
static uint8_t memory[CSIGN_SEALED_CLIENT_BYTES(64, 64, 64, PAYLOAD, PAYLOAD)];
static unsigned slots, failures;
static bool takes_all;

static void make_key(uint8_t key[32], uint8_t slot)
{
    for (uint8_t i = 0; i < 32; i++)
        key[i] = (uint8_t)(7 * i + 50 * slot + 1);
}

/* Bytes to the firmware, one of them with a bit turned. One at a time: the firmware is
 * not as fast as its line, nor need it be. */
static void transmit(const struct shot *shot, enum field field)
{
    uint8_t bytes[128];
    size_t len;
    const uint8_t *out = csign_client_out(&client, &len);

    memcpy(bytes, out, len);
    if (shot->field == field)
        bytes[shot->at] ^= shot->bits;
    for (size_t i = 0; i < len; i++) {
        uart_send(&board, bytes + i, 1);
        bench_do(&board, "run 100us");
    }
    csign_client_sent(&client, len, NOW);
}

/* Lets the firmware take count bytes in all, then say what it has to. */
static uint64_t wait_for(uint64_t count)
{
    enum { STEPS = 2000 };
    const char *answer = "";

    for (int i = 0; i < STEPS; i++) {
        bench_do(&board, "run 2ms");
        answer = bench_do(&board, "cycles take_byte");
        if (bench_number(answer, "count") == count)
            break;
    }
    if (bench_number(answer, "count") != count ||
        bench_number(answer, "interrupts") != 0) {
        printf("not ok - the firmware did not take %u bytes: %s\n", (unsigned)count,
               answer);
        exit(1);
    }
    return bench_number(answer, "last");
}

static void receive(const struct shot *shot, enum field field)
{
    uint8_t bytes[UART_OUTPUT];
    size_t len;

    bench_do(&board, "run 8ms"); /* at 250 000 baud: time for every reply */
    len = uart_take(&board, bytes);
    if (len > 0 && shot->field == field && field != NOTHING)
        bytes[shot->at] ^= shot->bits;
    (void)csign_client_take(&client, bytes, len, NOW);
}

/* A firmware that has just started, and a client that awaits its request. */
static void start_over(const struct shot *shot)
{
    static const uint8_t nonce[16] = "only used once..";
    uint8_t keys[SLOTS_MAX + 1][32];

    for (uint8_t i = 0; i <= SLOTS_MAX; i++)
        make_key(keys[i], i);
    bench_do(&board, "reset");
    bench_do(&board, "run 1ms");
    uart_send(&board, keys[0], 32 * slots);
    bench_do(&board, "run 100ms");
    bench_do(&board, "cycles clear");
    bench_do(&board, "measure take_byte");
    config.profile->key(&settings, &keyed, keys[shot->slot], 32);
    csign_client_open(&client, &config, memory, NOW);
    csign_client_challenge(&client, nonce, NOW);
    transmit(shot, WAKE);
    (void)wait_for(16);
    receive(shot, CHALLENGE);
}

/* Sends a command of len bytes; returns the cycles of its last byte. */
static uint64_t request(const struct shot *shot, enum field field, uint8_t code,
                        size_t len)
{
    uint8_t command[PAYLOAD] = {code, 'a', 'r', 'g', 's'};
    uint64_t cycles, before = bench_number(bench_do(&board, "cycles take_byte"), "count");
    size_t count;

    if (csign_client_request(&client, command, len, NOW) != CSIGN_OK) {
        puts("not ok - the client may not ask");
        exit(1);
    }
    (void)csign_client_out(&client, &count);
    transmit(shot, field);
    cycles = wait_for(before + count);
    receive(shot, NOTHING);
    return cycles;
}

static uint64_t cycles_of(const struct shot *shot)
{
    bool is_genuine = shot->field == NOTHING && shot->slot < SLOTS_MAX;
    uint64_t cycles;

    start_over(shot);
    if (shot->is_chained)
        (void)request(shot, NOTHING, 1, 1);
    cycles = request(shot, REQUEST, shot->code, shot->len);
    if ((csign_client_outcome(&client) == CSIGN_OUTCOME_DONE) != is_genuine) {
        printf("not ok - code %u, slot %u, field %d, byte %u: the wrong outcome\n",
               shot->code, shot->slot, (int)shot->field, (unsigned)shot->at);
        exit(1);
    }
    return cycles;
}

/* One figure for a whole group of shots. */
struct group {
    const char *name;
    uint64_t cycles;
    unsigned count;
};

static void take(struct group *group, const struct shot *shot)
{
    uint64_t cycles = cycles_of(shot);

    if (group->count++ == 0)
        group->cycles = cycles;
    if (cycles == group->cycles)
        return;
    printf("# code %u, slot %u, field %d, byte %u, bits %02x: %u cycles, not %u\n",
           shot->code, shot->slot, (int)shot->field, (unsigned)shot->at, shot->bits,
           (unsigned)cycles, (unsigned)group->cycles);
    failures++;
}

static void tell(const struct group *group)
{
    printf("%s: %u, each %u cycles\n", group->name, group->count,
           (unsigned)group->cycles);
}

/* Rows 0, 30 and from 31 on differ in the rights they need. */
static bool is_taken(unsigned row)
{
    return takes_all || row == 0 || row == 17 || (row >= 30 && row <= 32) ||
           row == COMMANDS - 1;
}

static void commands_and_keys(const char *name, bool is_chained)
{
    struct group group = {name, 0, 0};

    for (uint8_t row = 0; row < COMMANDS; row++)
        if (is_taken(row))
            take(&group, &(struct shot){(uint8_t)(row + 1), 0, 1, is_chained, 0, 0, 0});
    for (uint8_t slot = 1; slot < slots; slot++)
        take(&group, &(struct shot){1, slot, 1, is_chained, 0, 0, 0});
    tell(&group);
}

/* All places of a field from one on, or some of them. */
static void places(struct group *group, struct shot shot, enum field field, size_t from,
                   size_t to)
{
    static const uint8_t bits[] = {0x01, 0x80, 0xff};

    shot.field = field;
    for (shot.at = from; shot.at < to; shot.at += takes_all || to - from < 4 ? 1 : 3)
        for (size_t i = 0; i < (takes_all ? sizeof bits : 1); i++) {
            shot.bits = bits[i];
            take(group, &shot);
        }
}

/* In sealed the first byte of a request is its length, which is no secret. */
static void forgeries(const char *name, size_t len, bool is_chained)
{
    bool is_sealed = config.profile->is_sealed;
    struct group group = {name, 0, 0};
    struct shot shot = {1, 0, len, is_chained, NOTHING, 0, 0};
    size_t end = is_sealed ? 1 + len + settings.tag : settings.hasher.hash->digest_size;

    places(&group, shot, REQUEST, is_sealed ? 1 : 0, end);
    if (!is_chained) {
        if (is_sealed)
            places(&group, shot, WAKE, 0, settings.wake);
        places(&group, shot, CHALLENGE, 0, settings.challenge);
        shot.slot = SLOTS_MAX;
        take(&group, &shot);
    }
    tell(&group);
}

int main(int argc, char **argv)
{
    bool is_sealed = argc == 6 && strcmp(argv[2], "sealed") == 0;

    if (argc == 6) {
        settings.hasher.hash = uart_hash_named(argv[3]);
        slots = (unsigned)strtoul(argv[4], NULL, 10);
        takes_all = strcmp(argv[5], "all") == 0;
    }
    if (settings.hasher.hash == NULL || slots < 1 || slots > SLOTS_MAX) {
        fputs("usage: even FIRMWARE.elf sealed|classic HASH SLOTS some|all\n", stderr);
        return 2;
    }
    config.profile = is_sealed ? &csign_sealed_client : &csign_classic_client;
    bench_start(&board, argv[1], NULL);
    commands_and_keys("commands and keys", false);
    forgeries("forgeries", 1, false);
    if (is_sealed) {
        commands_and_keys("chained commands and keys", true);
        forgeries("chained forgeries", 1, true);
        forgeries("forgeries with arguments", LONG, false);
    }
    return bench_stop(&board) && failures == 0 ? 0 : 1;
}
