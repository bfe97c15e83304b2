/* SPDX-License-Identifier: MIT */
/* Every known answer of tests/vectors/vectors.json through both machines. */
#include "Countersign.h"
#include "check.h"
#include "vectors.h"

enum { NOW = 77, MEMORY = 1024 };

/* A device that is set like the vector, and the conversation that it plays. */
struct play {
    const struct vector_conversation *vector;
    csign_any_work work;
    csign_any_keyed keyed;
    csign_slot slot;
    csign_settings settings;
    csign_device device;
    csign_server server;
    csign_client_config config;
    csign_client client;
    uint8_t memory[MEMORY];
    size_t piece; /* bytes handed over at once */
};

static void set_up(struct play *play, const struct vector_conversation *vector, size_t piece)
{
    csign_settings *settings = &play->settings;

    memset(play, 0, sizeof *play);
    play->vector = vector;
    play->piece = piece;
    settings->hasher.hash = vector->hash;
    settings->hasher.work = &play->work.head;
    settings->id = vector->id;
    settings->id_len = (uint8_t)strlen(vector->id);
    settings->wake = (uint8_t)vector->wake.len;
    settings->challenge = (uint8_t)vector->challenge.len;
    settings->tag = (uint8_t)vector->tag;
    settings->request_max = 255;
    settings->reply_max = 255;
    settings->deadline_ms = CSIGN_DEADLINE_MS;
}

static csign_table table_of(const struct bytes *code)
{
    csign_table table = {code->at, code->len > 0, (uint8_t)code->len};

    return table;
}

static const struct vector_exchange *exchange_of(const struct play *play, size_t index)
{
    return &vector_exchanges[play->vector->first + index];
}

/* Hands bytes to the server in pieces. */
static void feed_server(struct play *play, const struct bytes *bytes)
{
    for (size_t at = 0; at < bytes->len;) {
        size_t left = bytes->len - at;
        size_t used = csign_server_take(&play->server, bytes->at + at,
                                        left < play->piece ? left : play->piece, NOW);
        if (used == 0)
            return;
        at += used;
    }
}

static void feed_client(struct play *play, const struct bytes *bytes)
{
    for (size_t at = 0; at < bytes->len;) {
        size_t left = bytes->len - at;
        size_t used = csign_client_take(&play->client, bytes->at + at,
                                        left < play->piece ? left : play->piece, NOW);
        if (used == 0)
            return;
        at += used;
    }
}

#define CHECK_OUT(function, machine, expected)                    \
    do {                                                          \
        size_t out_len;                                           \
        const uint8_t *out_bytes = function(machine, &out_len);   \
        CHECK_EQUAL(out_len, (expected).len);                     \
        CHECK_BYTES(out_bytes, (expected).at, (expected).len);    \
    } while (0)

static void serve_exchange(struct play *play, size_t index)
{
    const struct vector_exchange *exchange = exchange_of(play, index);
    size_t len;

    feed_server(play, &exchange->request);
    CHECK_EQUAL(csign_server_wants(&play->server), CSIGN_WANTS_RUN);
    if (!play->vector->is_sealed) {
        CHECK_EQUAL(csign_server_command(&play->server), 0);
        CHECK_EQUAL(csign_server_answer(
                        &play->server, exchange->answer.len ? exchange->answer.at : NULL, NOW),
                    CSIGN_OK);
    } else {
        const uint8_t *arguments = csign_server_arguments(&play->server, &len);
        CHECK_EQUAL(len, exchange->arguments.len);
        CHECK_BYTES(arguments, exchange->arguments.at, len);
        CHECK_EQUAL(csign_server_reply(&play->server, exchange->answer.at[0],
                                       exchange->answer.at + 1, exchange->answer.len - 1, NOW),
                    CSIGN_OK);
    }
    if (exchange->reply.len == 0) {
        CHECK_EQUAL(csign_server_wants(&play->server), CSIGN_WANTS_CLOSE);
        return;
    }
    CHECK_OUT(csign_server_out, &play->server, exchange->reply);
    csign_server_sent(&play->server, exchange->reply.len, NOW);
}

