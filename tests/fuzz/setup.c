/* SPDX-License-Identifier: MIT */
#include "setup.h"

static const uint8_t codes[3 * CSIGN_CODE_MAX] =
    "\x01\x02\x03 codes, of 16 bytes at most, in three rows";
static const uint8_t answers[3 * CSIGN_CODE_MAX] =
    "\xa0\xa1\xa2 answers, as long as the codes, and as many.";

static uint8_t least(uint8_t value, uint8_t most)
{
    return value > most ? value : most;
}

/* Into what sealed allows, or classic. */
static void make_allowed(csign_settings *t, bool is_sealed)
{
    if (is_sealed)
        t->wake = (uint8_t)(8 + t->wake % 57);
    else
        t->wake = least(t->wake, t->is_link);
    t->challenge = (uint8_t)(is_sealed ? 8 + t->challenge % 57 : 1 + t->challenge % 64);
    t->tag = (uint8_t)(CSIGN_TAG_MIN + t->tag % 17);
    t->request_max = least(t->request_max, 38);
    t->reply_max = least(t->reply_max, 9);
    t->deadline_ms = CSIGN_DEADLINE_MS;
}

csign_settings setup_settings(struct choices *in, uint8_t flags, csign_any_work *work)
{
    static const csign_hash *const hashes[] = {&csign_sha256, &csign_blake2s, &csign_sha1,
                                               &csign_sha512};
    csign_settings t = {.id = "lamp-1"};
    bool is_sealed = flags & SETUP_SEALED, is_raw = flags & SETUP_RAW;

    t.hasher.hash = hashes[(flags & SETUP_HASH) / 2 % (is_sealed && !is_raw ? 2 : 4)];
    t.hasher.work = &work->head;
    t.is_link = (flags & SETUP_LINK) != 0;
    t.id_len = flags & SETUP_ID ? 6 : 0;
    t.wake = choose(in);
    t.challenge = choose(in);
    t.tag = choose(in);
    t.request_max = choose(in);
    t.reply_max = choose(in);
    if (is_raw)
        t.deadline_ms = choose16(in);
    else
        make_allowed(&t, is_sealed);
    return t;
}

static csign_table table_of(const uint8_t *from, uint8_t sizes, bool is_sealed)
{
    csign_table table = {from, sizes & 3, 1};

    if (!is_sealed)
        table.len = (uint8_t)(1 + (sizes >> 2) % CSIGN_CODE_MAX);
    return table;
}

csign_table setup_codes(uint8_t sizes, bool is_sealed)
{
    return table_of(codes, sizes, is_sealed);
}

csign_table setup_answers(uint8_t sizes, bool is_sealed)
{
    return table_of(answers, sizes, is_sealed);
}

void setup_key(uint8_t which, uint8_t *key)
{
    memset(key, 'a' + which, SETUP_KEY_LEN);
}
