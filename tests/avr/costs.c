/* SPDX-License-Identifier: MIT */
/* costs.c: sends a command to the least firmware (device.c) on the virtual board, fails
 * unless it is answered, and tells what it cost.
 *
 *     costs FIRMWARE.elf sealed|classic HASH [FUNCTION]...
 *
 * Prints a line for each function and what its longest call took, then the memory:
 *
 *     take_byte 123456 cycles
 *     static 345 bytes
 *     stack 234 bytes
 */
#include <stdio.h>
#include <stdlib.h>

#include "uart_talk.h"

enum { NOW = 0, PAYLOAD = 40 };

static const uint8_t key[32] = "a key for measuring, 32 bytes ..";
static const uint8_t answers[] = {0xa0};

static struct bench board;
static csign_any_work work;
static csign_any_keyed keyed;
static csign_settings settings = {
    {NULL, &work.head}, "lamp-1", 6, 16, 16, 16, PAYLOAD, PAYLOAD, 0, 5000};
static csign_client_config config = {&settings,       NULL, &keyed,
                                     {answers, 1, 1}, 1,    CSIGN_REPLY_MS};
static csign_client client;
static uint8_t memory[CSIGN_SEALED_CLIENT_BYTES(64, 64, 32, PAYLOAD, PAYLOAD)];

/* Does what the client wants next. */
static void converse(void)
{
    static const uint8_t nonce[16] = "only used once..", command = 1;
    uint8_t bytes[UART_OUTPUT];
    size_t len;
    const uint8_t *out;

    switch (csign_client_wants(&client)) {
    case CSIGN_WANTS_CHALLENGE:
        csign_client_challenge(&client, nonce, NOW);
        break;
    case CSIGN_WANTS_SEND:
        out = csign_client_out(&client, &len);
        uart_send(&board, out, len);
        csign_client_sent(&client, len, NOW);
        break;
    case CSIGN_WANTS_REQUEST:
        (void)csign_client_request(&client, &command, 1, NOW);
        break;
    default:
        bench_do(&board, "run 5ms");
        len = uart_take(&board, bytes);
        (void)csign_client_take(&client, bytes, len, NOW);
        break;
    }
}

static bool command_is_done(void)
{
    enum { STEPS = 1000 }; /* five seconds */

    bench_do(&board, "run 1ms"); /* its UART is on */
    uart_send(&board, key, sizeof key);
    bench_do(&board, "run 200ms"); /* time enough for the key with the slowest hash */
    csign_client_open(&client, &config, memory, NOW);
    for (int i = 0; i < STEPS && csign_client_outcome(&client) == CSIGN_OUTCOME_NONE; i++)
        converse();
    return csign_client_outcome(&client) == CSIGN_OUTCOME_DONE;
}

static void tell(char *const *functions)
{
    const char *answer;

    for (; *functions != NULL; functions++) {
        answer = bench_do(&board, "cycles %s", *functions);
        printf("%s %llu cycles\n", *functions,
               (unsigned long long)bench_number(answer, "max"));
    }
    answer = bench_do(&board, "stack");
    printf("static %llu bytes\nstack %llu bytes\n",
           (unsigned long long)bench_number(answer, "static"),
           (unsigned long long)bench_number(answer, "peak"));
}

int main(int argc, char **argv)
{
    bool is_sealed = argc > 3 && strcmp(argv[2], "sealed") == 0;

    if (argc > 3)
        settings.hasher.hash = uart_hash_named(argv[3]);
    if (settings.hasher.hash == NULL) {
        fputs("usage: costs FIRMWARE.elf sealed|classic HASH [FUNCTION]...\n", stderr);
        return 2;
    }
    config.profile = is_sealed ? &csign_sealed_client : &csign_classic_client;
    config.profile->key(&settings, &keyed, key, sizeof key);
    bench_start(&board, argv[1], NULL);
    for (int i = 4; i < argc; i++)
        bench_do(&board, "measure %s", argv[i]);
    if (!command_is_done()) {
        fprintf(stderr, "costs: %s did not answer: %s\n", argv[1],
                bench_ask(&board, "state"));
        return 1;
    }
    tell(argv + 4);
    return bench_stop(&board) ? 0 : 1;
}
