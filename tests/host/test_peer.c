/* SPDX-License-Identifier: MIT */
/* The program against a second implementation (tests/peer), in both roles, with every hash
 * and with lengths at their ends, and against that implementation's misbehaviours. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "process.h"

enum { ARGS = 64, TEXT = 4096 };

#define PEER COUNTERSIGN_ROOT "/tests/peer/peer.mjs"
#define KEY  "hex:8b1f4c6a2d3e5f708192a3b4c5d6e7f8091a2b3c4d5e6f70819203a4b5c6d7e8"
#define OTHER "hex:ffffffffffffffffffffffffffffffff00000000000000000000000000000000"

/* How both sides are set. */
struct setting {
    const char *profile, *hash;
    unsigned wake, challenge, tag;
    const char *id;
    unsigned code_len; /* classic: bytes of each code and answer */
};

static const struct setting sealed = {"sealed", "sha256", 16, 16, 16, "lamp-1", 1};
static const struct setting classic = {"classic", "sha256", 0, 16, 0, "", 1};

static int is_sealed(const struct setting *s)
{
    return s->profile[0] == 's';
}

static const char *code_text(const struct setting *s, const char *last)
{
    static char texts[8][40];
    static unsigned next;
    char *text = texts[next++ % 8];

    text[0] = 0;
    for (unsigned i = 1; i < s->code_len; i++)
        strcat(text, "c7");
    return strcat(text, last);
}

/* The device file of either side. */
static const char *device_file(const struct setting *s, const char *address)
{
    char text[TEXT];
    int len = snprintf(text, sizeof text,
                       "[device]\naddress = %s\nprofile = %s\nhash = %s\nwake = %u\n"
                       "challenge = %u\nkey = file:lamp.key\n",
                       address, s->profile, s->hash, s->wake, s->challenge);

    if (s->id[0])
        len += snprintf(text + len, sizeof text - (size_t)len, "id = %s\n", s->id);
    if (is_sealed(s))
        len += snprintf(text + len, sizeof text - (size_t)len, "tag = %u\npayload = 200\n",
                        s->tag);
    len += snprintf(text + len, sizeof text - (size_t)len,
                    "[commands]\non = %s\noff = %s\necho = %s\n[run]\non = ./count on\n"
                    "off = ./count off\n",
                    code_text(s, "01"), code_text(s, "02"), code_text(s, "03"));
    len += snprintf(text + len, sizeof text - (size_t)len, "echo = %s\n",
                    is_sealed(s) ? "/bin/cat" : "./count echo");
    if (!is_sealed(s))
        snprintf(text + len, sizeof text - (size_t)len,
                 "[answers]\ndone = %s\nfailed = %s\n", code_text(s, "a0"),
                 code_text(s, "a1"));
    test_file("lamp.key", KEY "\n", 0600);
    test_file("other.key", OTHER "\n", 0600);
    test_file("count", "#!/bin/sh\nprintf x >>\"$(dirname \"$0\")/runs\"\n", 0755);
    return test_file("lamp.ini", text, 0644);
}

static size_t runs(void)
{
    FILE *file = fopen(test_path("runs"), "r");
    size_t count = 0;

    while (file != NULL && fgetc(file) != EOF)
        count++;
    if (file != NULL)
        fclose(file);
    unlink(test_path("runs"));
    return count;
}

