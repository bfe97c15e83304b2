/* SPDX-License-Identifier: MIT */
/* vector_fixture.h: a device or a client that is set like a vector, and its bytes. */
#ifndef VECTOR_FIXTURE_H
#define VECTOR_FIXTURE_H

#include "Countersign.h"
#include "check.h"
#include "vectors.h"

enum { NOW = 77, MEMORY = CSIGN_SEALED_SERVER_BYTES(64, 64, 32, 255, 255) };

/* A device that is set like the vector, or a client, and the conversation that it plays.
 */
static struct play {
    struct vector_conversation vector;
    struct vector_exchange exchange; /* the one under way */
    csign_any_work work;
    csign_any_keyed keyed;
    char id[CSIGN_ID_MAX];
    csign_settings settings;
    csign_slot slot;
    csign_device device;
    csign_server server;
    csign_client_config config;
    csign_client client;
    uint8_t memory[MEMORY];
    uint8_t bytes[300]; /* copied for a call: longer than any message */
    size_t piece;       /* bytes handed over at once */
} play;

/* Copies bytes of the vector for one call. */
static const uint8_t *copy_part(struct bytes bytes, size_t from, size_t len)
{
    copy_from_flash(play.bytes, vector_bytes + bytes.at + from, len);
    return play.bytes;
}

static const uint8_t *copy(struct bytes bytes)
{
    return copy_part(bytes, 0, bytes.len);
}

static bool is_vectors(const uint8_t *actual, struct bytes expected, size_t from)
{
    for (size_t i = from; i < expected.len; i++)
        if (*actual++ != csign_flash_u8(vector_bytes + expected.at + i))
            return false;
    return true;
}

static uint8_t first_of(struct bytes bytes)
{
    return csign_flash_u8(vector_bytes + bytes.at);
}

static void load_exchange(uint16_t index)
{
    copy_from_flash(&play.exchange, &vector_exchanges[play.vector.first + index],
                    sizeof play.exchange);
}

static void set_up(const struct vector_conversation *vector_in_flash, size_t piece)
{
    csign_settings *settings = &play.settings;

    memset(&play, 0, sizeof play);
    copy_from_flash(&play.vector, vector_in_flash, sizeof play.vector);
    load_exchange(0);
    play.piece = piece;
    memcpy(play.id, copy(play.vector.id), play.vector.id.len);
    settings->hasher.hash = play.vector.hash;
    settings->hasher.work = &play.work.head;
    settings->id = play.id;
    settings->id_len = (uint8_t)play.vector.id.len;
    settings->wake = (uint8_t)play.vector.wake.len;
    settings->challenge = (uint8_t)play.vector.challenge.len;
    settings->tag = play.vector.tag;
    settings->request_max = 255;
    settings->reply_max = 255;
    settings->deadline_ms = CSIGN_DEADLINE_MS;
}

/* A table of so many codes in program memory. */
static csign_table table_of(struct bytes codes, size_t count)
{
    csign_table table = {vector_bytes + codes.at, count,
                         (uint8_t)(count > 0 ? codes.len / count : 0)};

    return table;
}

static size_t next_piece(struct bytes bytes, size_t at)
{
    return bytes.len - at < play.piece ? bytes.len - at : play.piece;
}

/* Hands bytes to the server in pieces. */
static void feed_server(struct bytes bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t len = next_piece(bytes, at);
        size_t used =
            csign_server_take(&play.server, copy_part(bytes, at, len), len, NOW);
        if (used == 0)
            return;
        at += used;
    }
}

static void feed_client(struct bytes bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t len = next_piece(bytes, at);
        size_t used =
            csign_client_take(&play.client, copy_part(bytes, at, len), len, NOW);
        if (used == 0)
            return;
        at += used;
    }
}

#define CHECK_VECTOR(actual, expected) CHECK(is_vectors((actual), (expected), 0))
#define CHECK_OUT(function, machine, expected)                                           \
    do {                                                                                 \
        size_t out_len;                                                                  \
        const uint8_t *out_bytes = function(machine, &out_len);                          \
        CHECK_EQUAL(out_len, (expected).len);                                            \
        CHECK_VECTOR(out_bytes, expected);                                               \
    } while (0)

#endif
