/* SPDX-License-Identifier: MIT */
/* Commands about pins, power and the program itself, and how all are found. */
#define _GNU_SOURCE
#include "commands.h"

#include <stdlib.h>
#include <string.h>

static void do_press(struct order *order)
{
    char *name = order_word(order);
    char *level = order_word(order);
    int pin = name == NULL ? -1 : pins_find(order->board, name);

    if (pin < 0 || (level != NULL && strcmp(level, "low") && strcmp(level, "high"))) {
        order_error(order, "usage");
        return;
    }
    pins_drive(order->board, pin,
               level != NULL && strcmp(level, "high") == 0 ? PIN_HIGH : PIN_LOW);
    order_ok(order, "%s", "");
}

static void do_release(struct order *order)
{
    char *name = order_word(order);
    int pin = name == NULL ? -1 : pins_find(order->board, name);

    if (pin < 0) {
        order_error(order, "usage");
        return;
    }
    pins_drive(order->board, pin, PIN_FLOAT);
    order_ok(order, "%s", "");
}

static void do_pin(struct order *order)
{
    char *name = order_word(order);
    int i = name == NULL ? -1 : pins_find(order->board, name);
    const struct pin *pin = &order->board->pins.pin[i < 0 ? 0 : i];

    if (i < 0) {
        order_error(order, "usage");
        return;
    }
    order_ok(order, "%s level=%s direction=%s edges=%llu changed=%llu", pins_name(i),
             pins_level_name(pin->level), pin->output ? "output" : "input",
             (unsigned long long)pin->edges, (unsigned long long)pin->changed);
}

static void do_pins(struct order *order)
{
    char text[PINS * 16] = "";
    size_t used = 0;

    for (int i = 0; i < PINS; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s=%s",
                                 i == 0 ? "" : " ", pins_name(i),
                                 pins_level_name(order->board->pins.pin[i].level));
    order_ok(order, "%s", text);
}

static void do_power(struct order *order)
{
    char *word = order_word(order);
    bool on = word != NULL && strcmp(word, "on") == 0;

    if (word == NULL || (!on && strcmp(word, "off") != 0)) {
        order_error(order, "usage");
        return;
    }
    board_power(order->board, on);
    if (!on)
        board_stop(order->board, STOP_CUT);
    order_ok(order, "%s", "");
}

static void reset_with(struct order *order, enum board_reset cause)
{
    if (!order->board->powered) {
        order_error(order, "the power is off");
        return;
    }
    board_reset(order->board, cause);
    order_ok(order, "%s", "");
}

static void do_reset(struct order *order)
{
    reset_with(order, RESET_PIN);
}

static void do_brown_out(struct order *order)
{
    reset_with(order, RESET_BROWN_OUT);
}

static bool read_tear(struct eeprom *e, const char *word)
{
    unsigned long value;

    e->torn_value = -1;
    if (word == NULL || strcmp(word, "old") == 0)
        e->tear = TEAR_OLD;
    else if (strcmp(word, "new") == 0)
        e->tear = TEAR_NEW;
    else if (strncmp(word, "torn", 4) == 0)
        e->tear = TEAR_TORN;
    else
        return false;
    if (word != NULL && word[0] == 't' && word[4] == '=') {
        if (!order_read_number(word + 5, 0xff, &value))
            return false;
        e->torn_value = (int)value;
    } else if (word != NULL && word[0] == 't' && word[4] != '\0') {
        return false;
    }
    return true;
}

static void do_cut(struct order *order)
{
    struct board *board = order->board;
    char *what = order_word(order);
    char *amount = what == NULL ? NULL : order_word(order);
    uint64_t cycles;
    unsigned long number;

    if (what != NULL && strcmp(what, "off") == 0) {
        board->cut_at = board->eeprom.cut_in = 0;
    } else if (what != NULL && strcmp(what, "cycle") == 0 &&
               order_read_number(amount, (unsigned long)-1, &number) && number > 0) {
        board->cut_at = number;
    } else if (what != NULL && strcmp(what, "in") == 0 &&
               order_read_time(order, amount, &cycles)) {
        board->cut_at = board->avr->cycle + cycles;
    } else if (what != NULL && strcmp(what, "write") == 0 &&
               order_read_number(amount, (unsigned long)-1, &number) && number > 0 &&
               read_tear(&board->eeprom, order_word(order))) {
        board->eeprom.cut_in = number;
    } else {
        order_error(order, "usage");
        return;
    }
    order_ok(order, "%s", "");
}

static void do_state(struct order *order)
{
    const struct board *b = order->board;
    const struct symbol *at = symbols_at(&b->symbols, b->avr->pc);
    static const char *const pace[] = {"real", "fast", "lockstep"};

    order_ok(order,
             "cycle=%llu time=%.6f power=%s pace=%s cpu=%s pc=%04x in=%s cable=%s "
             "eeprom-writes=%llu watchdog-resets=%llu fault=%s",
             (unsigned long long)b->avr->cycle, board_seconds(b, b->avr->cycle),
             b->powered ? "on" : "off", pace[b->pace],
             b->fault[0] != '\0'             ? "stopped"
             : b->avr->state == cpu_Sleeping ? "sleeping"
                                             : "running",
             b->avr->pc, at == NULL ? "?" : at->name, b->w5500.cable ? "in" : "out",
             (unsigned long long)b->eeprom.writes, (unsigned long long)b->resets,
             b->fault[0] != '\0' ? b->fault : "none");
}

static void do_quit(struct order *order)
{
    order->control->quit = true;
    order_ok(order, "%s", "");
}

static void do_help(struct order *order);

static const struct command commands[] = {
    {"press", do_press, "press PIN [low|high]"},
    {"release", do_release, "release PIN"},
    {"pin", do_pin, "pin PIN"},
    {"pins", do_pins, "pins"},
    {"power", do_power, "power on|off"},
    {"reset", do_reset, "reset"},
    {"brown-out", do_brown_out, "brown-out"},
    {"cut", do_cut, "cut cycle N, in TIME, write K [old|new|torn[=BYTE]], off"},
    {"state", do_state, "state"},
    {"help", do_help, "help [COMMAND]"},
    {"quit", do_quit, "quit"},
    {NULL, NULL, NULL}};

static const struct command *const tables[] = {command_time, commands, command_network,
                                               command_parts};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const struct command *c = tables[i]; c->name != NULL; c++)
            if (strcmp(c->name, name) == 0)
                return c;
    return NULL;
}

static void do_help(struct order *order)
{
    char *name = order_word(order);
    const struct command *c = name == NULL ? NULL : find_command(name);
    char text[1024] = "";

    if (c != NULL) {
        order_ok(order, "%s", c->usage);
        return;
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (c = tables[i]; c->name != NULL; c++)
            strcat(strcat(text, *text ? " " : ""), c->name);
    order_ok(order, "%s", text);
}

bool command_execute(struct control *control, struct board *board, char *line,
                     char *answer_text, size_t size)
{
    struct order order = {control, board, line, answer_text, size, false};
    char *name = order_word(&order);
    const struct command *c = name == NULL ? NULL : find_command(name);

    answer_text[0] = '\0';
    if (c == NULL) {
        order_error(&order, "unknown command; see help");
        return true;
    }
    c->execute(&order);
    if (strcmp(answer_text, "error usage") == 0)
        order_error(&order, "usage: %s", c->usage);
    return !order.running;
}
