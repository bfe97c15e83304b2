/* SPDX-License-Identifier: MIT */
/* search.c: how many candidates of a classic table a second are tried on one core, beside
 * OpenSSL on the same work. Runs are interleaved and medians printed, since only ratios
 * of one session mean anything.
 *
 *     bench_search COMMANDS KEYS ROUNDS MILLISECONDS
 *
 * A line each: who, and millions of candidates a second.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* the cached states have no other way */
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "Countersign.h"
#include "fast.h"
#include "search_ni.h"
#include "search_portable.h"

enum { COMMANDS_MAX = 65536, CODE = 2, CHALLENGE = 16, ROUNDS_MAX = 99 };

static const uint8_t key[32] = "a key for measuring, no secret..";
static const uint8_t challenge[CHALLENGE] = "sixteen bytes...";
static uint8_t codes[COMMANDS_MAX * CODE];
static uint8_t nobodys_tag[CSIGN_DIGEST_MAX];

static csign_sha256_work work;
static csign_sha256_keyed keyed;
static csign_settings settings = {{&csign_sha256, &work.head},
                                  "bench",
                                  5,
                                  0,
                                  CHALLENGE,
                                  16,
                                  40,
                                  40,
                                  0,
                                  CSIGN_DEADLINE_MS};
static csign_table table = {codes, 0, CODE};
static SHA256_CTX inner, outer;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void search_by(csign_classic_search_fn *search)
{
    if (search(&settings, &keyed, challenge, &table, CSIGN_RIGHTS_ALL, nobodys_tag) !=
        CSIGN_NO_ROW)
        abort();
}

static void by_library(void)
{
    search_by(csign_classic_search);
}

static void by_portable(void)
{
    search_by(search_portable);
}

static void by_ni(void)
{
    search_by(search_ni);
}

static void by_hmac(void)
{
    uint8_t message[CHALLENGE + CODE], tag[EVP_MAX_MD_SIZE];

    memcpy(message, challenge, CHALLENGE);
    for (size_t row = 0; row < table.count; row++) {
        memcpy(message + CHALLENGE, codes + row * CODE, CODE);
        if (HMAC(EVP_sha256(), key, sizeof key, message, sizeof message, tag, NULL) ==
                NULL ||
            memcmp(tag, nobodys_tag, 32) == 0)
            abort();
    }
}

static void cache_states(void)
{
    uint8_t pads[2][64];

    for (size_t i = 0; i < 64; i++) {
        uint8_t byte = i < sizeof key ? key[i] : 0;

        pads[0][i] = byte ^ 0x36;
        pads[1][i] = byte ^ 0x5c;
    }
    SHA256_Init(&inner);
    SHA256_Update(&inner, pads[0], 64);
    SHA256_Init(&outer);
    SHA256_Update(&outer, pads[1], 64);
}

static void by_cached_states(void)
{
    uint8_t digest[32];

    for (size_t row = 0; row < table.count; row++) {
        SHA256_CTX hash = inner;

        SHA256_Update(&hash, challenge, CHALLENGE);
        SHA256_Update(&hash, codes + row * CODE, CODE);
        SHA256_Final(digest, &hash);
        hash = outer;
        SHA256_Update(&hash, digest, sizeof digest);
        SHA256_Final(digest, &hash);
        if (memcmp(digest, nobodys_tag, sizeof digest) == 0)
            abort();
    }
}

static struct {
    const char *name;
    void (*search)(void);
    double rates[ROUNDS_MAX];
} ways[] = {{"library", by_library, {0}},
            {"portable", by_portable, {0}},
            {"sha-ni", by_ni, {0}},
            {"openssl-hmac", by_hmac, {0}},
            {"openssl-cached", by_cached_states, {0}}};
enum { WAYS = sizeof ways / sizeof ways[0] };

/* Millions of candidates a second, over at least so much time. */
static double rate_of(void (*search)(void), int keys, double time)
{
    double start = seconds(), gone;
    unsigned long searches = 0;

    do {
        for (int i = 0; i < keys; i++)
            search();
        searches += (unsigned long)keys;
        gone = seconds() - start;
    } while (gone < time);
    return (double)searches * (double)table.count / gone / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int keys, rounds;
    double time;

    if (argc != 5) {
        fputs("usage: bench_search COMMANDS KEYS ROUNDS MILLISECONDS\n", stderr);
        return 2;
    }
    table.count = (size_t)strtoul(argv[1], NULL, 10);
    keys = atoi(argv[2]);
    rounds = atoi(argv[3]);
    time = atof(argv[4]) / 1000;
    if (table.count < 1 || table.count > COMMANDS_MAX || keys < 1 || rounds < 1 ||
        rounds > ROUNDS_MAX)
        return 2;
    for (size_t row = 0; row < table.count; row++) {
        codes[row * CODE] = (uint8_t)(row >> 8);
        codes[row * CODE + 1] = (uint8_t)row;
    }
    csign_classic_key(&settings, &keyed, key, sizeof key);
    cache_states();
    for (int round = 0; round < rounds; round++) {
        for (int way = 0; way < WAYS; way++)
            ways[way].rates[round] = rate_of(ways[way].search, keys, time);
    }
    for (int way = 0; way < WAYS; way++) {
        if (ways[way].search == by_ni && fast_path() != FAST_SHA_NI)
            continue; /* the row would be the portable one's */
        qsort(ways[way].rates, (size_t)rounds, sizeof(double), by_value);
        printf("%s %.2f\n", ways[way].name, ways[way].rates[rounds / 2]);
    }
    return 0;
}
