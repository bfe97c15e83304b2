/* SPDX-License-Identifier: MIT */
/* talk_csign.c: Countersign, by the library's client. */
#include "Countersign.h"
#include "bench_socket.h"
#include "fast.h"
#include "talk.h"

#include <errno.h>
#include <sys/random.h>

enum { MEMORY = 1024, DRAWN = 4096 };

struct talk {
    csign_client client;
    uint8_t memory[MEMORY];
};

static csign_any_work work;
static csign_any_keyed keyed;
static csign_hash hash;
static csign_settings settings = {.hasher = {&hash, &work.head},
                                  .id = "bench",
                                  .id_len = 5,
                                  .challenge = 16,
                                  .tag = 16,
                                  .request_max = 255,
                                  .reply_max = 255,
                                  .deadline_ms = CSIGN_DEADLINE_MS};
static const uint8_t answers[] = {0xf0, 0xf1};
static csign_client_config config = {
    .settings = &settings, .keyed = &keyed, .timeout_ms = CSIGN_REPLY_MS};
static uint8_t command[255];
static size_t command_len;

static void setup_for(const csign_client_profile *profile)
{
    hash = fast_hash(&csign_sha256);
    config.profile = profile;
    profile->key(&settings, &keyed, (const uint8_t *)BENCH_KEY, sizeof BENCH_KEY - 1);
    if (csign_client_bytes(&config) > MEMORY || csign_client_check(&config) != CSIGN_OK)
        bench_fail("settings");
}

static void setup_sealed(const struct talk_options *options)
{
    settings.wake = 16;
    command[0] = 1;
    command_len = options->payload;
    setup_for(&csign_sealed_client);
}

/* The code of a row is its number. */
static void setup_classic(const struct talk_options *options)
{
    settings.wake = 0;
    command_len = options->code_len;
    config.code_len = options->code_len;
    config.answers = (csign_table){answers, 2, 1};
    for (size_t i = 0; i < command_len; i++)
        command[i] = (uint8_t)(options->row >> 8 * (command_len - 1 - i));
    setup_for(&csign_classic_client);
}

/* No client waits here, so the time stands still. */
static void begin(void *memory, int fd)
{
    struct talk *talk = memory;

    (void)fd;
    csign_client_open(&talk->client, &config, talk->memory, 0);
}

static void draw(csign_client *client)
{
    static uint8_t bytes[DRAWN];
    static size_t used = DRAWN;

    if (used == DRAWN && getrandom(bytes, DRAWN, 0) != DRAWN)
        bench_fail("getrandom");
    used %= DRAWN;
    csign_client_challenge(client, bytes + used, 0);
    used += 16;
}

/* False: the socket has to be waited for. */
static bool pass(csign_client *client, csign_wants wants, int fd)
{
    uint8_t bytes[512];
    const uint8_t *out;
    size_t len;

    if (wants == CSIGN_WANTS_BYTES) {
        len = talk_receive(fd, bytes, sizeof bytes);
        csign_client_take(client, bytes, len, 0);
    } else {
        out = csign_client_out(client, &len);
        len = talk_send(fd, out, len);
        csign_client_sent(client, len, 0);
    }
    return len > 0;
}

static enum talk_state go_on(void *memory, int fd)
{
    csign_client *client = &((struct talk *)memory)->client;

    for (;;) {
        csign_wants wants = csign_client_wants(client);

        if (csign_client_outcome(client) == CSIGN_OUTCOME_DONE)
            return TALK_DONE;
        if (wants == CSIGN_WANTS_CHALLENGE) {
            draw(client);
        } else if (wants == CSIGN_WANTS_REQUEST) {
            csign_client_request(client, command, command_len, 0);
        } else if (wants == CSIGN_WANTS_CLOSE) {
            errno = EPROTO;
            bench_fail("exchange");
        } else if (!pass(client, wants, fd)) {
            return TALK_WAITS;
        }
    }
}

static void end(void *memory)
{
    csign_client_wipe(&((struct talk *)memory)->client);
}

const struct talk_kind talk_sealed = {
    "sealed", sizeof(struct talk), setup_sealed, begin, go_on, end};
const struct talk_kind talk_classic = {
    "classic", sizeof(struct talk), setup_classic, begin, go_on, end};
