/* SPDX-License-Identifier: MIT */
/* store_starts.c: a device that starts again and again, its power cut at random, and
 * every challenge that it sent on the wire: no two are equal.
 *
 *     faults_store_starts STARTS [repeat]     repeat: one start in the middle gets the
 *                                             store of an earlier one (the judge's check)
 */
#include "fixture.h"
#include "report.h"
#include "store_fixture.h"

#include <stdlib.h>

enum { LEN = 16, MOST_CONNECTIONS = 3 };

static struct lamp lamp;
static uint8_t (*wire)[LEN];
static size_t wire_count, wire_room;
static unsigned long cuts, unserved;
static uint32_t luck = 1;

static uint32_t random_below(uint32_t bound)
{
    luck ^= luck << 13;
    luck ^= luck >> 17;
    luck ^= luck << 5;
    return luck % bound;
}

static void keep(const uint8_t *challenge)
{
    if (wire_count == wire_room) {
        wire_room = wire_room * 2 + 1024;
        wire = realloc(wire, wire_room * LEN);
        if (wire == NULL)
            abort();
    }
    memcpy(wire[wire_count++], challenge, LEN);
}

/* What the device sends to a client that says no more than a wake. */
static bool connect_and_listen(const csign_sha256_keyed *source)
{
    static const uint8_t wake[16];
    uint8_t challenge[CSIGN_CHALLENGE_MAX];
    const uint8_t *out;
    size_t len;

    csign_server_open(&lamp.server, &lamp.device, lamp.memory, NOW);
    (void)csign_server_take(&lamp.server, wake, sizeof wake, NOW);
    if (csign_server_wants(&lamp.server) != CSIGN_WANTS_CHALLENGE ||
        csign_store_challenge(&store, &source_hasher, source, NULL, 0, challenge, LEN) !=
            CSIGN_OK)
        return false;
    csign_server_challenge(&lamp.server, challenge, NOW);
    out = csign_server_out(&lamp.server, &len);
    if (csign_server_wants(&lamp.server) != CSIGN_WANTS_SEND || len != LEN)
        return false;
    keep(out);
    csign_server_sent(&lamp.server, len, NOW);
    csign_server_close(&lamp.server, CSIGN_OK);
    return true;
}

static void maybe_cut(void)
{
    if (random_below(3) == 0)
        cut_power_at((uint16_t)(1 + random_below(8)), (int)random_below(258) - 1);
}

/* A start as a device does it; power may fail in it. False: it does not serve although
 * power was there. */
static bool start_and_serve(void)
{
    csign_sha256_keyed source;
    bool has_started;

    make_lamp(&lamp, &csign_sealed_server);
    if (reopen() != CSIGN_STORE_READY)
        return false;
    maybe_cut();
    has_started = start();
    if (chip.is_off) {
        cuts++;
        return true;
    }
    if (!has_started || csign_store_load(&store, &lamp.device) != CSIGN_OK ||
        csign_store_secret(&store, &source_hasher, &source) != CSIGN_OK)
        return false;
    for (uint32_t i = 1 + random_below(MOST_CONNECTIONS); i > 0; i--) {
        if (!connect_and_listen(&source))
            return false;
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, LEN);
}

/* After sorting equal ones are neighbours: that compares all pairs. */
static unsigned long repeated(void)
{
    unsigned long count = 0;

    qsort(wire, wire_count, LEN, compare);
    for (size_t i = 1; i < wire_count; i++)
        count += compare(wire[i - 1], wire[i]) == 0;
    return count;
}

int main(int argc, char **argv)
{
    unsigned long starts = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    bool repeats = argc > 2;
    struct chip old;
    char text[120];
    unsigned long twice;

    make_ready();
    old = chip;
    for (unsigned long i = 0; i < starts; i++) {
        if (repeats && i == starts / 2)
            chip = old;
        if (i == starts / 4)
            old = chip;
        unserved += !start_and_serve();
    }
    twice = repeated();
    snprintf(text, sizeof text, "starts, %lu of them cut; %zu challenges on the wire",
             cuts, wire_count);
    report(text, starts, "no challenge twice, it serves", twice + unserved,
           twice > 0 ? "a challenge came again" : "it does not serve");
    if (chip.is_misused || wire_count < starts || cuts == 0)
        return 2;
    return all_as_expected ? 0 : 1;
}