/* The commands of a sealed vector are 01 and 02, or whatever codes it uses. */
static size_t collect_codes(const struct play *play, uint8_t *codes)
{
    size_t count = 0;

    for (size_t i = 0; i < play->vector->count; i++) {
        uint8_t code = exchange_of(play, i)->code.at[0];
        if (memchr(codes, code, count) == NULL)
            codes[count++] = code;
    }
    return count;
}

static void play_device(const struct vector_conversation *vector,
                        size_t piece)
{
    struct play play;
    uint8_t codes[16];

    set_up(&play, vector, piece);
    play.device.settings = &play.settings;
    play.device.profile = vector->is_sealed ? &csign_sealed_server : &csign_classic_server;
    play.device.commands = table_of(&exchange_of(&play, 0)->code);
    if (vector->is_sealed) {
        play.device.commands.codes = codes;
        play.device.commands.count = collect_codes(&play, codes);
    }
    play.device.answers = table_of(&exchange_of(&play, 0)->answer);
    play.device.slots = &play.slot;
    play.device.keyed = &play.keyed;
    play.device.slot_count = 1;
    CHECK_EQUAL(csign_device_set_key(&play.device, 0, CSIGN_RIGHTS_EVERY, vector->key.at,
                                     vector->key.len),
                CSIGN_OK);
    CHECK(csign_server_bytes(&play.device) <= MEMORY);
    csign_server_open(&play.server, &play.device, play.memory, NOW);
    feed_server(&play, &vector->wake);
    CHECK_EQUAL(csign_server_wants(&play.server), CSIGN_WANTS_CHALLENGE);
    csign_server_challenge(&play.server, vector->challenge.at, NOW);
    CHECK_OUT(csign_server_out, &play.server, vector->challenge);
    csign_server_sent(&play.server, vector->challenge.len, NOW);
    for (size_t i = 0; i < vector->count; i++)
        serve_exchange(&play, i);
}

static void ask_exchange(struct play *play, size_t index)
{
    const struct vector_exchange *exchange = exchange_of(play, index);
    uint8_t command[255];
    size_t len;

    memcpy(command, exchange->code.at, exchange->code.len);
    memcpy(command + exchange->code.len, exchange->arguments.at, exchange->arguments.len);
    CHECK_EQUAL(csign_client_request(&play->client, command,
                                     exchange->code.len + exchange->arguments.len, NOW),
                CSIGN_OK);
    CHECK_OUT(csign_client_out, &play->client, exchange->request);
    if (play->vector->is_sealed)
        CHECK_BYTES(csign_client_request_tag(&play->client), exchange->request_tag.at,
                    CSIGN_LAST_LEN);
    csign_client_sent(&play->client, exchange->request.len, NOW);
    if (exchange->reply.len == 0) {
        csign_client_end(&play->client);
        CHECK_EQUAL(csign_client_outcome(&play->client), CSIGN_OUTCOME_SENT);
        return;
    }
    feed_client(play, &exchange->reply);
    if (!play->vector->is_sealed) {
        CHECK_EQUAL(csign_client_outcome(&play->client), CSIGN_OUTCOME_DONE);
        CHECK_EQUAL(csign_client_answer(&play->client), 0);
        return;
    }
    CHECK_EQUAL(csign_client_outcome(&play->client),
                exchange->answer.at[0] == 0 ? CSIGN_OUTCOME_DONE : CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_client_reply_status(&play->client), exchange->answer.at[0]);
    const uint8_t *data = csign_client_reply_data(&play->client, &len);
    CHECK_EQUAL(len, exchange->answer.len - 1);
    CHECK_BYTES(data, exchange->answer.at + 1, len);
}

