/* SPDX-License-Identifier: MIT */
/* What is wiped before a function returns: each runs on a stack of its own, which is
 * searched afterwards for any eight bytes of the secret. */
#include "fixture.h"
#include "store_fixture.h"

#include "key_files.h"
#include "key_text.h"
#include "keygen.h"
#include "process.h"
#include "secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

enum { STACK = 256 * 1024, PIECE = 8 };

static _Alignas(4096) uint8_t stack[STACK];
static struct lamp lamp;
static struct remote remote;

/* No thread: at the end of one its stack's memory is given back. */
static void on_own_stack(void (*job)(void))
{
    ucontext_t here, there;

    memset(stack, 0, sizeof stack);
    CHECK_EQUAL(getcontext(&there), 0);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    there.uc_link = &here;
    makecontext(&there, job, 0);
    CHECK_EQUAL(swapcontext(&here, &there), 0);
}

/* By hand: the bytes are those of functions that are over. */
__attribute__((no_sanitize("address"))) static bool has_piece(const uint8_t *piece)
{
    for (size_t at = 0; at + PIECE <= STACK; at++) {
        size_t same = 0;

        while (same < PIECE && stack[at + same] == piece[same])
            same++;
        if (same == PIECE)
            return true;
    }
    return false;
}

static bool is_left(const void *secret, size_t len)
{
    for (size_t at = 0; at + PIECE <= len; at++) {
        if (has_piece((const uint8_t *)secret + at))
            return true;
    }
    return false;
}

static void careless(void)
{
    volatile uint8_t copy[sizeof owner_key];

    for (size_t i = 0; i < sizeof copy; i++)
        copy[i] = owner_key[i];
}

TEST(a_key_that_is_not_wiped_is_found)
{
    on_own_stack(careless);
    CHECK(is_left(owner_key, sizeof owner_key));
    CHECK(!is_left("is nowhere", 10));
}

static void load(void)
{
    (void)csign_store_load(&store, &lamp.device);
}

TEST(loading_keys_from_a_store_leaves_none_on_the_stack)
{
    uint8_t key[32];

    make_serving();
    make_lamp(&lamp, &csign_sealed_server);
    on_own_stack(load);
    CHECK(lamp.slots[0].is_held && lamp.slots[1].is_held);
    for (uint8_t slot = 0; slot < 2; slot++) {
        make_key(1, slot, key);
        CHECK(!is_left(key, sizeof key));
    }
    CHECK(!chip.is_misused);
}

static void read_secret(void)
{
    static csign_sha256_keyed keyed;

    (void)csign_store_secret(&store, &source_hasher, &keyed);
}

TEST(the_secret_of_a_challenge_source_is_not_left_on_the_stack)
{
    uint8_t secret[32];

    make_serving();
    on_own_stack(read_secret);
    make_secret(1, secret);
    CHECK(!is_left(secret, sizeof secret));
}

static void take_reply(void)
{
    size_t len;
    const uint8_t *reply = csign_server_out(&lamp.server, &len);

    (void)csign_client_take(&remote.client, reply, len, NOW);
}

TEST(a_client_leaves_no_whole_tag_on_the_stack)
{
    make_owned_lamp(&lamp, &csign_sealed_server);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    connect_both(&remote, &lamp, NOW);
    ask_code(&remote, &lamp, ON);
    run_and_answer(&lamp, NOW);
    on_own_stack(take_reply);
    CHECK_EQUAL(csign_client_outcome(&remote.client), CSIGN_OUTCOME_DONE);
    /* What the reply did not show of it: the next request is bound to it. */
    CHECK(!is_left(remote.memory + 16, CSIGN_SEALED_LEN - 16));
}

static struct secret secret;
static const char *path;
static char error[256];

static void read_key_file(void)
{
    (void)secret_read_file(&secret, path, error, sizeof error);
}

TEST(reading_a_key_file_leaves_nothing_of_it_on_the_stack)
{
    static const char text[] = "text:the key of somebody, 32 bytes.";

    path = test_file("a.key", text, 0600);
    on_own_stack(read_key_file);
    CHECK_EQUAL(secret.len, sizeof text - 6);
    CHECK(!is_left(text + 5, sizeof text - 6));
    secret_wipe(&secret);
}

static struct key_files files;

static void make_key_file(void)
{
    (void)key_files_make(&files, error, sizeof error);
}

static int nowhere;

static void print_key(void)
{
    (void)keygen_print(nowhere, owner_key);
}

TEST(making_a_new_key_leaves_none_on_the_stack)
{
    snprintf(files.path, sizeof files.path, "%s", test_path("b.key"));
    snprintf(files.new_path, sizeof files.new_path, "%s", test_path("b.key.new"));
    on_own_stack(make_key_file);
    CHECK(secret_read_file(&secret, files.new_path, error, sizeof error));
    CHECK_EQUAL(secret.len, KEY_TEXT_KEY);
    CHECK(!is_left(secret.bytes, secret.len));
    secret_wipe(&secret);
}

TEST(printing_a_key_leaves_neither_key_nor_text_on_the_stack)
{
    char text[KEY_TEXT_LEN + 1];

    nowhere = open("/dev/null", O_WRONLY);
    CHECK(nowhere >= 0);
    on_own_stack(print_key);
    close(nowhere);
    key_text_encode(owner_key, text);
    CHECK(!is_left(owner_key, sizeof owner_key));
    CHECK(!is_left(text, KEY_TEXT_LEN));
}

TESTS(RUN(a_key_that_is_not_wiped_is_found),
      RUN(loading_keys_from_a_store_leaves_none_on_the_stack),
      RUN(the_secret_of_a_challenge_source_is_not_left_on_the_stack),
      RUN(a_client_leaves_no_whole_tag_on_the_stack),
      RUN(reading_a_key_file_leaves_nothing_of_it_on_the_stack),
      RUN(making_a_new_key_leaves_none_on_the_stack),
      RUN(printing_a_key_leaves_neither_key_nor_text_on_the_stack))