/* The peer's command line for a setting, ends with NULL; extra words follow it. */
static void peer_line(const char **argv, const struct setting *s, const char *role,
                      const char *address, const char *const *extra)
{
    static char numbers[3][8], commands[256], answers[128];
    int n = 0;

    snprintf(numbers[0], 8, "%u", s->wake);
    snprintf(numbers[1], 8, "%u", s->challenge);
    snprintf(numbers[2], 8, "%u", s->tag);
    snprintf(commands, sizeof commands, "on=%s,off=%s,echo=%s", code_text(s, "01"),
             code_text(s, "02"), code_text(s, "03"));
    snprintf(answers, sizeof answers, "done=%s,failed=%s", code_text(s, "a0"),
             code_text(s, "a1"));
    const char *const line[] = {"/usr/bin/env", "node", PEER, role,
                                role[0] == 'd' ? "--listen" : "--connect", address,
                                "--profile", s->profile, "--hash", s->hash,
                                "--wake", numbers[0], "--challenge", numbers[1],
                                "--key-file", test_path("lamp.key"),
                                "--commands", commands};
    for (size_t i = 0; i < sizeof line / sizeof *line; i++)
        argv[n++] = line[i];
    if (is_sealed(s)) {
        argv[n++] = "--tag";
        argv[n++] = numbers[2];
        argv[n++] = "--id";
        argv[n++] = s->id;
    } else {
        argv[n++] = "--answers";
        argv[n++] = answers;
    }
    while (*extra != NULL)
        argv[n++] = *extra++;
    argv[n] = NULL;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
static const char *const nothing[] = {NULL};

static const char *address_of(struct process *p)
{
    const char *line = process_line(p);

    if (line == NULL || strncmp(line, "listening on ", 13) != 0)
        fail_msg("no device: %s", line ? line : process_error_rest(p));
    return line + 13;
}

static void start_peer_device(struct process *p, const struct setting *s,
                              const char *const *extra)
{
    const char *argv[ARGS];

    device_file(s, "tcp://127.0.0.1:1");
    peer_line(argv, s, "device", "tcp://127.0.0.1:0", extra);
    process_start(p, argv, NULL);
    device_file(s, address_of(p));
}

static const struct process_options in_test_state = {
    .environment = (const char *const[]){NULL, NULL}};

/* Runs `send` with these words; its exit status, and its lines as JSON in results. */
static int program_send(json_t **results, const char *const *words)
{
    static char state[256];
    const char *environment[] = {state, NULL};
    struct process_options options = in_test_state;
    const char *argv[ARGS] = {COUNTERSIGN_PROGRAM, "send", "--json"};
    struct process p;
    const char *line;
    int n = 3, status;

    while (*words != NULL && (*words)[0] == '-')
        argv[n++] = *words++;
    argv[n++] = test_path("lamp.ini");
    while (*words != NULL)
        argv[n++] = *words++;
    argv[n] = NULL;
    snprintf(state, sizeof state, "XDG_STATE_HOME=%s", test_path("state"));
    options.environment = environment;
    status = process_run(&p, argv, &options, NULL);
    *results = json_array();
    while ((line = process_line(&p)) != NULL)
        json_array_append_new(*results, json_loads(line, 0, NULL));
    process_end(&p);
    return status;
}

static const char *outcome_at(const json_t *results, size_t index)
{
    const json_t *line = json_array_get(results, index);
    const char *text = json_string_value(json_object_get(line, "outcome"));

    return text ? text : "(none)";
}

static const char *data_at(const json_t *results, size_t index)
{
    return json_string_value(json_object_get(json_array_get(results, index), "data"));
}

#define CHECK_TEXT(actual, expected) assert_string_equal(actual, expected)

/* The program's client and an honest peer device. */
static void command_peer_device(const struct setting *s)
{
    struct process peer;
    json_t *results;

    start_peer_device(&peer, s, nothing);
    if (is_sealed(s)) {
        CHECK_EQUAL(program_send(&results, WORDS("--no-state", "on", "+", "echo", "hello", "+",
                                                 "last")),
                    2);
        json_decref(results);
        CHECK_EQUAL(program_send(&results, WORDS("--no-state", "on", "+", "echo", "hello")), 0);
        CHECK_TEXT(outcome_at(results, 1), "done");
        CHECK_TEXT(data_at(results, 1), "68656c6c6f");
    } else {
        CHECK_EQUAL(program_send(&results, WORDS("--no-state", "off")), 0);
    }
    CHECK_TEXT(outcome_at(results, 0), "done");
    json_decref(results);
    process_end(&peer);
}

/* Starts `serve` for the setting and says where. */
static const char *start_device(struct process *device, const struct setting *s)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM, "serve", device_file(s, "tcp://127.0.0.1:1"),
                          "--listen", "tcp://127.0.0.1:0", NULL};

    (void)runs();
    process_start(device, argv,
                  &(struct process_options){.error_file = test_path("serve.log")});
    return address_of(device);
}

