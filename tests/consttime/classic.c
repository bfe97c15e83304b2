/* SPDX-License-Identifier: MIT */
/* classic.c: whole classic conversations. */
#include "conversation.h"
#include "search_portable.h"

static struct lamp lamp;
static struct remote remote;

static void ask_for(uint8_t code, uint8_t flip)
{
    connect_both(&remote, &lamp, NOW);
    make_request(&remote, &code, 1);
    send_request(&remote, &lamp, flip);
}

static void serve(size_t expected_row)
{
    MUST(csign_server_wants(&lamp.server) == CSIGN_WANTS_RUN);
    MUST(command_to_run(&lamp) == expected_row);
    run_and_answer(&lamp, NOW);
}

static void command_is_answered(uint8_t code, size_t expected_row)
{
    size_t answer;

    ask_for(code, 0);
    serve(expected_row);
    send_reply(&lamp, &remote, 0);
    MUST(csign_client_outcome(&remote.client) == CSIGN_OUTCOME_DONE);
    answer = csign_client_answer(&remote.client);
    MUST(has_secret(&answer, sizeof answer));
    reveal(&answer, sizeof answer);
    MUST(answer == 0);
}

static void request_is_refused(uint8_t code, uint8_t flip)
{
    ask_for(code, flip);
    MUST(csign_server_reason(&lamp.server) == CSIGN_P_TAG);
}

/* What the remote sent comes back as its answer. */
static void reflection_is_refused(const csign_hash *hash)
{
    uint8_t request[CSIGN_DIGEST_MAX];
    const uint8_t *out, command = ON;
    size_t len;

    connect_both(&remote, &lamp, NOW);
    make_request(&remote, &command, 1);
    out = csign_client_out(&remote.client, &len);
    MUST(len == hash->digest_size);
    reveal(out, len);
    memcpy(request, out, len);
    csign_client_sent(&remote.client, len, NOW);
    (void)csign_client_take(&remote.client, request, len, NOW);
    MUST(csign_client_reason(&remote.client) == CSIGN_P_REFLECTED);
}

static void converse(const csign_server_profile *profile, const csign_hash *hash)
{
    make_secret_lamp(&lamp, profile, hash);
    set_key(&lamp, GUEST, ALLOWED_ON, guest_key);
    make_secret_remote(&remote, &csign_classic_client, hash, owner_key);
    command_is_answered(ON, 0);
    command_is_answered(STATUS, 2);
    request_is_refused(ON, 1);
    request_is_refused(0x77, 0);
    reflection_is_refused(hash);
    ask_for(ON, 0);
    serve(0);
    send_reply(&lamp, &remote, 1);
    MUST(csign_client_outcome(&remote.client) == CSIGN_OUTCOME_UNKNOWN);
    make_secret_remote(&remote, &csign_classic_client, hash, guest_key);
    command_is_answered(ON, 0);
    request_is_refused(OFF, 0);
}

static void as_the_library_does(const csign_hash *hash)
{
    converse(&csign_classic_server, hash);
}

/* The program's server without SHA-NI. */
static void as_serve_does(const csign_hash *hash)
{
    csign_server_profile profile = csign_classic_server;

    profile.search = search_portable;
    converse(&profile, hash);
}

const struct part classic_parts[] = {
    WITH_EACH_HASH("classic", as_the_library_does),
    WITH_HASH("classic as serve does it", as_serve_does, sha256),
    {NULL, NULL, NULL}};
