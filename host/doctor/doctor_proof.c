/* SPDX-License-Identifier: MIT */
/* doctor_proof.c: whether the device has the key, and what speaks against it. */
#define _DEFAULT_SOURCE 1

#include "doctor.h"

#include "dialogue.h"
#include "moment.h"
#include "send_command.h"
#include "status_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 4 /* differences that are looked for, one after the other */

struct answer {
    csign_outcome outcome;
    csign_status reason;
    uint8_t status;  /* sealed */
    char words[256]; /* the reason, for people */
    char name[64];   /* the status' or the answer's */
    uint32_t ms;
};

static void converse(struct dialogue *dialogue, const uint8_t *command, size_t len)
{
    csign_client *client = &dialogue->client;
    csign_status status = CSIGN_OK;

    if (!dialogue_advance(dialogue))
        return;
    status = csign_client_request(client, command, len, moment_wrapping_ms());
    if (status == CSIGN_OK)
        (void)dialogue_advance(dialogue);
    else
        csign_client_close(client, status);
}

static void name_answer(const struct doctor *d, const csign_client *client,
                        struct answer *answer)
{
    const struct device_file *file = &d->session.file;
    const char *word;
    size_t row;

    if (answer->outcome != CSIGN_OUTCOME_DONE && answer->outcome != CSIGN_OUTCOME_FAILED)
        return;
    if (!file->is_sealed) {
        row = csign_client_answer(client);
        if (row != CSIGN_NO_ROW)
            snprintf(answer->name, sizeof answer->name, "%s", file->answers.names[row]);
        return;
    }
    answer->status = csign_client_reply_status(client);
    word = reply_status_word(answer->status);
    snprintf(answer->name, sizeof answer->name, "%s (status %02x)",
             word == NULL ? "-" : word, (unsigned)answer->status);
}

/* One request on a connection of its own; it is never repeated. */
static struct answer ask(struct doctor *d, const uint8_t *command, size_t len)
{
    const struct address *address = &d->session.file.address;
    struct answer answer = {.outcome = CSIGN_OUTCOME_NOT_SENT, .reason = CSIGN_E_SEND};
    struct dialogue dialogue;
    uint64_t began;
    int fd = wire_connect(address, d->options->timeout_ms, WIRE_AGAIN_MS, answer.words,
                          sizeof answer.words);

    if (fd < 0)
        return answer;
    dialogue_start(&dialogue, fd, address->kind == ADDRESS_SERIAL ? address->boot : 0,
                   &d->session.config, d->session.memory);
    began = moment_ms();
    converse(&dialogue, command, len);
    answer.ms = (uint32_t)(moment_ms() - began);
    answer.outcome = csign_client_outcome(&dialogue.client);
    answer.reason = csign_client_reason(&dialogue.client);
    snprintf(answer.words, sizeof answer.words, "%s", dialogue_reason(&dialogue));
    name_answer(d, &dialogue.client, &answer);
    dialogue_end(&dialogue);
    close(fd);
    return answer;
}

static bool is_proven(const struct answer *answer)
{
    return answer->outcome == CSIGN_OUTCOME_DONE ||
           answer->outcome == CSIGN_OUTCOME_FAILED;
}

/* `last`: every key may ask, and it changes nothing. */
static struct answer ask_last(struct doctor *d)
{
    static const uint8_t last[] = {CSIGN_CODE_LAST};

    return ask(d, last, sizeof last);
}

/* Whether the device would answer if the session's file were otherwise; it is set up as
 * it was afterwards. */
static bool would_answer(struct doctor *d, const csign_hash *hash, bool has_id)
{
    struct device_file *file = &d->session.file;
    const csign_hash *hash_kept = file->hash;
    char id_kept[sizeof file->id], error[1024];
    struct answer answer = {.outcome = CSIGN_OUTCOME_NONE};

    memcpy(id_kept, file->id, sizeof id_kept);
    file->hash = hash;
    if (!has_id)
        file->id[0] = '\0';
    if (session_set_up(&d->session, d->options->timeout_ms, error, sizeof error))
        answer = ask_last(d);
    file->hash = hash_kept;
    memcpy(file->id, id_kept, sizeof id_kept);
    d->has_key = session_set_up(&d->session, d->options->timeout_ms, error, sizeof error);
    return is_proven(&answer);
}

