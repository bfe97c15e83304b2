/* SPDX-License-Identifier: MIT */
/* bench.c: what the library computes a second on this host, beside OpenSSL's HMAC() on the
 * same work. Runs are interleaved and medians compared, since only ratios of one session
 * mean anything.
 *
 *     bench [ROUNDS]
 */
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "Countersign.h"

enum { COMMANDS = 16, ROUNDS = 9, ROUNDS_MAX = 99, BATCH_MS = 40 };

static const uint8_t key[32] = "a key for measuring, no secret..";
static const uint8_t challenge[16] = "sixteen bytes...";
static uint8_t codes[COMMANDS];

static csign_any_work work;
static csign_any_keyed keyed;
static csign_settings settings = {{NULL, &work.head}, "bench", 5,  16, 16, 16, 40,
                                  40, 0, CSIGN_DEADLINE_MS};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* One classic search: the last of COMMANDS commands matches. */
static void search(void)
{
    csign_table table = {codes, COMMANDS, 1};
    static uint8_t tag[CSIGN_DIGEST_MAX];

    if (csign_classic_search(&settings, &keyed, challenge, &table, CSIGN_RIGHTS_ALL, tag) !=
        CSIGN_NO_ROW)
        abort();
}

static const EVP_MD *openssl_hash;

/* The same with OpenSSL's one call, as sketches and scripts of this kind do it. */
static void search_openssl(void)
{
    uint8_t message[17], tag[EVP_MAX_MD_SIZE];
    unsigned len;

    memcpy(message, challenge, sizeof challenge);
    for (int i = 0; i < COMMANDS; i++) {
        message[16] = codes[i];
        if (HMAC(openssl_hash, key, sizeof key, message, sizeof message, tag, &len) == NULL)
            abort();
    }
}

/* A device's share of one sealed exchange, connection included. */
static void exchange(void)
{
    static csign_slot slot;
    static csign_any_keyed device_keyed;
    static csign_device device = {.profile = &csign_sealed_server,
                                  .commands = {codes, COMMANDS, 1},
                                  .slots = &slot,
                                  .keyed = &device_keyed,
                                  .slot_count = 1};
    static const csign_hash *made_for;
    static uint8_t memory[512], request[64];
    static size_t len;
    csign_server s;

    device.settings = &settings;
    if (made_for != settings.hasher.hash) {
        csign_client c;
        csign_client_config config = {&settings, &csign_sealed_client, &device_keyed, {0}, 0,
                                      1000};
        slot.is_held = 0;
        if (csign_device_set_key(&device, 0, CSIGN_RIGHTS_EVERY, key, sizeof key) != 0)
            abort();
        csign_client_open(&c, &config, memory, 0);
        csign_client_challenge(&c, challenge, 0);
        csign_client_sent(&c, 16, 0);
        csign_client_take(&c, challenge, 16, 0);
        if (csign_client_request(&c, codes, 1, 0) != CSIGN_OK)
            abort();
        memcpy(request, csign_client_out(&c, &len), 18);
        made_for = settings.hasher.hash;
    }
    csign_server_open(&s, &device, memory, 0);
    csign_server_take(&s, challenge, 16, 0);
    csign_server_challenge(&s, challenge, 0);
    csign_server_sent(&s, 16, 0);
    csign_server_take(&s, request, len, 0);
    if (csign_server_reply(&s, CSIGN_STATUS_DONE, NULL, 0, 0) != CSIGN_OK)
        abort();
}

/* Runs a second, over a batch. */
static double rate_of(void (*run)(void))
{
    double start = seconds(), end = start;
    unsigned long count = 0;

    while (end - start < BATCH_MS * 1e-3) {
        for (int i = 0; i < 100; i++)
            run();
        count += 100;
        end = seconds();
    }
    return (double)count / (end - start);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

static void measure(const char *name, const csign_hash *hash, const EVP_MD *other, int rounds)
{
    double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], sealed[ROUNDS_MAX];
    double a, b;

    settings.hasher.hash = hash;
    openssl_hash = other;
    csign_hmac_key(&settings.hasher, &keyed, key, sizeof key);
    for (int i = 0; i < rounds; i++) {
        ours[i] = rate_of(search);
        theirs[i] = rate_of(search_openssl);
        sealed[i] = hash->id != 0 ? rate_of(exchange) : 0;
    }
    a = median(ours, rounds) * COMMANDS;
    b = median(theirs, rounds) * COMMANDS;
    printf("%-8s %12.2f %12.2f %8.2f ", name, a / 1e6, b / 1e6, a / b);
    if (hash->id != 0)
        printf("%14.0f\n", median(sealed, rounds));
    else
        printf("%14s\n", "-");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench [ROUNDS], 1 to %d\n", ROUNDS_MAX);
        return 2;
    }
    for (int i = 0; i < COMMANDS; i++)
        codes[i] = (uint8_t)i;
    printf("Classic search of %d commands, million candidates a second on one core, and\n"
           "a device's share of sealed exchanges a second; medians of %d interleaved rounds\n\n",
           COMMANDS, rounds);
    printf("%-8s %12s %12s %8s %14s\n", "hash", "countersign", "OpenSSL", "ratio", "sealed");
    measure("sha256", &csign_sha256, EVP_sha256(), rounds);
    measure("blake2s", &csign_blake2s, EVP_blake2s256(), rounds);
    measure("sha1", &csign_sha1, EVP_sha1(), rounds);
    measure("sha512", &csign_sha512, EVP_sha512(), rounds);
    return 0;
}
