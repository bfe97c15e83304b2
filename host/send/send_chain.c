/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "send_chain.h"

#include "connect.h"
#include "dialogue.h"
#include "message.h"
#include "status_text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REASON_MAX 8192 /* bytes */

struct chain {
    struct session *session;
    const struct send_options *options;
    struct state state;         /* fd -1: nothing is kept */
    struct state_record before; /* the state's record before the request under way */
    bool is_stale;              /* the record on the disk is older than this one */
    struct dialogue dialogue;
    int fd;
    bool is_first;       /* no request was made on this connection yet */
    struct moment since; /* when the device began to wait for the request */
    uint64_t began_ms;   /* when the command's time began */
    char reason[REASON_MAX];
    char cure[REASON_MAX];
};

static bool keeps_state(const struct chain *chain)
{
    const struct device_file *file = &chain->session->file;

    /* A classic client has no use for one when challenges may well repeat. */
    return !chain->options->has_no_state &&
           (file->is_sealed || file->challenge >= CHALLENGE_RING_MIN);
}

static bool begin(struct chain *chain)
{
    struct session *session = chain->session;
    const struct address *address = &session->file.address;

    if (keeps_state(chain) &&
        state_open(&chain->state, session->state_name, STATE_TO_SEND,
                   chain->options->timeout_ms, chain->reason,
                   sizeof chain->reason) != STATE_OPEN)
        return false;
    chain->fd = connect_device(address, chain->options->timeout_ms, chain->reason,
                               sizeof chain->reason);
    if (chain->fd < 0)
        return false;
    dialogue_start(&chain->dialogue, chain->fd,
                   address->kind == ADDRESS_SERIAL ? address->boot : 0, &session->config,
                   session->memory);
    return true;
}

static void end(struct chain *chain)
{
    if (chain->fd >= 0) {
        dialogue_end(&chain->dialogue);
        close(chain->fd);
    }
    if (chain->is_stale && !state_store(&chain->state, chain->reason, REASON_MAX))
        complain(
            "send: %s; until then `last` asks about a command whose outcome is known",
            chain->reason);
    state_close(&chain->state);
}

static bool hang_up(struct chain *chain, csign_status reason)
{
    csign_client_close(&chain->dialogue.client, reason);
    if (chain->reason[0] == '\0')
        snprintf(chain->reason, sizeof chain->reason, "%s",
                 dialogue_reason(&chain->dialogue));
    return false;
}

/* Classic: a challenge that was given before could let an old request in again. */
static bool accept_challenge(struct chain *chain)
{
    const struct session *session = chain->session;
    bool is_repeated;

    if (session->file.is_sealed || chain->state.fd < 0 ||
        state_note_challenge(&chain->state,
                             csign_client_device_challenge(&chain->dialogue.client),
                             session->settings.challenge, &is_repeated, chain->reason,
                             sizeof chain->reason))
        return true;
    return hang_up(chain, is_repeated ? CSIGN_P_REPEATED : CSIGN_E_STOPPED);
}

static bool make_request(struct chain *chain, const struct send_command *command)
{
    csign_status status = csign_client_request(&chain->dialogue.client, command->bytes,
                                               command->len, moment_wrapping_ms());

    return status == CSIGN_OK || hang_up(chain, status);
}

/* Sealed: the tag is on the disk before a byte of the request has left. */
static bool note_request(struct chain *chain, const struct send_command *command)
{
    if (!chain->session->file.is_sealed || chain->state.fd < 0)
        return true;
    chain->before = chain->state.record;
    state_record_ask(&chain->state.record, command->name,
                     csign_client_request_tag(&chain->dialogue.client), chain->is_first,
                     &chain->since, chain->session->settings.deadline_ms);
    if (state_store(&chain->state, chain->reason, sizeof chain->reason)) {
        chain->is_stale = false;
        return true;
    }
    chain->state.record = chain->before;
    return hang_up(chain, CSIGN_E_STOPPED);
}

/* A slow disk may have used up the device's patience: better not sent than unknown. */
static bool is_in_time(struct chain *chain)
{
    const csign_settings *settings = &chain->session->settings;
    uint32_t patience = settings->is_link ? CSIGN_SILENCE_MS
                        : chain->is_first ? settings->deadline_ms
                                          : CSIGN_IDLE_MS;

    return moment_ms() - chain->since.boot_ms < patience || hang_up(chain, CSIGN_E_SLOW);
}

static void forget_request(struct chain *chain)
{
    uint64_t sequence = chain->state.record.sequence;

    chain->state.record = chain->before;
    chain->state.record.sequence = sequence;
    chain->is_stale = true;
}

/* What the state is to say of a request whose outcome is known. A request that was not
 * sent, or that the device refused before it counted for `last`, leaves it as it was. */
static void settle(struct chain *chain, csign_outcome outcome)
{
    uint8_t status = csign_client_reply_status(&chain->dialogue.client);

    if (!chain->session->file.is_sealed || chain->state.fd < 0 ||
        outcome == CSIGN_OUTCOME_UNKNOWN)
        return;
    if (outcome == CSIGN_OUTCOME_NOT_SENT || status == CSIGN_STATUS_NO_COMMAND ||
        status == CSIGN_STATUS_NOT_ALLOWED) {
        forget_request(chain);
        return;
    }
    state_record_prove(&chain->state.record);
    chain->is_stale = true;
}