/* Lengths and profile agree, and yet the device refuses. Always false. */
static bool tell_refusal(struct doctor *d)
{
    const struct device_file *file = &d->session.file;
    bool is_sha256 = file->hash == &csign_sha256;
    bool is_line = file->address.kind == ADDRESS_SERIAL;
    char cure[64];

    snprintf(cure, sizeof cure, "write hash = %s, or set the device to the file's",
             is_sha256 ? "blake2s" : "sha256");
    if (would_answer(d, is_sha256 ? &csign_blake2s : &csign_sha256, true))
        doctor_found(d, CAUSE_HASH, cure, "the device's hash is %s, the file says %s",
                     is_sha256 ? "blake2s" : "sha256", file->hash_name);
    else if (file->id[0] != '\0' && would_answer(d, file->hash, false))
        doctor_found(d, CAUSE_ID, "take id out of the file, or give the device its id",
                     "the device has no id, the file says %s", file->id);
    else
        doctor_found(
            d, CAUSE_REFUSES,
            "compare the key's fingerprint and the id with the device's; a board shows "
            "them at provisioning, serve's file at countersign check",
            "the device refuses the key: %s",
            is_line ? "key, id, hash, tag or profile are not alike, which a line does "
                      "not tell apart"
                    : "lengths, profile and hash are alike, so the key or the id is not");
    return false;
}

static void tell_answer(const struct answer *answer)
{
    doctor_ok("key", "the device proved that it has it, after %u ms%s",
              (unsigned)answer->ms,
              answer->status == CSIGN_STATUS_NOTHING
                  ? "; it has run nothing under it since it started"
                  : "");
}

/* The request left and no valid reply came. Whether another try with what was learned
 * makes sense. */
static bool look_for_reason(struct doctor *d, const struct answer *answer)
{
    if (answer->reason == CSIGN_P_TAG || answer->reason == CSIGN_P_REFLECTED) {
        doctor_found(
            d, CAUSE_REPLY,
            "make sure that it is your device which answers there, and compare the "
            "key's fingerprint with its own",
            "the device's reply is not made with the key: %s", answer->words);
        return false;
    }
    switch (doctor_lengths(d)) {
    case DIFFERS_IN_LENGTH:
        return true;
    case DIFFERS_IN_KIND:
        return false;
    default:
        break;
    }
    if (answer->reason == CSIGN_P_LATE &&
        d->session.file.address.kind != ADDRESS_SERIAL) {
        doctor_found(d, CAUSE_SLOW,
                     "give send a longer --timeout, or look what keeps the device",
                     "the device took the request and did not answer in %u ms",
                     (unsigned)d->options->timeout_ms);
        return false;
    }
    return tell_refusal(d);
}

static bool prove_sealed(struct doctor *d)
{
    char error[1024];

    /* First, for the lengths may have been corrected already. */
    for (int round = 0; round < ROUNDS; round++) {
        struct answer answer;

        if (!session_set_up(&d->session, d->options->timeout_ms, error, sizeof error)) {
            doctor_found_line(d, CAUSE_KEY, error);
            return false;
        }
        answer = ask_last(d);
        if (is_proven(&answer)) {
            tell_answer(&answer);
            return true;
        }
        if (answer.outcome == CSIGN_OUTCOME_NOT_SENT) {
            doctor_found(d, CAUSE_UNREACHED,
                         "try again; look at cable, power and network",
                         "the device was lost: %s", answer.words);
            return false;
        }
        if (!look_for_reason(d, &answer))
            return false;
    }
    return false;
}

/* Random bytes as long as a tag: how long the device searches for them. */
static bool refuses(struct doctor *d, uint32_t *ms)
{
    struct wire w;
    uint64_t began;
    bool is_awake = doctor_wake(d, &w);

    if (is_awake) {
        wire_send_random(&w, d->session.file.hash->digest_size);
        began = moment_ms();
        wire_listen(&w, WIRE_ALL, d->options->timeout_ms, 0);
        *ms = (uint32_t)(moment_ms() - began);
    }
    wire_close(&w);
    return is_awake && w.is_closed;
}