/* Runs the peer's client; its lines as JSON. */
static json_t *peer_client(const struct setting *s, const char *address,
                           const char *const *words)
{
    const char *argv[ARGS];
    struct process p;
    const char *line;
    json_t *results = json_array();

    peer_line(argv, s, "client", address, words);
    if (process_run(&p, argv, NULL, NULL) != 0)
        fail_msg("peer: %s", process_error_rest(&p));
    while ((line = process_line(&p)) != NULL)
        json_array_append_new(results, json_loads(line, 0, NULL));
    process_end(&p);
    return results;
}

/* The program's device and an honest peer client. */
static void be_commanded_by_peer(const struct setting *s)
{
    struct process device;
    const char *address = start_device(&device, s);
    json_t *results;

    if (is_sealed(s)) {
        results = peer_client(s, address, WORDS("--linger", "20", "on", "+", "echo", "00ff"));
        CHECK_TEXT(outcome_at(results, 1), "done");
        CHECK_TEXT(data_at(results, 1), "00ff");
    } else {
        results = peer_client(s, address, WORDS("--linger", "20", "on"));
    }
    CHECK_TEXT(outcome_at(results, 0), "done");
    CHECK_EQUAL(runs(), 1);
    json_decref(results);
    process_signal(&device, SIGTERM);
    CHECK_EQUAL(process_wait(&device), 0);
    process_end(&device);
}

#define LONG_ID "sixty-four-bytes-name-a-device-that-has-the-longest-possible-id"

static const struct setting settings[] = {
    {"sealed", "sha256", 16, 16, 16, "lamp-1", 1},
    {"sealed", "sha256", 8, 64, 32, LONG_ID "!", 1},
    {"sealed", "sha256", 64, 8, 20, "", 1},
    {"sealed", "sha256", 64, 64, 17, "x", 1},
    {"sealed", "blake2s", 16, 16, 16, "lamp-1", 1},
    {"sealed", "blake2s", 8, 8, 16, "", 1},
    {"sealed", "blake2s", 64, 8, 32, LONG_ID "!", 1},
    {"sealed", "blake2s", 8, 64, 31, "door", 1},
    {"classic", "sha256", 0, 16, 0, "", 1},
    {"classic", "sha256", 255, 64, 0, "", 16},
    {"classic", "sha256", 1, 1, 0, "", 2},
    {"classic", "blake2s", 0, 16, 0, "", 1},
    {"classic", "blake2s", 4, 63, 0, "", 16},
    {"classic", "sha1", 0, 16, 0, "", 1},
    {"classic", "sha1", 255, 64, 0, "", 3},
    {"classic", "sha512", 0, 16, 0, "", 1},
    {"classic", "sha512", 16, 64, 0, "", 16},
};

TEST(the_client_commands_a_foreign_device_whatever_the_setting)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        command_peer_device(&settings[i]);
}

TEST(the_device_obeys_a_foreign_client_whatever_the_setting)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        be_commanded_by_peer(&settings[i]);
}

/* A false device: what it does, and what `send on` makes of it. */
struct false_device {
    const char *trick;
    int exit_status;
    const char *outcome;
};

static void meet_false_device(const struct setting *s,
                              const struct false_device *expected)
{
    struct process peer;
    json_t *results;
    int status;

    start_peer_device(&peer, s, WORDS("--misbehave", expected->trick, "--pace", "5"));
    status = program_send(&results, WORDS("--no-state", "--timeout=700", "on"));
    if (status != expected->exit_status)
        print_message("%s, %s: exit status %d\n", s->profile, expected->trick, status);
    CHECK_EQUAL(status, expected->exit_status);
    CHECK_TEXT(outcome_at(results, 0), expected->outcome);
    json_decref(results);
    process_end(&peer);
}