static csign_outcome ask(struct chain *chain, const struct send_command *command)
{
    csign_outcome outcome;

    if (!make_request(chain, command) || !note_request(chain, command))
        return CSIGN_OUTCOME_NOT_SENT;
    if (!is_in_time(chain)) {
        settle(chain, CSIGN_OUTCOME_NOT_SENT);
        return CSIGN_OUTCOME_NOT_SENT;
    }
    chain->is_first = false;
    if (!dialogue_advance(&chain->dialogue))
        snprintf(chain->reason, sizeof chain->reason, "%s",
                 dialogue_reason(&chain->dialogue));
    chain->since = moment_now();
    outcome = csign_client_outcome(&chain->dialogue.client);
    settle(chain, outcome);
    return outcome;
}

static csign_outcome exchange(struct chain *chain, const struct send_command *command)
{
    chain->reason[0] = '\0';
    if (!dialogue_advance(&chain->dialogue)) {
        hang_up(chain, CSIGN_E_STOPPED);
        return CSIGN_OUTCOME_NOT_SENT;
    }
    if (chain->is_first) {
        chain->since = moment_now();
        if (!accept_challenge(chain))
            return CSIGN_OUTCOME_NOT_SENT;
    }
    return ask(chain, command);
}

/* What the user may do about an unknown outcome. */
static const char *advise(struct chain *chain, bool is_first)
{
    const struct device_file *file = &chain->session->file;
    double seconds = (file->deadline_ms + (is_first ? 0 : CSIGN_IDLE_MS)) / 1000.0;
    int used = snprintf(chain->cure, sizeof chain->cure,
                        "it may have run, or may still run in the next %g s; ", seconds);

    if (file->is_sealed && chain->state.fd >= 0)
        snprintf(chain->cure + used, sizeof chain->cure - (size_t)used,
                 "countersign send %s last settles it", chain->options->file);
    else
        snprintf(chain->cure + used, sizeof chain->cure - (size_t)used,
                 "look at the device, for sending again may run it twice");
    return chain->cure;
}

static void fill_answer(const struct chain *chain, struct send_result *result)
{
    const csign_client *client = &chain->dialogue.client;
    const struct name_table *answers = &chain->session->file.answers;
    size_t row;

    if (chain->session->file.is_sealed) {
        result->status = csign_client_reply_status(client);
        result->answer = reply_status_word((uint8_t)result->status);
        result->data = csign_client_reply_data(client, &result->len);
        return;
    }
    row = csign_client_answer(client);
    result->answer = answers->names[row];
    if (strcmp(result->answer, "failed") == 0)
        result->outcome = CSIGN_OUTCOME_FAILED;
}

static struct send_result result_of(struct chain *chain,
                                    const struct send_command *command,
                                    csign_outcome outcome, bool was_first)
{
    struct send_result result = {.command = command->name,
                                 .outcome = outcome,
                                 .status = -1,
                                 .reason = chain->reason};

    result.ms = moment_ms() - chain->began_ms;
    if (outcome == CSIGN_OUTCOME_DONE || outcome == CSIGN_OUTCOME_FAILED)
        fill_answer(chain, &result);
    else if (outcome == CSIGN_OUTCOME_UNKNOWN)
        result.cure = advise(chain, was_first);
    return result;
}

static csign_outcome send_one(struct chain *chain, const struct send_command *command,
                              bool is_begun)
{
    bool was_first = chain->is_first;
    csign_outcome outcome = is_begun ? exchange(chain, command) : CSIGN_OUTCOME_NOT_SENT;
    struct send_result result = result_of(chain, command, outcome, was_first);

    send_print(&result, chain->options->is_json);
    return result.outcome;
}

static void print_rest(const struct send_options *options,
                       const struct send_command *commands, size_t from)
{
    for (size_t i = from; i < options->count; i++) {
        struct send_result result = {.command = commands[i].name,
                                     .outcome = CSIGN_OUTCOME_NOT_SENT,
                                     .status = -1,
                                     .reason = "the chain stopped before it"};

        send_print(&result, options->is_json);
    }
}

enum send_status send_chain(struct session *session, const struct send_options *options,
                            const struct send_command *commands)
{
    struct chain chain;
    csign_outcome outcome = CSIGN_OUTCOME_DONE;
    bool is_begun;
    size_t i = 0;

    memset(&chain, 0, sizeof chain);
    chain.session = session;
    chain.options = options;
    chain.state.fd = -1;
    chain.fd = -1;
    chain.is_first = true;
    chain.began_ms = moment_ms();
    is_begun = begin(&chain);
    while (i < options->count && outcome == CSIGN_OUTCOME_DONE) {
        outcome = send_one(&chain, &commands[i++], is_begun);
        chain.began_ms = moment_ms();
    }
    print_rest(options, commands, i);
    end(&chain);
    return send_status_of(outcome);
}
