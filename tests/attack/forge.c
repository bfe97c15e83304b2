/* SPDX-License-Identifier: MIT */
/* Forged requests against the library itself: every byte of the device, of a connection
 * and of its store before and after.
 *
 *     attack_forge COUNT [weak]     COUNT requests for each profile
 *
 * Prints a line for each profile: how many were forged, how many ran, how many were
 * answered, how many connections stayed open, after how many another byte than the
 * excepted ones had changed. Exit status 1 where one of the last four is not 0. weak: a
 * device that is wrong on purpose.
 *
 * Excepted, and nothing else:
 *     the record of the connection that was refused    clocks, reason, counts of bytes
 *     the challenge counter                            store.lower
 * The memory in which that connection had its bytes is compared: it has been wiped. So is
 * everything of a second connection, which is proven and goes on after all of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

#define CELLS CSIGN_STORE_BYTES(SLOTS, CSIGN_STORE_COUNTERS)

enum { KINDS = 5 };
static const char *const kind_names[KINDS] = {"random bytes", "a flipped bit", "a replay",
                                              "another key", "a wrong length"};

/* All that there is of a device. */
struct whole {
    struct lamp lamp;
    csign_server bystander; /* a proven connection that goes on */
    uint8_t bystander_memory[MEMORY];
    csign_store store;
    uint8_t cells[CELLS];
    fixture_keyed secret;
};

struct bench {
    struct whole now;
    struct remote owner, stranger, waiting;
    csign_store_memory place;
    uint8_t replay[MEMORY];
    size_t replay_len;
    uint64_t random;
};

struct tally {
    unsigned long forged, ran, answered, open, changed;
};

static uint8_t read_cell(void *context, uint16_t address)
{
    return ((struct whole *)context)->cells[address];
}

static void write_cell(void *context, uint16_t address, uint8_t byte)
{
    ((struct whole *)context)->cells[address] = byte;
}

/* xorshift64*: forgeries need no better chance, and are the same in every run. */
static uint8_t chance(struct bench *b)
{
    b->random ^= b->random >> 12;
    b->random ^= b->random << 25;
    b->random ^= b->random >> 27;
    return (uint8_t)(b->random * 0x2545f4914f6cdd1d >> 56);
}

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "attack_forge: %s\n", what);
    exit(2);
}

static void finish(csign_store *store, csign_status begun)
{
    csign_step step;

    must(begun == CSIGN_OK, "the store takes no job");
    do
        step = csign_store_step(store);
    while (step == CSIGN_STEP_MORE);
    must(step == CSIGN_STEP_DONE, "the store's job failed");
}

static void provision(struct bench *b)
{
    static const csign_store_identity identity = {.id_len = 6, .id = "lamp-1"};
    csign_store *store = &b->now.store;

    memset(b->now.cells, 0xff, sizeof b->now.cells);
    b->place = (csign_store_memory){.read = read_cell,
                                    .write = write_cell,
                                    .context = &b->now,
                                    .key_slots = SLOTS,
                                    .counters = CSIGN_STORE_COUNTERS};
    must(csign_store_open(store, &b->place) == CSIGN_STORE_ERASED, "the store is there");
    finish(store, csign_store_begin(store));
    finish(store, csign_store_put_identity(store, &identity));
    finish(store, csign_store_put_secret(store, other_key));
    finish(store, csign_store_put_key(store, 0, CSIGN_RIGHTS_EVERY, owner_key));
    finish(store, csign_store_put_key(store, 2, CSIGN_RIGHTS_EVERY, guest_key));
    finish(store, csign_store_commit(store));
    finish(store, csign_store_start(store));
    must(csign_store_load(store, &b->now.lamp.device) == CSIGN_OK, "no keys");
    must(csign_store_secret(store, &b->now.lamp.settings.hasher, &b->now.secret) ==
             CSIGN_OK,
         "no secret");
}

