/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "last.h"

#include "connect.h"
#include "dialogue.h"
#include "message.h"
#include "status_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REASON_MAX 8192 /* bytes */

struct question {
    struct session *session;
    const struct send_options *options;
    struct state state;
    struct dialogue dialogue;
    int fd;
    struct send_result result;
    enum last_verdict verdict;
    char reason[REASON_MAX];
};

enum last_verdict last_judge(const struct state_record *record, uint8_t status,
                             const uint8_t *data, size_t len)
{
    bool is_in_doubt = record->doubt != STATE_DOUBT_NONE;
    const uint8_t *tag = is_in_doubt ? record->doubt_tag : record->proven_tag;

    if (status != CSIGN_STATUS_DONE || len != CSIGN_LAST_LEN)
        return LAST_NOT_KNOWN;
    if (!is_in_doubt && !record->has_proven)
        return LAST_NOT_KNOWN;
    return memcmp(data, tag, CSIGN_LAST_LEN) == 0 ? LAST_RAN : LAST_IS_ANOTHER;
}

/* Tells on standard error what the verdict will be about. */
static void introduce(const struct state_record *record)
{
    char when[64] = "";
    time_t time = (time_t)(record->start.real_ms / 1000);
    struct tm local;

    if (localtime_r(&time, &local) != NULL)
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    if (record->doubt != STATE_DOUBT_NONE)
        complain("last: in doubt is '%s' of %s", record->doubt_command, when);
    else
        complain(
            "last: nothing is in doubt; '%s' of %s is the last one proven to have run",
            record->proven_command, when);
}

static void wait_out(const struct state_record *record)
{
    struct moment now = moment_now();
    uint64_t left = record->doubt == STATE_DOUBT_NONE
                        ? 0
                        : moment_left(&record->start, record->limit_ms, &now);
    uint64_t end = now.boot_ms + left;

    if (left > 0)
        complain("last: waiting %g s, until it can no longer run", (double)left / 1000);
    for (uint64_t ms = now.boot_ms; ms < end; ms = moment_ms()) {
        struct timespec step = {(time_t)((end - ms) / 1000),
                                (long)((end - ms) % 1000) * 1000000L};

        nanosleep(&step, NULL);
    }
}

/* What the state tells there is to ask about. */
static bool has_subject(struct question *q)
{
    enum state_answer answer =
        state_open(&q->state, q->session->state_name, STATE_TO_ASK,
                   q->options->timeout_ms, q->reason, sizeof q->reason);
    const struct state_record *record = &q->state.record;

    if (answer == STATE_OPEN && (record->doubt != STATE_DOUBT_NONE || record->has_proven))
        return true;
    if (answer == STATE_REFUSED)
        return false;
    snprintf(q->reason, sizeof q->reason,
             "nothing is kept of this device under this key in %s; a command sent with "
             "--no-state or by another user or machine is not known here",
             q->state.path);
    q->result.outcome = CSIGN_OUTCOME_UNKNOWN; /* of the question's subject */
    return false;
}

static bool reach(struct question *q)
{
    const struct address *address = &q->session->file.address;

    q->fd = connect_device(address, q->options->timeout_ms, q->reason, sizeof q->reason);
    if (q->fd < 0)
        return false;
    dialogue_start(&q->dialogue, q->fd,
                   address->kind == ADDRESS_SERIAL ? address->boot : 0,
                   &q->session->config, q->session->memory);
    return true;
}

static void converse(struct question *q)
{
    static const uint8_t code[] = {CSIGN_CODE_LAST};
    csign_client *client = &q->dialogue.client;
    csign_status status = CSIGN_OK;

    if (dialogue_advance(&q->dialogue)) {
        status = csign_client_request(client, code, sizeof code, moment_wrapping_ms());
        if (status == CSIGN_OK)
            (void)dialogue_advance(&q->dialogue);
        else
            csign_client_close(client, status);
    }
    q->result.outcome = csign_client_outcome(client);
    snprintf(q->reason, sizeof q->reason, "%s", dialogue_reason(&q->dialogue));
}

static void judge(struct question *q)
{
    const csign_client *client = &q->dialogue.client;
    struct send_result *result = &q->result;

    if (result->outcome != CSIGN_OUTCOME_DONE && result->outcome != CSIGN_OUTCOME_FAILED)
        return;
    result->status = csign_client_reply_status(client);
    result->answer = reply_status_word((uint8_t)result->status);
    result->data = csign_client_reply_data(client, &result->len);
    q->verdict =
        last_judge(&q->state.record, (uint8_t)result->status, result->data, result->len);
}

/* What stands behind `not known`, and what `not the last one run` may mean too. */
static void explain(const struct question *q)
{
    if (q->result.status == CSIGN_STATUS_NOTHING)
        complain("last: the device has run nothing under this key since it started");
    else if (q->result.status == CSIGN_STATUS_NO_COMMAND)
        complain("last: the device does not know the question");
    else if (q->result.status >= 0 && q->verdict == LAST_NOT_KNOWN)
        complain("last: the device answered status %02x", (unsigned)q->result.status);
    else if (q->verdict == LAST_IS_ANOTHER)
        complain("last: it did not run, or another holder of the key ran something after "
                 "it");
}

static enum send_status tell(struct question *q)
{
    static const char *const words[] = {"ran", "not-the-last", "not-known"};
    static const char *const sentences[] = {"ran", "not the last one run", "not known"};
    static const enum send_status statuses[] = {SEND_DONE, SEND_FAILED, SEND_UNKNOWN};
    bool is_proven = q->result.status >= 0;

    q->result.last = words[q->verdict];
    q->result.reason = q->reason;
    if (q->options->is_json || !is_proven)
        send_print(&q->result, q->options->is_json);
    explain(q);
    if (q->result.outcome == CSIGN_OUTCOME_NOT_SENT)
        return SEND_NOT_SENT;
    if (!q->options->is_json)
        send_print_line(sentences[q->verdict]);
    return statuses[q->verdict];
}

static void ask(struct question *q)
{
    if (!has_subject(q))
        return;
    introduce(&q->state.record);
    wait_out(&q->state.record);
    if (!reach(q))
        return;
    converse(q);
    judge(q);
}

enum send_status send_last(struct session *session, const struct send_options *options)
{
    struct question q;
    uint64_t began_ms = moment_ms();
    enum send_status status;

    memset(&q, 0, sizeof q);
    q.session = session;
    q.options = options;
    q.state.fd = -1;
    q.fd = -1;
    q.verdict = LAST_NOT_KNOWN;
    q.result.command = "last";
    q.result.outcome = CSIGN_OUTCOME_NOT_SENT;
    q.result.status = -1;
    ask(&q);
    q.result.ms = moment_ms() - began_ms;
    status = tell(&q);
    if (q.fd >= 0) {
        dialogue_end(&q.dialogue);
        close(q.fd);
    }
    state_close(&q.state);
    return status;
}
