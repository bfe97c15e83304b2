/* SPDX-License-Identifier: MIT */
#include "exchange_log.h"

#include "serve.h"
#include "status_text.h"

static void begin(const struct conversation *c, struct log_entry *entry,
                  const char *event)
{
    char peer[PEER_TEXT_MAX];

    c->transport->name_peer(c, peer);
    log_begin(&c->serve->log, entry, event);
    log_entry_text(entry, "peer", peer);
}

static void add_program_end(struct log_entry *entry, const struct run_result *result)
{
    static const char *const words[] = {[RUN_EXITED] = "exited",
                                        [RUN_KILLED] = "killed",
                                        [RUN_OVER_LIMIT] = "over-limit",
                                        [RUN_NOT_STARTED] = "not-started",
                                        [RUN_TOO_LATE] = "too-late"};

    log_entry_text(entry, "program", result == NULL ? "none" : words[result->end]);
    if (result == NULL)
        return;
    if (result->end == RUN_EXITED)
        log_entry_number(entry, "exit", result->code);
    else if (result->end == RUN_KILLED)
        log_entry_number(entry, "signal", result->code);
    else if (result->end == RUN_NOT_STARTED)
        log_entry_number(entry, "errno", result->code);
}

void exchange_log(const struct conversation *c, const struct exchange *exchange)
{
    const struct run_result *result = exchange->result;
    bool is_sealed = c->served->file.is_sealed;
    const char *answer = NULL;
    struct log_entry entry;

    if (is_sealed)
        answer = reply_status_word(exchange->status);
    else if (exchange->answer != CSIGN_NO_ROW)
        answer = c->served->file.answers.names[exchange->answer];
    begin(c, &entry, "exchange");
    log_entry_text(&entry, "key", c->key);
    log_entry_text(&entry, "command", c->served->file.commands.names[c->row]);
    log_entry_text(&entry, "answer", answer);
    if (is_sealed) {
        log_entry_number(&entry, "status", exchange->status);
        log_entry_number(&entry, "bytes", (int64_t)exchange->data_len);
    }
    log_entry_number(&entry, "ms", c->serve->now - c->began);
    add_program_end(&entry, result);
    if (is_sealed && result != NULL && result->end == RUN_EXITED &&
        result->output_total > result->output_len)
        log_entry_number(&entry, "cut",
                         (int64_t)(result->output_total - result->output_len));
    log_write(&c->serve->log, &entry);
}

void exchange_log_change(const struct conversation *c, const csign_change *change,
                         bool is_stored, const char *error)
{
    uint8_t status = is_stored ? CSIGN_STATUS_DONE : CSIGN_STATUS_FAILED;
    struct log_entry entry;

    begin(c, &entry, "exchange");
    log_entry_text(&entry, "key", c->key);
    log_entry_text(&entry, "command", change->is_set ? "set-key" : "drop-key");
    log_entry_text(&entry, "answer", reply_status_word(status));
    log_entry_number(&entry, "status", status);
    log_entry_number(&entry, "slot", change->slot);
    log_entry_number(&entry, "ms", clock_ms() - c->began);
    if (error != NULL)
        log_entry_text(&entry, "error", error);
    log_write(&c->serve->log, &entry);
}

void exchange_log_own(const struct conversation *c)
{
    struct log_entry entry;

    begin(c, &entry, "exchange");
    log_entry_text(&entry, "key", c->served->names[csign_server_slot(&c->server)]);
    log_entry_text(&entry, "command", c->asks_key_change ? "key-change" : NULL);
    log_entry_text(&entry, "answer", c->asks_key_change ? "refused" : NULL);
    log_write(&c->serve->log, &entry);
}

void exchange_log_end(const struct conversation *c, csign_status reason)
{
    struct log_entry entry;

    if (reason == CSIGN_P_CLOSED)
        return;
    begin(c, &entry, reason < CSIGN_P_CLOSED ? "ended" : "refused");
    log_entry_text(&entry, "reason", status_word(reason));
    log_entry_number(&entry, "number", reason);
    log_write(&c->serve->log, &entry);
}
