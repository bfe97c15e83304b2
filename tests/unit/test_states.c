/* SPDX-License-Identifier: MIT */
/* Every state of both machines against every event, the absent ones too: what each machine
 * wants afterwards, as a table. */
#include "fixture.h"

static struct lamp lamp;
static struct remote remote;

/* b bytes, d draw a challenge, s send, r run, t store, q a request, x close. */
static char letter_of(csign_wants wants)
{
    static const char letters[] = {'b', 'd', 's', 'r', 't', 'q', 'x'};

    return letters[wants];
}

static const uint8_t one = 1;
static const uint8_t challenge[CSIGN_CHALLENGE_MAX] = "fresh";

/* The server. */

enum server_state { WAKE, DRAW, CHALLENGE, REQUEST, RUN_, STORE, REPLY, NEXT, CLOSED };

static void bring_server_to(enum server_state state, bool is_sealed)
{
    uint8_t change[CSIGN_SET_KEY_LEN] = {CSIGN_CODE_SET_KEY, 2};

    make_owned_lamp(&lamp, is_sealed ? &csign_sealed_server : &csign_classic_server);
    make_remote(&remote, is_sealed ? &csign_sealed_client : &csign_classic_client, owner_key,
                sizeof owner_key);
    lamp.device.key_change = is_sealed ? csign_key_change : NULL;
    connect_both(&remote, &lamp, NOW);
    if (state <= CHALLENGE) {
        csign_server_open(&lamp.server, &lamp.device, lamp.memory, NOW);
        csign_server_take(&lamp.server, owner_key, state == WAKE ? 15 : 16, NOW);
        if (state == CHALLENGE)
            draw_challenge(&lamp, NOW);
    }
    if (state == STORE)
        ask(&remote, &lamp, change, sizeof change, NOW);
    else if (state >= RUN_)
        ask_code(&remote, &lamp, ON);
    if (state > STORE)
        run_and_answer(&lamp, NOW);
    if (state == NEXT)
        lamp_to_remote(&lamp, &remote, NOW);
    if (state == CLOSED)
        csign_server_close(&lamp.server, CSIGN_E_STOPPED);
}

static void server_event(int event)
{
    static const uint8_t answer = 0xa0;
    csign_server *s = &lamp.server;
    size_t len;

    (void)csign_server_out(s, &len);
    switch (event) {
    case 0:
        (void)csign_server_take(s, &one, 1, NOW);
        break;
    case 1:
        csign_server_challenge(s, challenge, NOW);
        break;
    case 2:
        csign_server_sent(s, 1, NOW);
        break;
    case 3:
        csign_server_sent(s, len, NOW);
        break;
    case 4:
        csign_server_sent(s, len + 1, NOW);
        break;
    case 5:
        (void)csign_server_reply(s, 0, NULL, 0, NOW);
        break;
    case 6:
        (void)csign_server_answer(s, &answer, NOW);
        break;
    case 7:
        csign_server_stored(s, true, NOW);
        break;
    case 8:
        csign_server_end(s);
        break;
    case 9:
        csign_server_tick(s, NOW + CSIGN_IDLE_MS);
        break;
    default:
        csign_server_close(s, CSIGN_E_STOPPED);
        break;
    }
}

enum { SERVER_EVENTS = 11 };

/* take, challenge, sent 1, sent all, sent too much, reply, answer, stored, end, late, close */
static const char *const sealed_server[] = {
    [WAKE] = "dbbbbbbbxxx",   [DRAW] = "dsddddddxdx",  [CHALLENGE] = "sssbssssxxx",
    [REQUEST] = "bbbbbbbbxxx", [RUN_] = "rrrrrsrrrrx",  [STORE] = "tttttttsttx",
    [REPLY] = "sssbsssssxx",  [NEXT] = "bbbbbbbbxxx",  [CLOSED] = "xxxxxxxxxxx",
};
static const char *const classic_server[] = {
    [WAKE] = "dbbbbbbbxxx",   [DRAW] = "dsddddddxdx",  [CHALLENGE] = "sssbssssxxx",
    [REQUEST] = "bbbbbbbbxxx", [RUN_] = "rrrrrrsrrrx",  [STORE] = NULL,
    [REPLY] = "sssxsssssxx",  [NEXT] = NULL,           [CLOSED] = "xxxxxxxxxxx",
};

static void walk_server(const char *const *table, bool is_sealed)
{
    for (int state = WAKE; state <= CLOSED; state++) {
        for (int event = 0; table[state] != NULL && event < SERVER_EVENTS; event++) {
            csign_wants wants;

            bring_server_to((enum server_state)state, is_sealed);
            server_event(event);
            wants = csign_server_wants(&lamp.server);
            if (letter_of(wants) != table[state][event])
                CHECK_NOTE("state %d, event %d: wants %c\n", state, event,
                           letter_of(wants));
            CHECK_EQUAL(letter_of(wants), table[state][event]);
            /* It has a reason exactly when it has ended. */
            CHECK_EQUAL(csign_server_reason(&lamp.server) != CSIGN_OK,
                        wants == CSIGN_WANTS_CLOSE);
        }
    }
}