static void play_client(const struct vector_conversation *vector,
                        size_t piece)
{
    struct play play;

    set_up(&play, vector, piece);
    play.config.settings = &play.settings;
    play.config.profile = vector->is_sealed ? &csign_sealed_client : &csign_classic_client;
    play.config.keyed = &play.keyed;
    play.config.answers = table_of(&exchange_of(&play, 0)->answer);
    play.config.code_len = (uint8_t)exchange_of(&play, 0)->code.len;
    play.config.timeout_ms = CSIGN_REPLY_MS;
    play.config.profile->key(&play.settings, &play.keyed, vector->key.at, vector->key.len);
    CHECK(csign_client_bytes(&play.config) <= MEMORY);
    csign_client_open(&play.client, &play.config, play.memory, NOW);
    if (vector->is_sealed)
        csign_client_challenge(&play.client, vector->wake.at, NOW);
    if (vector->wake.len > 0) {
        size_t len;
        (void)csign_client_out(&play.client, &len);
        CHECK_EQUAL(len, vector->wake.len);
        csign_client_sent(&play.client, len, NOW);
    }
    feed_client(&play, &vector->challenge);
    CHECK_BYTES(csign_client_device_challenge(&play.client), vector->challenge.at,
                vector->challenge.len);
    for (size_t i = 0; i < vector->count; i++)
        ask_exchange(&play, i);
}

#define EACH_VECTOR(vector)                                                        \
    const struct vector_conversation *vector = vector_conversations;               \
    vector < vector_conversations + sizeof vector_conversations / sizeof *vector;  \
    vector++

/* Pieces of 1 are byte by byte; 600 is longer than any message. */
TEST(a_device_plays_every_vector_whatever_the_pieces)
{
    static const size_t pieces[] = {1, 2, 3, 7, 17, 31, 64, 600};

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        for (EACH_VECTOR(vector))
            play_device(vector, pieces[i]);
    }
}

TEST(a_client_plays_every_vector_whatever_the_pieces)
{
    static const size_t pieces[] = {1, 2, 3, 7, 17, 31, 64, 600};

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        for (EACH_VECTOR(vector))
            play_client(vector, pieces[i]);
    }
}

/* Derived keys are secret to the library; the tag of a known message shows them. */
TEST(a_sealed_key_is_derived_as_every_vector_says)
{
    for (EACH_VECTOR(vector)) {
        static const uint8_t message[] = {1, 0x55};
        csign_binding binding = {CSIGN_LABEL_REPLY, 3, (const uint8_t *)"abc"};
        struct play play;
        csign_any_keyed expected;
        uint8_t tag[32], expected_tag[32];

        if (!vector->is_sealed)
            continue;
        set_up(&play, vector, 1);
        csign_sealed_key(&play.settings, &play.keyed, vector->key.at, vector->key.len);
        csign_hmac_key(&play.settings.hasher, &expected, vector->derived_key.at,
                       vector->derived_key.len);
        csign_sealed_tag(&play.settings.hasher, &play.keyed, &binding, message, 2, tag);
        csign_sealed_tag(&play.settings.hasher, &expected, &binding, message, 2, expected_tag);
        CHECK_BYTES(tag, expected_tag, sizeof tag);
    }
}

TEST(the_challenge_source_gives_every_vector)
{
    for (size_t i = 0; i < sizeof vector_sources / sizeof *vector_sources; i++) {
        const struct vector_source *vector = &vector_sources[i];
        csign_any_work work;
        csign_any_keyed keyed;
        csign_hasher hasher = {vector->hash, &work.head};
        uint8_t challenge[CSIGN_CHALLENGE_MAX];

        csign_hmac_key(&hasher, &keyed, vector->u.at, vector->u.len);
        csign_challenge_make(&hasher, &keyed, vector->upper, vector->lower,
                             vector->entropy.at, (uint8_t)vector->entropy.len, challenge,
                             (uint8_t)vector->challenge.len);
        CHECK_BYTES(challenge, vector->challenge.at, vector->challenge.len);
    }
}

TESTS(RUN(a_device_plays_every_vector_whatever_the_pieces),
      RUN(a_client_plays_every_vector_whatever_the_pieces),
      RUN(a_sealed_key_is_derived_as_every_vector_says),
      RUN(the_challenge_source_gives_every_vector))
