/* SPDX-License-Identifier: MIT */
#include "conversation.h"

#include "exchange_log.h"
#include "handler_status.h"
#include "serve.h"
#include "store_change.h"

#include <string.h>

/* One turn is enough for a whole first exchange. Then others have theirs: who knows the
 * key can compute replies in advance and so send any number of requests at once. */
#define STEPS 8

static bool order(struct run_client *client, struct run_order *order);
static void ended(struct run_client *client, const struct run_result *result);

static const struct run_calls handler_calls = {order, ended};

static uint32_t now_of(const struct conversation *c)
{
    return (uint32_t)c->serve->now;
}

void conversation_init(struct conversation *c, struct serve *serve,
                       const struct transport *transport,
                       void (*ring)(struct timer *timer))
{
    c->serve = serve;
    c->transport = transport;
    c->timer.ring = ring;
    c->handler.calls = &handler_calls;
    ring_init(&c->handler.waiting);
    ring_init(&c->again);
}

void conversation_open(struct conversation *c, uint8_t *memory)
{
    c->served = c->serve->served;
    c->served->users++;
    c->told = CSIGN_OK;
    c->asks_key_change = false;
    csign_server_open(&c->server, &c->served->device, memory, now_of(c));
}

void conversation_close(struct conversation *c)
{
    timer_clear(&c->serve->timers, &c->timer);
    ring_leave(&c->again);
    served_leave(c->served);
    c->served = NULL;
}

bool conversation_runs(const struct conversation *c)
{
    return c->handler.run != NULL || runner_waits(&c->handler) ||
           csign_server_wants(&c->server) == CSIGN_WANTS_STORE;
}

void conversation_again(struct conversation *c)
{
    ring_join(&c->serve->again, &c->again);
}

static bool make_challenge(struct conversation *c, uint8_t *challenge)
{
    struct served *served = c->served;
    struct challenges *random = &c->serve->challenges;
    uint8_t len = served->settings.challenge;

    if (served->store == NULL)
        return challenges_draw(random, challenge, len);
    if (!key_store_is_counting(served->store))
        store_change_finish(c->serve);
    return key_store_challenge(served->store, &served->settings.hasher, &served->secret,
                               random, challenge, len);
}

static void draw_challenge(struct conversation *c)
{
    uint8_t challenge[CSIGN_CHALLENGE_MAX];

    if (!make_challenge(c, challenge)) {
        csign_server_close(&c->server, CSIGN_E_SEND);
        return;
    }
    csign_server_challenge(&c->server, challenge, now_of(c));
    csign_wipe(challenge, sizeof challenge);
}

/* What the protocol tells a client who does not know: the command does not begin later
 * than one deadline after its challenge, or after the longest pause that follows a reply.
 */
static void note_latest(struct conversation *c)
{
    int64_t pause = csign_server_is_proven(&c->server) ? CSIGN_IDLE_MS : 0;

    c->latest = c->serve->now + pause + c->served->settings.deadline_ms;
}

static void answer_sealed(struct conversation *c, const struct run_result *result)
{
    struct exchange exchange = {.status = CSIGN_STATUS_DONE, .result = result};
    const uint8_t *data = NULL;

    if (result != NULL) {
        exchange.status = handler_status(result);
        exchange.data_len = result->output_len;
        data = result->output;
    }
    exchange_log(c, &exchange);
    csign_server_reply(&c->server, exchange.status, data, exchange.data_len, now_of(c));
}

static void answer_classic(struct conversation *c, const struct run_result *result)
{
    const csign_table *answers = &c->served->device.answers;
    struct exchange exchange = {.answer = c->served->done, .result = result};
    const uint8_t *code = NULL;

    if (result != NULL)
        exchange.answer = handler_answer(c->served, result);
    if (exchange.answer != CSIGN_NO_ROW)
        code = answers->codes + exchange.answer * answers->len;
    exchange_log(c, &exchange);
    csign_server_answer(&c->server, code, now_of(c));
}

/* The command has ended; result: NULL where it has no program. */
static void answer(struct conversation *c, const struct run_result *result)
{
    c->is_accepted = false;
    if (c->served->file.is_sealed)
        answer_sealed(c, result);
    else
        answer_classic(c, result);
}

static const struct device_run *program_of(const struct conversation *c)
{
    const struct device_run *runs = c->served->file.runs;

    return runs == NULL || runs[c->row].argv == NULL ? NULL : &runs[c->row];
}

static bool is_last(const struct conversation *c)
{
    return c->serve->is_stopping || c->served != c->serve->served;
}

void conversation_note_key(struct conversation *c)
{
    c->slot = csign_server_slot(&c->server);
    memcpy(c->key, c->served->names[c->slot], sizeof c->key);
}

static void obey(struct conversation *c)
{
    c->is_accepted = true;
    c->began = c->serve->now;
    c->row = csign_server_command(&c->server);
    conversation_note_key(c);
    if (c->served != c->serve->served)
        served_pass_on_last(c->served, c->slot, c->serve->served);
    if (is_last(c))
        csign_server_end(&c->server);
    if (program_of(c) == NULL)
        answer(c, NULL);
    else
        runner_want(&c->serve->runner, &c->handler);
}