static bool prove_classic(struct doctor *d)
{
    const struct device_file *file = &d->session.file;
    enum doctor_difference difference;
    uint32_t ms = 0;

    if (file->address.kind == ADDRESS_SERIAL) {
        doctor_skip("key",
                    "on a line classic shows it only by a command; name one with --run");
        return true;
    }
    for (int round = 0; round < ROUNDS; round++) {
        difference = doctor_lengths(d);
        if (difference == DIFFERS_IN_KIND)
            return false;
        if (difference == DIFFERS_NOT)
            break;
    }
    if (!refuses(d, &ms)) {
        doctor_found(
            d, CAUSE_SLOW,
            "give send a longer --timeout; fewer commands or keys, or a faster device",
            "the device searched longer than %u ms for a request",
            (unsigned)d->options->timeout_ms);
        return false;
    }
    doctor_ok("search", "the device refuses a wrong request after %u ms", (unsigned)ms);
    if (d->options->run == NULL)
        doctor_skip("key", "classic shows it only by a command; name one with --run");
    return true;
}

bool doctor_proof(struct doctor *d)
{
    if (!d->session.file.is_sealed)
        return prove_classic(d);
    if (d->has_key)
        return prove_sealed(d);
    doctor_skip("key", "it is not here");
    doctor_lengths(d);
    return false;
}

static void tell_failure(struct doctor *d, const struct answer *answer)
{
    const char *name = d->options->run;

    if (answer->status == CSIGN_STATUS_NO_COMMAND)
        doctor_found(d, CAUSE_NO_COMMAND, "give both sides the same [commands]",
                     "%s: the device has no command of that code", name);
    else if (answer->status == CSIGN_STATUS_NOT_ALLOWED)
        doctor_found(d, CAUSE_NOT_ALLOWED,
                     "name it behind the key in [keys], or take a key that may",
                     "%s: the device knows the key, which may not run it", name);
    else if (answer->status == CSIGN_STATUS_BAD_ARGUMENTS)
        doctor_found(d, CAUSE_ARGUMENTS, "look up what the command takes",
                     "%s: the command wants other arguments", name);
    else
        doctor_found(d, CAUSE_FAILED, "look at the device's log, or at what it drives",
                     "%s: the command was taken and failed: %s", name, answer->name);
}

static void judge_run(struct doctor *d, const struct answer *answer)
{
    bool is_sealed = d->session.file.is_sealed;
    bool has_failed = is_sealed ? answer->outcome == CSIGN_OUTCOME_FAILED
                                : strcmp(answer->name, "failed") == 0;

    if (has_failed)
        tell_failure(d, answer);
    else if (is_proven(answer))
        doctor_ok("run", "%s: %s", d->options->run, answer->name);
    else if (answer->outcome == CSIGN_OUTCOME_SENT)
        doctor_skip("run", "%s was sent, and this device never answers: look at it",
                    d->options->run);
    else if (answer->reason == CSIGN_P_LATE)
        doctor_found(d, CAUSE_SLOW,
                     "give send a longer --timeout, or look what keeps the device",
                     "%s: no answer in %u ms; it may have run", d->options->run,
                     (unsigned)d->options->timeout_ms);
    else if (answer->reason == CSIGN_P_REFLECTED || answer->reason == CSIGN_P_TAG)
        doctor_found(
            d, CAUSE_REPLY,
            "compare [answers], the key's fingerprint and the hash on both sides",
            "%s: an answer that the file does not know; it may have run: %s",
            d->options->run, answer->words);
    else
        doctor_found(
            d, CAUSE_REFUSES,
            "compare the key's fingerprint, the hash and [commands] on both sides",
            "%s: the device refused it: key, hash or code is not alike, or the key may "
            "not run it (%s)",
            d->options->run, answer->words);
}

void doctor_run(struct doctor *d)
{
    struct send_words words = {d->options->run, d->options->argument};
    const struct send_options options = {
        .file = d->options->file, .words = &words, .count = 1};
    char error[8192];
    struct send_command *command;
    struct answer answer;

    if (!d->has_key) {
        doctor_skip("run", "the key is not here");
        return;
    }
    /* The lengths may have been corrected. */
    if (!session_set_up(&d->session, d->options->timeout_ms, error, sizeof error)) {
        doctor_found_line(d, CAUSE_KEY, error);
        return;
    }
    command = send_commands_make(&options, &d->session.file, error, sizeof error);
    if (command == NULL) {
        doctor_found(d, CAUSE_NO_COMMAND, "name one of those", "%s", error);
        return;
    }
    answer = ask(d, command->bytes, command->len);
    judge_run(d, &answer);
    send_commands_free(command, 1);
}