TEST(a_sealed_server_answers_every_event_in_every_state)
{
    walk_server(sealed_server, true);
}

TEST(a_classic_server_answers_every_event_in_every_state)
{
    walk_server(classic_server, false);
}

/* The client. */

enum client_state { C_DRAW, C_WAKE, C_CHALLENGE, C_READY, C_REQUEST, C_REPLY, C_NEXT, C_OVER };

static void bring_client_to(enum client_state state, bool is_sealed)
{
    make_owned_lamp(&lamp, is_sealed ? &csign_sealed_server : &csign_classic_server);
    make_remote(&remote, is_sealed ? &csign_sealed_client : &csign_classic_client, owner_key,
                sizeof owner_key);
    if (state >= C_READY) {
        connect_both(&remote, &lamp, NOW);
    } else {
        csign_client_open(&remote.client, &remote.config, remote.memory, NOW);
        if (state > C_DRAW)
            draw_nonce(&remote, NOW);
        if (state == C_CHALLENGE)
            csign_client_sent(&remote.client, 16, NOW);
    }
    if (state == C_REQUEST)
        (void)csign_client_request(&remote.client, &one, 1, NOW);
    else if (state >= C_REPLY)
        ask_code(&remote, &lamp, ON);
    if (state >= C_NEXT) {
        run_and_answer(&lamp, NOW);
        lamp_to_remote(&lamp, &remote, NOW);
    }
    if (state == C_OVER)
        csign_client_close(&remote.client, CSIGN_E_STOPPED);
}

static void client_event(int event)
{
    csign_client *c = &remote.client;
    size_t len;

    (void)csign_client_out(c, &len);
    switch (event) {
    case 0:
        csign_client_challenge(c, challenge, NOW);
        break;
    case 1:
        (void)csign_client_take(c, &one, 1, NOW);
        break;
    case 2:
        csign_client_sent(c, 1, NOW);
        break;
    case 3:
        csign_client_sent(c, len, NOW);
        break;
    case 4:
        csign_client_sent(c, len + 1, NOW);
        break;
    case 5:
        (void)csign_client_request(c, &one, 1, NOW);
        break;
    case 6:
        csign_client_end(c);
        break;
    case 7:
        csign_client_tick(c, NOW + 100000);
        break;
    default:
        csign_client_close(c, CSIGN_E_STOPPED);
        break;
    }
}

enum { CLIENT_EVENTS = 9 };

/* own challenge, take, sent 1, sent all, sent too much, request, end, late, close */
static const char *const sealed_client[] = {
    [C_DRAW] = "sdddddxxx",      [C_WAKE] = "sssbssxxx", [C_CHALLENGE] = "bbbbbbxxx",
    [C_READY] = "qqqqqsxqx",     [C_REQUEST] = "sssbssxxx", [C_REPLY] = "bbbbbbxxx",
    [C_NEXT] = "qqqqqsxqx",      [C_OVER] = "xxxxxxxxx",
};
static const char *const classic_client[] = {
    [C_DRAW] = NULL,             [C_WAKE] = "sssbssxxx", [C_CHALLENGE] = "bbbbbbxxx",
    [C_READY] = "qqqqqsxqx",     [C_REQUEST] = "sssbssxxx", [C_REPLY] = "bbbbbbxxx",
    [C_NEXT] = NULL,             [C_OVER] = "xxxxxxxxx",
};

static void walk_client(const char *const *table, bool is_sealed)
{
    for (int state = C_DRAW; state <= C_OVER; state++) {
        for (int event = 0; table[state] != NULL && event < CLIENT_EVENTS; event++) {
            csign_wants wants;

            bring_client_to((enum client_state)state, is_sealed);
            client_event(event);
            wants = csign_client_wants(&remote.client);
            if (letter_of(wants) != table[state][event])
                CHECK_NOTE("state %d, event %d: wants %c\n", state, event,
                           letter_of(wants));
            CHECK_EQUAL(letter_of(wants), table[state][event]);
            /* Whoever is over has an outcome. */
            if (wants == CSIGN_WANTS_CLOSE)
                CHECK(csign_client_outcome(&remote.client) != CSIGN_OUTCOME_NONE);
        }
    }
}

TEST(a_sealed_client_answers_every_event_in_every_state)
{
    walk_client(sealed_client, true);
}

TEST(a_classic_client_answers_every_event_in_every_state)
{
    walk_client(classic_client, false);
}

TESTS(RUN(a_sealed_server_answers_every_event_in_every_state),
      RUN(a_classic_server_answers_every_event_in_every_state),
      RUN(a_sealed_client_answers_every_event_in_every_state),
      RUN(a_classic_client_answers_every_event_in_every_state))