/* False: its time or its key is gone, which go_on() finds out. */
static bool order(struct run_client *client, struct run_order *order)
{
    struct conversation *c = OBJECT_OF(client, struct conversation, handler);

    conversation_again(c);
    csign_server_tick(&c->server, now_of(c));
    if (csign_server_command(&c->server) != c->row || c->serve->now > c->latest)
        return false;
    order->argv = program_of(c)->argv;
    order->input = csign_server_arguments(&c->server, &order->input_len);
    order->environment = c->served->environment;
    order->command = c->served->file.commands.names[c->row];
    order->key_name = c->key;
    order->limit_ms = c->served->file.limit_ms;
    c->transport->name_peer(c, order->peer);
    return true;
}

static void ended(struct run_client *client, const struct run_result *result)
{
    struct conversation *c = OBJECT_OF(client, struct conversation, handler);

    answer(c, result);
    conversation_again(c);
}

/* There was no free place for its program in time. */
static void give_up_turn(struct conversation *c)
{
    static const struct run_result result = {.end = RUN_TOO_LATE};

    runner_withdraw(&c->handler);
    answer(c, &result);
}

static bool run(struct conversation *c)
{
    if (!c->is_accepted)
        obey(c);
    else if (!conversation_runs(c))
        give_up_turn(c);
    return csign_server_wants(&c->server) != CSIGN_WANTS_RUN;
}

static bool receive(struct conversation *c)
{
    csign_wants wants;

    if (!c->transport->receive(c))
        return false;
    wants = csign_server_wants(&c->server);
    if (wants != CSIGN_WANTS_SEND && wants != CSIGN_WANTS_STORE)
        return true;
    store_change_note(c);
    if (wants == CSIGN_WANTS_SEND)
        exchange_log_own(c);
    c->asks_key_change = false;
    if (is_last(c))
        csign_server_end(&c->server);
    return true;
}

static bool send_out(struct conversation *c)
{
    bool has_moved = c->transport->send(c);

    if (csign_server_wants(&c->server) == CSIGN_WANTS_BYTES)
        note_latest(c);
    return has_moved;
}

/* False: it has to wait. */
static bool step(struct conversation *c)
{
    switch (csign_server_wants(&c->server)) {
    case CSIGN_WANTS_BYTES:
        return receive(c);
    case CSIGN_WANTS_CHALLENGE:
        draw_challenge(c);
        return true;
    case CSIGN_WANTS_SEND:
        return send_out(c);
    case CSIGN_WANTS_RUN:
        return run(c);
    case CSIGN_WANTS_STORE:
        return store_change_step(c);
    default:
        return false;
    }
}

static void tell_end(struct conversation *c)
{
    csign_status reason = csign_server_reason(&c->server);

    if (reason != CSIGN_OK && reason != (csign_status)c->told)
        exchange_log_end(c, reason);
    c->told = (uint8_t)reason;
}

static void set_timer(struct conversation *c)
{
    int64_t now = c->serve->now;
    uint32_t due = csign_server_due(&c->server, (uint32_t)now);

    if (runner_waits(&c->handler))
        timer_set(&c->serve->timers, &c->timer, c->latest + 1);
    else if (due == UINT32_MAX)
        timer_clear(&c->serve->timers, &c->timer);
    else
        timer_set(&c->serve->timers, &c->timer, now + due);
}

/* Its key was dropped while it waited for its turn. */
static void forget_command(struct conversation *c)
{
    runner_withdraw(&c->handler);
    c->is_accepted = false;
}

void conversation_go_on(struct conversation *c)
{
    unsigned steps = 0;

    /* Whatever has become of it meanwhile, its end comes back here. */
    if (c->handler.run != NULL)
        return;
    ring_leave(&c->again);
    while (steps < STEPS && step(c))
        steps++;
    tell_end(c);
    if (csign_server_wants(&c->server) != CSIGN_WANTS_RUN)
        forget_command(c);
    if (csign_server_wants(&c->server) == CSIGN_WANTS_CLOSE) {
        c->transport->hang_up(c);
        return;
    }
    if (steps == STEPS)
        conversation_again(c);
    set_timer(c);
    c->transport->settled(c);
}

void conversation_tick(struct conversation *c)
{
    if (c->handler.run != NULL)
        return;
    if (runner_waits(&c->handler) && c->serve->now > c->latest)
        give_up_turn(c);
    else
        csign_server_tick(&c->server, now_of(c));
    conversation_go_on(c);
}

void conversation_end(struct conversation *c, csign_status reason)
{
    csign_server_close(&c->server, reason);
    conversation_go_on(c);
}

void conversation_cut(struct conversation *c, csign_status reason)
{
    store_change_cancel(c);
    csign_server_close(&c->server, reason);
}

void conversation_check_key(struct conversation *c)
{
    if (csign_server_wants(&c->server) == CSIGN_WANTS_CLOSE)
        conversation_go_on(c);
}

static bool is_replying(const struct conversation *c)
{
    return csign_server_wants(&c->server) == CSIGN_WANTS_SEND &&
           csign_server_is_proven(&c->server);
}

void conversation_stop(struct conversation *c)
{
    if (conversation_runs(c) || is_replying(c))
        csign_server_end(&c->server);
    else
        conversation_end(c, CSIGN_E_STOPPED);
}

void conversation_retire(struct conversation *c)
{
    if (conversation_runs(c) || csign_server_is_proven(&c->server))
        csign_server_end(&c->server);
    conversation_go_on(c);
}
