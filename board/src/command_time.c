/* SPDX-License-Identifier: MIT */
/* Commands that let time pass. */
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "commands.h"

enum { DEFAULT_LIMIT_SECONDS = 60 };

static void forget_awaited(struct board *board)
{
    board->pins.awaited = -1;
    board->uart.pattern[0] = '\0';
    cpu_stop_at(board, CPU_NOWHERE);
}

/* What peers sent before the command comes before time moves. The kernel may
 * still be carrying it from one socket to the other, so it gets a moment. */
static void take_what_came(struct board *board)
{
    const struct timespec moment = {0, 200000};

    if (board->lan.maps > 0 || board->lan.routes > 0)
        nanosleep(&moment, NULL);
    board_poll(board);
}

static void begin_run(struct order *order, uint64_t cycles, enum control_await awaited)
{
    struct board *board = order->board;

    if (order->control->runner >= 0)
        order_error(order, "a run is under way");
    else if (!board->powered)
        order_error(order, "the power is off");
    else if (board->fault[0] != '\0')
        order_error(order, "reason=fault %s", board->fault);
    else {
        take_what_came(board);
        board->run_limit = board->avr->cycle + cycles;
        board->stop = STOP_NONE;
        forget_awaited(board); /* of a run whose client hung up */
        order->control->awaited = awaited;
        order->running = true;
    }
}

static void do_run(struct order *order)
{
    uint64_t cycles;

    if (order_read_time(order, order_word(order), &cycles))
        begin_run(order, cycles, AWAIT_END);
    else
        order_error(order, "usage");
}

static bool await_pin(struct order *order)
{
    struct pins *pins = &order->board->pins;
    char *pair = order_word(order);
    char *level = pair == NULL ? NULL : strchr(pair, '=');
    int pin;

    if (level == NULL)
        return false;
    *level++ = '\0';
    pin = pins_find(order->board, pair);
    pins->awaited_change = strcmp(level, "change") == 0;
    pins->awaited_level = strcmp(level, "high") == 0  ? PIN_HIGH
                          : strcmp(level, "low") == 0 ? PIN_LOW
                                                      : PIN_FLOAT;
    if (pin < 0 || (pins->awaited_level == PIN_FLOAT && !pins->awaited_change &&
                    strcmp(level, "float") != 0))
        return false;
    pins->awaited = pin;
    if (!pins->awaited_change && pins->pin[pin].level == pins->awaited_level)
        board_stop(order->board, STOP_PIN);
    return true;
}

static bool await_symbol(struct order *order)
{
    char *name = order_word(order);
    const struct symbol *s =
        name == NULL ? NULL : symbols_find(&order->board->symbols, name);

    if (s == NULL || s->address >= 2 * CPU_FLASH_WORDS)
        return false;
    cpu_stop_at(order->board, s->address);
    return true;
}

static bool await_uart(struct order *order)
{
    size_t length;
    char *text = order_text(order, &length);

    uart_await(order->board, text);
    return length > 0;
}

static bool await_something(struct order *order, const char *what,
                            enum control_await *awaited)
{
    *awaited = AWAIT_STOP;
    if (strcmp(what, "pin") == 0)
        return await_pin(order);
    if (strcmp(what, "symbol") == 0)
        return await_symbol(order);
    if (strcmp(what, "uart") == 0)
        return await_uart(order);
    *awaited = AWAIT_CUT;
    return strcmp(what, "cut") == 0;
}

static void run_to_cycle(struct order *order)
{
    const char *text = order_word(order);
    uint64_t now = order->board->avr->cycle;
    unsigned long until;

    if (!order_read_number(text, (unsigned long)-1, &until) || until < now)
        order_error(order, "usage: run-until cycle N, not before %llu",
                    (unsigned long long)now);
    else
        begin_run(order, until - now, AWAIT_END);
}

static void do_run_until(struct order *order)
{
    uint64_t limit = board_cycles(order->board, DEFAULT_LIMIT_SECONDS);
    char *what = order_word(order);
    enum control_await awaited = AWAIT_STOP;

    if (what != NULL && strcmp(what, "within") == 0) {
        if (!order_read_time(order, order_word(order), &limit))
            what = NULL;
        else
            what = order_word(order);
    }
    if (what != NULL && strcmp(what, "cycle") == 0) {
        run_to_cycle(order);
        return;
    }
    begin_run(order, limit, awaited);
    if (order->running && (what == NULL || !await_something(order, what, &awaited))) {
        order->running = false;
        order_error(order, "usage");
    }
    order->control->awaited = awaited;
}

static void do_stop(struct order *order)
{
    board_stop(order->board, STOP_ORDER);
    order_ok(order, "%s", "");
}

static void do_pace(struct order *order)
{
    char *word = order_word(order);
    static const char *const name[] = {"real", "fast", "lockstep"};

    for (int i = 0; word != NULL && i < 3; i++)
        if (strcmp(word, name[i]) == 0) {
            order->board->pace = (enum board_pace)i;
            order_ok(order, "%s", "");
            return;
        }
    order_error(order, "usage");
}

static void do_turns(struct order *order)
{
    char *word = order_word(order);

    if (word != NULL && strcmp(word, "off") == 0) {
        order->board->turn_cycles = 0;
    } else if (!order_read_time(order, word, &order->board->turn_cycles)) {
        order_error(order, "usage");
        return;
    }
    order->board->turn_until = 0;
    order_ok(order, "%s", "");
}

const struct command command_time[] = {
    {"run", do_run, "run TIME"},
    {"run-until", do_run_until,
     "run-until [within TIME] pin PIN=low|high|float|change, symbol NAME, cycle N, "
     "uart TEXT, cut"},
    {"stop", do_stop, "stop"},
    {"pace", do_pace, "pace real|fast|lockstep"},
    {"turns", do_turns, "turns TIME|off"},
    {NULL, NULL, NULL}};