/* A new connection up to where the device awaits the request. */
static void greet(struct bench *b, struct remote *remote)
{
    struct lamp *lamp = &b->now.lamp;
    uint8_t challenge[CSIGN_CHALLENGE_MAX];

    csign_server_open(&lamp->server, &lamp->device, lamp->memory, NOW);
    csign_client_open(&remote->client, &remote->config, remote->memory, NOW);
    if (csign_client_wants(&remote->client) == CSIGN_WANTS_CHALLENGE)
        draw_nonce(remote, NOW);
    remote_to_lamp(remote, lamp, NOW);
    must(csign_store_challenge(&b->now.store, &lamp->settings.hasher, &b->now.secret,
                               NULL, 0, challenge, lamp->settings.challenge) == CSIGN_OK,
         "no challenge");
    csign_server_challenge(&lamp->server, challenge, NOW);
    lamp_to_remote(lamp, remote, NOW);
}

static size_t honest_request(struct remote *remote, uint8_t *request)
{
    static const uint8_t command[] = {STATUS, 'h', 'i'};
    const uint8_t *out;
    size_t len;
    bool is_sealed = remote->config.profile->is_sealed;

    (void)csign_client_request(&remote->client, command, is_sealed ? sizeof command : 1,
                               NOW);
    out = csign_client_out(&remote->client, &len);
    memcpy(request, out, len);
    csign_client_sent(&remote->client, len, NOW);
    return len;
}

/* A forged request of a kind; the connection is new. */
static size_t forge(struct bench *b, int kind, uint8_t *request)
{
    size_t len = honest_request(kind == 3 ? &b->stranger : &b->owner, request);
    bool is_sealed = b->now.lamp.device.profile->is_sealed;

    switch (kind) {
    case 0:
        for (size_t i = is_sealed ? 1 : 0; i < len; i++)
            request[i] = chance(b);
        break;
    case 1: {
        size_t bit = (size_t)(chance(b) << 8 | chance(b)) % (8 * len);
        request[bit / 8] ^= (uint8_t)(1 << bit % 8);
        break;
    }
    case 2:
        memcpy(request, b->replay, b->replay_len);
        break;
    case 4:
        request[0] = is_sealed ? (uint8_t)(chance(b) | 0x80) : request[0];
        len = is_sealed ? MEMORY / 2 : len - 1 - chance(b) % (len - 1);
        break;
    default:
        break;
    }
    return len;
}

/* What is left after the exceptions. */
static void plain_copy(struct whole *to, const struct whole *from)
{
    memcpy(to, from, sizeof *to);
    memset(&to->lamp.server, 0, sizeof to->lamp.server);
    to->store.lower = 0;
}

/* Lets the device have it, and then the end of the input. */
static void meet(struct bench *b, int kind, struct tally *tally)
{
    struct lamp *lamp = &b->now.lamp;
    uint8_t request[MEMORY] = {0};
    size_t len, taken, out_len;

    greet(b, kind == 3 ? &b->stranger : &b->owner);
    len = forge(b, kind, request);
    for (size_t at = 0; at < len; at += taken) {
        /* In pieces, so that bytes lie half received. */
        taken = csign_server_take(&lamp->server, request + at,
                                  len - at > 7 ? 7 : len - at, NOW + (uint32_t)at);
        if (taken == 0)
            break;
    }
    csign_server_end(&lamp->server);
    tally->forged++;
    if (csign_server_wants(&lamp->server) == CSIGN_WANTS_RUN) {
        tally->ran++;
        run_and_answer(lamp, NOW);
    }
    if (csign_server_out(&lamp->server, &out_len) != NULL && out_len > 0)
        tally->answered++;
    /* Who refuses has closed and wiped by itself. */
    if (csign_server_wants(&lamp->server) != CSIGN_WANTS_CLOSE)
        tally->open++;
}

/* An honest exchange: gives the replay, and must be seen as a change. */
static void be_honest(struct bench *b)
{
    static struct whole before, after;
    struct lamp *lamp = &b->now.lamp;

    plain_copy(&before, &b->now);
    greet(b, &b->owner);
    b->replay_len = honest_request(&b->owner, b->replay);
    csign_server_take(&lamp->server, b->replay, b->replay_len, NOW);
    must(csign_server_wants(&lamp->server) == CSIGN_WANTS_RUN, "the owner is refused");
    run_and_answer(lamp, NOW);
    lamp_to_remote(lamp, &b->owner, NOW);
    must(csign_client_outcome(&b->owner.client) == CSIGN_OUTCOME_DONE, "no good answer");
    csign_server_close(&lamp->server, CSIGN_E_STOPPED);
    plain_copy(&after, &b->now);
    lamp->runs = 0;
    must(memcmp(&before, &after, sizeof before) != 0,
         "an honest command leaves no trace");
}

