/* SPDX-License-Identifier: MIT */
/* Every known answer of tests/vectors/vectors.json through both machines. On a target
 * only one hash's, and each machine has its turn in the same memory. */
#include "vector_fixture.h"

static void answer_sealed(void)
{
    struct bytes answer = play.exchange.answer;
    size_t len;
    const uint8_t *arguments = csign_server_arguments(&play.server, &len);

    CHECK_EQUAL(len, play.exchange.arguments.len);
    CHECK_VECTOR(arguments, play.exchange.arguments);
    CHECK_EQUAL(csign_server_reply(&play.server, first_of(answer), copy(answer) + 1,
                                   answer.len - 1u, NOW),
                CSIGN_OK);
}

static void answer_classic(void)
{
    struct bytes answer = play.exchange.answer;

    CHECK_EQUAL(csign_server_command(&play.server), 0);
    CHECK_EQUAL(csign_server_answer(&play.server, answer.len ? copy(answer) : NULL, NOW),
                CSIGN_OK);
}

static void serve_exchange(void)
{
    feed_server(play.exchange.request);
    CHECK_EQUAL(csign_server_wants(&play.server), CSIGN_WANTS_RUN);
    if (play.vector.is_sealed)
        answer_sealed();
    else
        answer_classic();
    if (play.exchange.reply.len == 0) {
        CHECK_EQUAL(csign_server_wants(&play.server), CSIGN_WANTS_CLOSE);
        return;
    }
    CHECK_OUT(csign_server_out, &play.server, play.exchange.reply);
    csign_server_sent(&play.server, play.exchange.reply.len, NOW);
}

static void make_device(void)
{
    const struct vector_conversation *vector = &play.vector;
    csign_device *device = &play.device;

    device->settings = &play.settings;
    device->profile = vector->is_sealed ? &csign_sealed_server : &csign_classic_server;
    device->commands = table_of(vector->codes, vector->is_sealed ? vector->codes.len : 1);
    device->answers = table_of(play.exchange.answer, play.exchange.answer.len > 0);
    device->slots = &play.slot;
    device->keyed = &play.keyed;
    device->slot_count = 1;
    CHECK_EQUAL(csign_device_set_key(device, 0, CSIGN_RIGHTS_EVERY, copy(vector->key),
                                     vector->key.len),
                CSIGN_OK);
    CHECK(csign_server_bytes(device) <= MEMORY);
}

static void play_device(const struct vector_conversation *vector_in_flash, size_t piece)
{
    set_up(vector_in_flash, piece);
    make_device();
    csign_server_open(&play.server, &play.device, play.memory, NOW);
    feed_server(play.vector.wake);
    CHECK_EQUAL(csign_server_wants(&play.server), CSIGN_WANTS_CHALLENGE);
    csign_server_challenge(&play.server, copy(play.vector.challenge), NOW);
    CHECK_OUT(csign_server_out, &play.server, play.vector.challenge);
    csign_server_sent(&play.server, play.vector.challenge.len, NOW);
    for (uint16_t i = 0; i < play.vector.count; i++) {
        load_exchange(i);
        serve_exchange();
    }
}

static void make_request(void)
{
    const struct vector_exchange *exchange = &play.exchange;
    size_t code_len = exchange->code.len;

    copy_from_flash(play.bytes, vector_bytes + exchange->code.at, code_len);
    copy_from_flash(play.bytes + code_len, vector_bytes + exchange->arguments.at,
                    exchange->arguments.len);
    CHECK_EQUAL(csign_client_request(&play.client, play.bytes,
                                     code_len + exchange->arguments.len, NOW),
                CSIGN_OK);
    CHECK_OUT(csign_client_out, &play.client, exchange->request);
    if (play.vector.is_sealed) {
        struct bytes told = {exchange->request_tag.at, CSIGN_LAST_LEN};
        CHECK_VECTOR(csign_client_request_tag(&play.client), told);
    }
    csign_client_sent(&play.client, exchange->request.len, NOW);
}

static void check_sealed_outcome(void)
{
    struct bytes answer = play.exchange.answer;
    size_t len;
    const uint8_t *data;

    CHECK_EQUAL(csign_client_outcome(&play.client),
                first_of(answer) == 0 ? CSIGN_OUTCOME_DONE : CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_client_reply_status(&play.client), first_of(answer));
    data = csign_client_reply_data(&play.client, &len);
    CHECK_EQUAL(len, answer.len - 1u);
    CHECK(is_vectors(data, answer, 1));
}

static void ask_exchange(void)
{
    make_request();
    if (play.exchange.reply.len == 0) {
        csign_client_end(&play.client);
        CHECK_EQUAL(csign_client_outcome(&play.client), CSIGN_OUTCOME_SENT);
        return;
    }
    feed_client(play.exchange.reply);
    if (play.vector.is_sealed) {
        check_sealed_outcome();
    } else {
        CHECK_EQUAL(csign_client_outcome(&play.client), CSIGN_OUTCOME_DONE);
        CHECK_EQUAL(csign_client_answer(&play.client), 0);
    }
}