TEST(a_false_sealed_device_proves_nothing)
{
    static const struct false_device tricks[] = {
        {"flip", 4, "unknown"},           {"flip:0", 4, "unknown"},
        {"flip:8", 4, "unknown"},         {"short:0", 4, "unknown"},
        {"short:1", 4, "unknown"},        {"short:17", 4, "unknown"},
        {"reflect", 4, "unknown"},        {"silent-reply", 4, "unknown"},
        {"silent-challenge", 3, "not-sent"}, {"short-challenge", 3, "not-sent"},
        {"close-challenge", 3, "not-sent"}, {"flip-challenge", 4, "unknown"},
        {"flood", 4, "unknown"},          {"zero", 4, "unknown"},
        {"close-early", 4, "unknown"},    {"unknown-status", 1, "failed"},
        {"flood-after", 0, "done"},       {"extra", 0, "done"},
        {"fragment", 0, "done"},          {"slow", 0, "done"},
    };

    for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++)
        meet_false_device(&sealed, &tricks[i]);
}

TEST(a_false_classic_device_proves_nothing)
{
    static const struct false_device tricks[] = {
        {"flip", 4, "unknown"},           {"flip:0", 4, "unknown"},
        {"short:31", 4, "unknown"},       {"reflect", 4, "unknown"},
        {"silent-reply", 4, "unknown"},   {"silent-challenge", 3, "not-sent"},
        {"flip-challenge", 4, "unknown"}, {"flood", 4, "unknown"},
        {"close-early", 4, "unknown"},    {"flood-after", 0, "done"},
        {"fragment", 0, "done"},          {"slow", 0, "done"},
    };

    for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++)
        meet_false_device(&classic, &tricks[i]);
}

TEST(a_reply_to_another_request_of_the_chain_is_unknown)
{
    struct process peer;
    json_t *results;

    start_peer_device(&peer, &sealed, WORDS("--misbehave", "swap:1"));
    CHECK_EQUAL(program_send(&results, WORDS("--no-state", "on", "+", "off", "+", "on")), 4);
    CHECK_TEXT(outcome_at(results, 0), "done");
    CHECK_TEXT(outcome_at(results, 1), "unknown");
    CHECK_TEXT(outcome_at(results, 2), "not-sent");
    json_decref(results);
    process_end(&peer);
}

TEST(an_old_conversation_played_again_proves_nothing_in_sealed)
{
    struct process peer;
    json_t *results;

    start_peer_device(&peer, &sealed, WORDS("--misbehave", "replay-old"));
    CHECK_EQUAL(program_send(&results, WORDS("--no-state", "on")), 0);
    json_decref(results);
    CHECK_EQUAL(program_send(&results, WORDS("--no-state", "on")), 4);
    json_decref(results);
    process_end(&peer);
}

TEST(a_classic_client_with_a_memory_refuses_a_repeated_challenge)
{
    struct process peer;
    json_t *results;

    start_peer_device(&peer, &classic, WORDS("--misbehave", "replay-old"));
    CHECK_EQUAL(program_send(&results, WORDS("on")), 0);
    json_decref(results);
    CHECK_EQUAL(program_send(&results, WORDS("on")), 3);
    CHECK_TEXT(outcome_at(results, 0), "not-sent");
    json_decref(results);
    process_end(&peer);
}

/* A hostile client: what it does, how many commands run all the same, and whether its last
 * request gets as much as a byte. */
struct hostile_client {
    const char *trick;
    size_t runs;
    int is_heard;
};

static void meet_hostile_client(const struct setting *s,
                                const char *address, const struct hostile_client *expected)
{
    const char *const line[] = {"--linger",    "100",   "--timeout", "1500",
                                "--misbehave", expected->trick, "--pace", "5",
                                "--key2-file", test_path("other.key"), "on", NULL};
    const char *const chain[] = {"--linger",    "100",   "--timeout", "1500",
                                 "--misbehave", expected->trick, "--pace", "5",
                                 "--key2-file", test_path("other.key"), "on", "+", "on", NULL};
    int is_chain = strcmp(expected->trick, "chain-wrong-key") == 0;
    json_t *results = peer_client(s, address, is_chain ? chain : line);
    const json_t *last = json_array_get(results, json_array_size(results) - 2);
    size_t ran = runs();

    if (ran != expected->runs)
        print_message("%s, %s: ran %zu\n", s->profile, expected->trick, ran);
    CHECK_EQUAL(ran, expected->runs);
    CHECK_EQUAL(json_integer_value(json_object_get(last, "received")) > 0,
                expected->is_heard);
    json_decref(results);
}

