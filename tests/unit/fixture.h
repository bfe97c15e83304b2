/* SPDX-License-Identifier: MIT */
/* fixture.h: a lamp and its remote, wired to each other without a network. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "Countersign.h"
#include "check.h"

enum { SLOTS = 4, NOW = 1000 };
enum { ON = 0x01, OFF = 0x02, STATUS = 0x03 };

static const uint8_t lamp_codes[] CSIGN_FLASH = {ON, OFF, STATUS};
static const uint8_t lamp_answers[] CSIGN_FLASH = {0xa0, 0xa1};
static const uint8_t owner_key[32] = "the owner's key of 32 bytes ....";
static const uint8_t guest_key[32] = "the guest's key of 32 bytes ....";
static const uint8_t other_key[32] = "some other key of 32 bytes .....";

/* A host has room for every hash and every length, and keeps apart what a lamp and a remote
 * have to themselves. A target has 2 KiB. PAYLOAD is the longest request and reply unless
 * a test sets another. */
#ifndef CHECK_ON_TARGET
typedef csign_any_work fixture_work;
typedef csign_any_keyed fixture_keyed;
enum { PAYLOAD = 64, MEMORY = 512 };
#define WORK_OF_ITS_OWN fixture_work work;
#define WORK_OF(owner)  (&(owner)->work)
#else
typedef csign_sha256_work fixture_work;
typedef csign_sha256_keyed fixture_keyed;
enum { PAYLOAD = 40 };
enum { MEMORY = CSIGN_SEALED_SERVER_BYTES(16, 16, 16, PAYLOAD, PAYLOAD) };
static fixture_work one_work;
#define WORK_OF_ITS_OWN
#define WORK_OF(owner) ((void)(owner), &one_work)
#endif

struct lamp {
    WORK_OF_ITS_OWN
    fixture_keyed keyed[SLOTS];
    csign_slot slots[SLOTS];
    csign_settings settings;
    csign_device device;
    csign_server server;
    uint8_t memory[MEMORY];
    uint8_t next_challenge; /* each connection gets another one */
    unsigned runs;          /* commands that were run */
};

struct remote {
    WORK_OF_ITS_OWN
    fixture_keyed keyed;
    csign_settings settings;
    csign_client_config config;
    csign_client client;
    uint8_t memory[MEMORY];
};

static inline csign_settings plain_settings(fixture_work *work)
{
    csign_settings settings = {{&csign_sha256, &work->head}, "lamp-1", 6, 16, 16, 16, PAYLOAD,
                               PAYLOAD, 0, CSIGN_DEADLINE_MS};

    return settings;
}

/* Lamps and remotes point into themselves, so they are made in place. */
static inline void make_lamp(struct lamp *lamp, const csign_server_profile *profile)
{
    memset(lamp, 0, sizeof *lamp);
    lamp->settings = plain_settings(WORK_OF(lamp));
    lamp->device.settings = &lamp->settings;
    lamp->device.profile = profile;
    lamp->device.commands.codes = lamp_codes;
    lamp->device.commands.count = sizeof lamp_codes;
    lamp->device.commands.len = 1;
    if (!profile->is_sealed) {
        lamp->device.answers.codes = lamp_answers;
        lamp->device.answers.count = sizeof lamp_answers;
        lamp->device.answers.len = 1;
    }
    lamp->device.slots = lamp->slots;
    lamp->device.keyed = lamp->keyed;
    lamp->device.slot_count = SLOTS;
}

static inline void make_owned_lamp(struct lamp *lamp, const csign_server_profile *profile)
{
    make_lamp(lamp, profile);
    (void)csign_device_set_key(&lamp->device, 0, CSIGN_RIGHTS_EVERY, owner_key,
                               sizeof owner_key);
}

static inline void make_remote(struct remote *remote, const csign_client_profile *profile,
                               const uint8_t *key, size_t len)
{
    memset(remote, 0, sizeof *remote);
    remote->settings = plain_settings(WORK_OF(remote));
    remote->config.settings = &remote->settings;
    remote->config.profile = profile;
    remote->config.keyed = &remote->keyed;
    remote->config.code_len = 1;
    remote->config.timeout_ms = CSIGN_REPLY_MS;
    if (!profile->is_sealed) {
        remote->config.answers.codes = lamp_answers;
        remote->config.answers.count = sizeof lamp_answers;
        remote->config.answers.len = 1;
    }
    profile->key(&remote->settings, &remote->keyed, key, len);
}