static void make_client(void)
{
    csign_client_config *config = &play.config;

    config->settings = &play.settings;
    config->profile =
        play.vector.is_sealed ? &csign_sealed_client : &csign_classic_client;
    config->keyed = &play.keyed;
    config->answers = table_of(play.exchange.answer, play.exchange.answer.len > 0);
    config->code_len = (uint8_t)play.exchange.code.len;
    config->timeout_ms = CSIGN_REPLY_MS;
    config->profile->key(&play.settings, &play.keyed, copy(play.vector.key),
                         play.vector.key.len);
    CHECK(csign_client_bytes(config) <= MEMORY);
}

static void play_client(const struct vector_conversation *vector_in_flash, size_t piece)
{
    size_t len;

    set_up(vector_in_flash, piece);
    make_client();
    csign_client_open(&play.client, &play.config, play.memory, NOW);
    if (play.vector.is_sealed)
        csign_client_challenge(&play.client, copy(play.vector.wake), NOW);
    if (play.vector.wake.len > 0) {
        (void)csign_client_out(&play.client, &len);
        CHECK_EQUAL(len, play.vector.wake.len);
        csign_client_sent(&play.client, len, NOW);
    }
    feed_client(play.vector.challenge);
    CHECK_VECTOR(csign_client_device_challenge(&play.client), play.vector.challenge);
    for (uint16_t i = 0; i < play.vector.count; i++) {
        load_exchange(i);
        ask_exchange();
    }
}

#define EACH_VECTOR(vector)                                                              \
    const struct vector_conversation *vector = vector_conversations;                     \
    vector < vector_conversations + sizeof vector_conversations / sizeof *vector;        \
    vector++

/* Pieces of 1 are byte by byte; 300 is longer than any message. */
static const uint16_t pieces[] = {1, 2, 3, 7, 17, 31, 64, 300};

TEST(a_device_plays_every_vector_whatever_the_pieces)
{
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        for (EACH_VECTOR(vector))
            play_device(vector, pieces[i]);
    }
}

TEST(a_client_plays_every_vector_whatever_the_pieces)
{
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        for (EACH_VECTOR(vector))
            play_client(vector, pieces[i]);
    }
}

#if VECTOR_SEALED_COUNT > 0
/* Derived keys are secret to the library; the tag of a known message shows them. */
TEST(a_sealed_key_is_derived_as_every_vector_says)
{
    static const uint8_t message[] = {1, 0x55};
    static const uint8_t bound[CSIGN_SEALED_LEN] = "a request's whole tag, made up";

    for (EACH_VECTOR(vector)) {
        csign_any_keyed expected;
        uint8_t tag[32], expected_tag[32];

        set_up(vector, 1);
        if (!play.vector.is_sealed)
            continue;
        csign_sealed_key(&play.settings, &play.keyed, copy(play.vector.key),
                         play.vector.key.len);
        csign_hmac_key(&play.settings.hasher, &expected, copy(play.vector.derived_key),
                       play.vector.derived_key.len);
        csign_sealed_tag(&play.settings, &play.keyed, CSIGN_LABEL_REPLY, bound, message,
                         tag);
        csign_sealed_tag(&play.settings, &expected, CSIGN_LABEL_REPLY, bound, message,
                         expected_tag);
        CHECK_BYTES(tag, expected_tag, sizeof tag);
    }
}
#define RUN_SEALED_KEYS , RUN(a_sealed_key_is_derived_as_every_vector_says)
#else
#define RUN_SEALED_KEYS
#endif

#if VECTOR_SOURCE_COUNT > 0
TEST(the_challenge_source_gives_every_vector)
{
    for (size_t i = 0; i < VECTOR_SOURCE_COUNT; i++) {
        struct vector_source source;
        csign_hasher hasher = {NULL, &play.work.head};
        uint8_t challenge[CSIGN_CHALLENGE_MAX];

        copy_from_flash(&source, &vector_sources[i], sizeof source);
        hasher.hash = source.hash;
        csign_hmac_key(&hasher, &play.keyed, copy(source.u), source.u.len);
        csign_challenge_make(&hasher, &play.keyed, source.upper, source.lower,
                             copy(source.entropy), (uint8_t)source.entropy.len, challenge,
                             (uint8_t)source.challenge.len);
        CHECK_VECTOR(challenge, source.challenge);
    }
}
#define RUN_SOURCES , RUN(the_challenge_source_gives_every_vector)
#else
#define RUN_SOURCES
#endif

TESTS(RUN(a_device_plays_every_vector_whatever_the_pieces),
      RUN(a_client_plays_every_vector_whatever_the_pieces) RUN_SEALED_KEYS RUN_SOURCES)
