/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "provision_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define NONCE   16
#define MEET_MS 5000 /* after a commit without a reply */

struct run {
    struct provision_line *line;
    const struct provision_plan *plan;
    char *error;
    size_t error_size;
};

static const char *status_words(uint8_t status)
{
    static const char *const words[] = {
        [PROVISION_DONE] = "done",
        [PROVISION_UNKNOWN] = "it does not know the request",
        [PROVISION_NOT_NOW] = "it is not in that state",
        [PROVISION_REFUSED] = "it refuses",
        [PROVISION_BAD] = "a length or a slot is wrong",
        [PROVISION_TAKEN] = "the slot is taken",
        [PROVISION_BUSY] = "its memory is busy",
        [PROVISION_NOT_STORED] = "its memory did not take it, and may be worn out",
    };

    return status < sizeof words / sizeof *words ? words[status] : "an unknown status";
}

static bool fail(const struct run *run, const char *what, const char *why)
{
    snprintf(run->error, run->error_size, "%s: %s", what, why);
    return false;
}

/* One request that has to be answered with done. */
static bool ask(const struct run *run, const char *what, enum provision_kind kind,
                const void *body, size_t len)
{
    if (!provision_line_ask(run->line, kind, body, len))
        return fail(run, what, run->line->is_gone ? "the line is gone" : "no answer");
    return run->line->body[0] == PROVISION_DONE ||
           fail(run, what, status_words(run->line->body[0]));
}

static bool draw(const struct run *run, uint8_t *bytes, size_t len)
{
    ssize_t got;

    do
        got = getrandom(bytes, len, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)len ||
           fail(run, "no random bytes from the system", strerror(errno));
}

static bool give_secret(const struct run *run)
{
    uint8_t u[CSIGN_SOURCE_SECRET_LEN];
    bool is_given =
        draw(run, u, sizeof u) && ask(run, "secret", PROVISION_SECRET, u, sizeof u);

    csign_wipe(u, sizeof u);
    return is_given;
}

static void put_rights(uint8_t *to, uint32_t rights)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(rights >> (24 - 8 * i));
}

static bool give_key(const struct run *run, const struct provision_key *key)
{
    uint8_t body[1 + 4 + KEY_TEXT_KEY];
    bool is_given;

    body[0] = key->slot;
    put_rights(body + 1, key->rights);
    memcpy(body + 5, key->key, KEY_TEXT_KEY);
    is_given = ask(run, key->name, PROVISION_KEY, body, sizeof body);
    csign_wipe(body, sizeof body);
    return is_given;
}

/* HMAC over kind, nonce, slot and rights, with the device's hash. */
static void expect(const struct run *run, const struct provision_key *key,
                   const uint8_t message[1 + NONCE + 1 + 4],
                   uint8_t proof[CSIGN_DIGEST_MAX])
{
    csign_any_work work;
    csign_any_keyed keyed;
    csign_hasher hasher = {run->plan->file.hash, &work.head};

    csign_hmac_key(&hasher, &keyed, key->key, KEY_TEXT_KEY);
    csign_hmac_begin(&hasher, &keyed);
    csign_hash_add(&hasher, message, 1 + NONCE + 1 + 4);
    csign_hmac_end(&hasher, &keyed, proof);
    csign_hasher_wipe(&hasher);
    csign_wipe(&keyed, sizeof keyed);
}

static bool check_key(const struct run *run, const struct provision_key *key)
{
    uint8_t message[1 + NONCE + 1 + 4] = {PROVISION_PROVE};
    uint8_t proof[CSIGN_DIGEST_MAX];
    size_t len = run->plan->file.hash->digest_size;

    if (!draw(run, message + 1, NONCE))
        return false;
    message[1 + NONCE] = key->slot;
    put_rights(message + 1 + NONCE + 1, key->rights);
    if (!ask(run, key->name, PROVISION_PROVE, message + 1, NONCE + 1))
        return false;
    expect(run, key, message, proof);
    return (run->line->len == 1 + len &&
            csign_same(run->line->body + 1, proof, len) != 0) ||
           fail(run, key->name, "the device's proof is wrong: it stored something else");
}

static bool give_all(const struct run *run)
{
    const char *id = run->plan->file.id;

    if (!ask(run, "id", PROVISION_ID, id, strlen(id)) || !give_secret(run))
        return false;
    for (size_t i = 0; i < run->plan->count; i++) {
        if (!give_key(run, &run->plan->keys[i]))
            return false;
    }
    for (size_t i = 0; i < run->plan->count; i++) {
        if (!check_key(run, &run->plan->keys[i]))
            return false;
    }
    return true;
}

/* Without a reply the device itself can still tell, perhaps after it has started anew. */
static enum provision_end commit(const struct run *run)
{
    struct provision_hello hello;

    if (ask(run, "commit", PROVISION_COMMIT, NULL, 0))
        return PROVISION_STORED;
    if (run->line->len > 0)
        return PROVISION_LOST;
    if (!provision_meet(run->line, MEET_MS, &hello, run->error, run->error_size))
        return PROVISION_IN_DOUBT;
    if (hello.state == PROVISION_IS_READY || hello.state == PROVISION_IS_SERVING)
        return PROVISION_STORED;
    fail(run, "commit", "the device has lost it");
    return PROVISION_LOST;
}

enum provision_end provision_give(struct provision_line *line,
                                  const struct provision_plan *plan, char *error,
                                  size_t error_size)
{
    struct run run = {line, plan, error, error_size};

    if (!ask(&run, "begin", PROVISION_BEGIN, NULL, 0))
        return line->len > 0 && line->body[0] != PROVISION_NOT_STORED
                   ? PROVISION_UNTOUCHED
                   : PROVISION_LOST;
    if (give_all(&run))
        return commit(&run);
    if (line->len > 0)
        (void)provision_line_ask(line, PROVISION_ABORT, NULL, 0);
    return PROVISION_LOST;
}