static inline void draw_challenge(struct lamp *lamp, uint32_t now)
{
    uint8_t challenge[CSIGN_CHALLENGE_MAX];

    memset(challenge, 0xc0, sizeof challenge);
    challenge[0] = lamp->next_challenge++;
    csign_server_challenge(&lamp->server, challenge, now);
}

static inline void draw_nonce(struct remote *remote, uint32_t now)
{
    static uint8_t next;
    uint8_t nonce[CSIGN_CHALLENGE_MAX];

    memset(nonce, 0x40, sizeof nonce);
    nonce[0] = next++;
    csign_client_challenge(&remote->client, nonce, now);
}

/* Moves what the remote wants to send into the lamp. Returns the bytes moved. */
static inline size_t remote_to_lamp(struct remote *remote, struct lamp *lamp, uint32_t now)
{
    size_t len;
    const uint8_t *out = csign_client_out(&remote->client, &len);
    size_t used = len > 0 ? csign_server_take(&lamp->server, out, len, now) : 0;

    csign_client_sent(&remote->client, used, now);
    return used;
}

static inline size_t lamp_to_remote(struct lamp *lamp, struct remote *remote, uint32_t now)
{
    size_t len;
    const uint8_t *out = csign_server_out(&lamp->server, &len);
    size_t used = len > 0 ? csign_client_take(&remote->client, out, len, now) : 0;

    csign_server_sent(&lamp->server, used, now);
    return used;
}

/* Connects both anew, up to where the remote wants a request. */
static inline void connect_both(struct remote *remote, struct lamp *lamp, uint32_t now)
{
    csign_server_open(&lamp->server, &lamp->device, lamp->memory, now);
    csign_client_open(&remote->client, &remote->config, remote->memory, now);
    if (csign_client_wants(&remote->client) == CSIGN_WANTS_CHALLENGE)
        draw_nonce(remote, now);
    remote_to_lamp(remote, lamp, now);
    draw_challenge(lamp, now);
    lamp_to_remote(lamp, remote, now);
}

/* Puts the lamp's connection aside, as it is, so that the lamp can have another one. */
static inline void set_aside(struct lamp *lamp, csign_server *kept, uint8_t memory[MEMORY])
{
    *kept = lamp->server;
    memcpy(memory, lamp->memory, MEMORY);
    kept->memory = memory;
    kept->message = memory + (kept->message - lamp->memory);
    if (kept->at != NULL)
        kept->at = memory + (kept->at - lamp->memory);
    if (lamp->device.changing == &lamp->server)
        lamp->device.changing = kept;
}

/* Sends a command; the lamp takes it and has not run it yet. */
static inline void ask(struct remote *remote, struct lamp *lamp, const void *command,
                       size_t len, uint32_t now)
{
    (void)csign_client_request(&remote->client, (const uint8_t *)command, len, now);
    remote_to_lamp(remote, lamp, now);
}

static inline void ask_code(struct remote *remote, struct lamp *lamp, uint8_t code)
{
    ask(remote, lamp, &code, 1, NOW);
}

/* The lamp's application: sealed says done with the arguments as data, classic a0. */
static inline void run_and_answer(struct lamp *lamp, uint32_t now)
{
    size_t len;
    const uint8_t *arguments = csign_server_arguments(&lamp->server, &len);
    static const uint8_t done = 0xa0;

    if (csign_server_wants(&lamp->server) != CSIGN_WANTS_RUN)
        return;
    lamp->runs++;
    if (lamp->device.profile->is_sealed)
        (void)csign_server_reply(&lamp->server, CSIGN_STATUS_DONE, arguments, len, now);
    else
        (void)csign_server_answer(&lamp->server, &done, now);
}

/* The whole of it: ask, store as the case may be, run, answer. */
static inline csign_outcome command(struct remote *remote, struct lamp *lamp,
                                    const void *bytes, size_t len)
{
    ask(remote, lamp, bytes, len, NOW);
    if (csign_server_wants(&lamp->server) == CSIGN_WANTS_STORE)
        csign_server_stored(&lamp->server, true, NOW);
    run_and_answer(lamp, NOW);
    lamp_to_remote(lamp, remote, NOW);
    return csign_client_outcome(&remote->client);
}

static inline csign_outcome command_code(struct remote *remote, struct lamp *lamp,
                                         uint8_t code)
{
    return command(remote, lamp, &code, 1);
}

#endif