/* A connection with a key: in sealed one that has been proven, in classic one that may
 * ask. */
static void stand_by(struct bench *b)
{
    struct lamp *lamp = &b->now.lamp;
    uint8_t request[MEMORY];

    greet(b, &b->waiting);
    if (lamp->device.profile->is_sealed) {
        size_t len = honest_request(&b->waiting, request);
        csign_server_take(&lamp->server, request, len, NOW);
        run_and_answer(lamp, NOW);
        lamp_to_remote(lamp, &b->waiting, NOW);
        must(csign_server_is_proven(&lamp->server), "the bystander is not proven");
    }
    lamp->runs = 0;
    set_aside(lamp, &b->now.bystander, b->now.bystander_memory);
    memset(lamp->memory, 0, sizeof lamp->memory);
}

static void go_on(struct bench *b)
{
    uint8_t request[MEMORY];
    size_t len = honest_request(&b->waiting, request);

    csign_server_take(&b->now.bystander, request, len, NOW);
    must(csign_server_wants(&b->now.bystander) == CSIGN_WANTS_RUN,
         "the bystander can not go on");
    csign_server_close(&b->now.bystander, CSIGN_E_STOPPED);
}

/* Weak on purpose: a sealed device that counts refusals beside the key, and a classic one
 * that takes some tags it does not know for its first command. */
static void count_beside_the_key(csign_server *s)
{
    csign_sealed_server.received(s);
    if (s->reason != CSIGN_OK)
        s->device->slots[0].last[0]++;
}

static size_t lenient_search(const csign_settings *settings, const void *keyed,
                             const uint8_t *r, const csign_table *table, uint32_t rights,
                             const uint8_t *tag)
{
    size_t row = csign_classic_search(settings, keyed, r, table, rights, tag);

    return row == CSIGN_NO_ROW && tag[0] < 8 ? 0 : row;
}

static void begin(struct bench *b, bool is_sealed, bool is_weak)
{
    static csign_server_profile weak;
    const csign_server_profile *server =
        is_sealed ? &csign_sealed_server : &csign_classic_server;
    const csign_client_profile *client =
        is_sealed ? &csign_sealed_client : &csign_classic_client;

    memset(b, 0, sizeof *b);
    b->random = 88172645463325252;
    weak = *server;
    if (is_sealed)
        weak.received = count_beside_the_key;
    else
        weak.search = lenient_search;
    make_lamp(&b->now.lamp, is_weak ? &weak : server);
    provision(b);
    make_remote(&b->owner, client, owner_key, sizeof owner_key);
    make_remote(&b->stranger, client, other_key, sizeof other_key);
    make_remote(&b->waiting, client, guest_key, sizeof guest_key);
}

static struct tally forge_many(struct bench *b, unsigned long count)
{
    static struct whole before, after;
    struct tally tally = {0};

    for (unsigned long i = 0; i < count; i++) {
        plain_copy(&before, &b->now);
        meet(b, (int)(i % KINDS), &tally);
        plain_copy(&after, &b->now);
        if (memcmp(&before, &after, sizeof before) != 0 && tally.changed++ == 0) {
            for (size_t at = 0; at < sizeof before; at++)
                if (((uint8_t *)&before)[at] != ((uint8_t *)&after)[at])
                    fprintf(stderr, "%s changed byte %zu\n", kind_names[i % KINDS], at);
        }
    }
    return tally;
}

int main(int argc, char **argv)
{
    static struct bench b;
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    bool is_weak = argc > 2 && strcmp(argv[2], "weak") == 0, is_good = count > 0;

    for (int is_sealed = 1; is_sealed >= 0; is_sealed--) {
        begin(&b, is_sealed, is_weak);
        be_honest(&b);
        stand_by(&b);
        struct tally tally = forge_many(&b, count);
        printf("%s %lu forged %lu ran %lu answered %lu open %lu changed %zu bytes\n",
               is_sealed ? "sealed" : "classic", tally.forged, tally.ran, tally.answered,
               tally.open, tally.changed, sizeof b.now);
        is_good = is_good && tally.ran + tally.answered + tally.open + tally.changed == 0;
        if (!is_weak) {
            go_on(&b);
            be_honest(&b);
        }
    }
    return is_good ? 0 : 1;
}