static void meet_hostile_clients(const struct setting *s,
                                 const struct hostile_client *tricks, size_t count)
{
    struct process device;
    char address[128];
    json_t *results;

    snprintf(address, sizeof address, "%s", start_device(&device, s));
    for (size_t i = 0; i < count; i++)
        meet_hostile_client(s, address, &tricks[i]);
    /* After all of it the owner is served. */
    results = peer_client(s, address, WORDS("--linger", "20", "on"));
    CHECK_TEXT(outcome_at(results, 0), "done");
    json_decref(results);
    process_end(&device);
}

TEST(a_hostile_client_runs_nothing_on_a_sealed_device)
{
    static const struct hostile_client tricks[] = {
        {"flip:0", 0, 0},   {"flip:8", 0, 0},        {"flip:16", 0, 0},
        {"flip:143", 0, 0}, {"flip-wake:0", 0, 0},   {"flip-wake:127", 0, 0},
        {"cut-end:0", 0, 0}, {"cut-end:1", 0, 0},    {"cut-end:17", 0, 0},
        {"n-zero", 0, 0},   {"n-over:201", 0, 0},    {"wrong-key", 0, 0},
        {"replay", 1, 0},   {"replay-same", 1, 0},   {"reflect", 1, 0},
        {"pipeline", 1, 0}, {"chain-wrong-key", 1, 0}, {"extend:18", 1, 1},
        {"half-close", 1, 1}, {"fragment", 1, 1},    {"slow", 1, 1},
    };

    meet_hostile_clients(&sealed, tricks, sizeof tricks / sizeof *tricks);
}

TEST(a_hostile_client_runs_nothing_on_a_classic_device)
{
    static const struct setting with_wake = {"classic", "sha256", 4, 16, 0, "", 1};
    static const struct hostile_client tricks[] = {
        {"flip:0", 0, 0},    {"flip:255", 0, 0},  {"cut-end:0", 0, 0},
        {"cut-end:31", 0, 0}, {"wrong-key", 0, 0}, {"replay", 1, 0},
        {"half-close", 1, 1}, {"extend:18", 1, 1}, {"flip-wake:3", 1, 1},
        {"fragment", 1, 1},  {"slow", 1, 1},
    };

    meet_hostile_clients(&with_wake, tricks, sizeof tricks / sizeof *tricks);
}

/* The peer's own tests: its formulas against the vectors, and itself against itself. */
TEST(the_foreign_implementation_passes_its_own_tests)
{
    const char *argv[] = {"/bin/sh", "-c", "node --test " COUNTERSIGN_ROOT
                          "/tests/peer/vectors.test.mjs " COUNTERSIGN_ROOT
                          "/tests/peer/exchange.test.mjs", NULL};
    struct process p;

    CHECK_EQUAL(process_run(&p, argv, NULL, NULL), 0);
    process_end(&p);
}

TESTS(RUN(the_client_commands_a_foreign_device_whatever_the_setting),
      RUN(the_device_obeys_a_foreign_client_whatever_the_setting),
      RUN(a_false_sealed_device_proves_nothing),
      RUN(a_false_classic_device_proves_nothing),
      RUN(a_reply_to_another_request_of_the_chain_is_unknown),
      RUN(an_old_conversation_played_again_proves_nothing_in_sealed),
      RUN(a_classic_client_with_a_memory_refuses_a_repeated_challenge),
      RUN(a_hostile_client_runs_nothing_on_a_sealed_device),
      RUN(a_hostile_client_runs_nothing_on_a_classic_device),
      RUN(the_foreign_implementation_passes_its_own_tests))
