/* SPDX-License-Identifier: MIT */
/* Commands about EEPROM, UART, ADC, and what can be measured. */
#define _GNU_SOURCE
#include "commands.h"

#include <stdlib.h>
#include <string.h>

static void do_adc(struct order *order)
{
    struct adc *adc = &order->board->adc;
    char *what = order_word(order);
    char *first = what == NULL ? NULL : order_word(order);
    char *second = first == NULL ? NULL : order_word(order);
    unsigned long input, value;
    bool understood = true;

    if (order_is(what, "freeze") || order_is(what, "thaw"))
        adc->frozen = order_is(what, "freeze");
    else if (order_is(what, "noise") && order_read_number(first, ADC_FULL, &value))
        adc->noise = (uint16_t)value;
    else if (order_is(what, "set") && first != NULL && (*first | 0x20) == 'a' &&
             order_read_number(first + 1, ADC_INPUTS - 1, &input) &&
             order_read_number(second, ADC_FULL, &value))
        adc->value[input] = (uint16_t)value;
    else
        understood = false;
    order_done(order, understood);
}

static void eeprom_show(struct order *order, unsigned long address, unsigned long count)
{
    char text[2 * EEPROM_SIZE + 1] = "";

    for (unsigned long i = 0; i < count; i++)
        sprintf(text + 2 * i, "%02x",
                eeprom_get(&order->board->eeprom, (uint16_t)(address + i)));
    order_ok(order, "%s", text);
}

static bool eeprom_put(struct order *order, unsigned long address, const char *hex)
{
    size_t count = hex == NULL ? 0 : strlen(hex) / 2;

    if (count == 0 || strlen(hex) % 2 != 0 || address + count > EEPROM_SIZE ||
        strspn(hex, "0123456789abcdefABCDEF") != 2 * count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        eeprom_set(&order->board->eeprom, (uint16_t)(address + i),
                   (uint8_t)strtoul(pair, NULL, 16));
    }
    return true;
}

/* Stuck bits: by default the lowest bit, at the opposite of what it is. */
static bool eeprom_rot(struct eeprom *e, unsigned long address, const char *mask_text,
                       const char *value_text)
{
    unsigned long mask = 0x01;
    unsigned long value = (unsigned long)(uint8_t)~e->cell[address];

    if ((mask_text != NULL && !order_read_number(mask_text, 0xff, &mask)) ||
        (value_text != NULL && !order_read_number(value_text, 0xff, &value)))
        return false;
    e->stuck[address] = (uint8_t)mask;
    e->stuck_at[address] = (uint8_t)value;
    eeprom_set(e, (uint16_t)address, e->cell[address]);
    return true;
}

static bool eeprom_file(struct eeprom *e, const char *path, bool save)
{
    uint8_t bytes[EEPROM_SIZE];
    FILE *file = path == NULL ? NULL : fopen(path, save ? "wb" : "rb");
    bool worked;

    if (file == NULL)
        return false;
    for (uint16_t i = 0; i < EEPROM_SIZE; i++)
        bytes[i] = eeprom_get(e, i);
    worked = save ? fwrite(bytes, 1, EEPROM_SIZE, file) == EEPROM_SIZE
                  : fread(bytes, 1, EEPROM_SIZE, file) == EEPROM_SIZE;
    worked = fclose(file) == 0 && worked;
    for (uint16_t i = 0; worked && !save && i < EEPROM_SIZE; i++)
        eeprom_set(e, i, bytes[i]);
    return worked;
}

static void eeprom_wear(struct order *order)
{
    const struct eeprom *e = &order->board->eeprom;
    uint16_t worst = 0;

    for (uint16_t i = 1; i < EEPROM_SIZE; i++)
        if (e->wear[i] > e->wear[worst])
            worst = i;
    order_ok(order, "writes=%llu worst=%u at=%u", (unsigned long long)e->writes,
             e->wear[worst], worst);
}

static void do_eeprom_place(struct order *order, const char *what)
{
    struct eeprom *e = &order->board->eeprom;
    char *first = order_word(order);
    char *second = first == NULL ? NULL : order_word(order);
    char *third = second == NULL ? NULL : order_word(order);
    unsigned long address, count = 1;

    if (!order_read_number(first, EEPROM_SIZE - 1, &address))
        order_error(order, "usage");
    else if (order_is(what, "read") &&
             (second == NULL || order_read_number(second, EEPROM_SIZE - address, &count)))
        eeprom_show(order, address, count);
    else if (order_is(what, "write"))
        order_done(order, eeprom_put(order, address, second));
    else if (order_is(what, "rot"))
        order_done(order, eeprom_rot(e, address, second, third));
    else
        order_error(order, "usage");
}

static void do_eeprom(struct order *order)
{
    struct eeprom *e = &order->board->eeprom;
    char *what = order_word(order);

    if (order_is(what, "erase")) {
        for (uint16_t i = 0; i < EEPROM_SIZE; i++)
            eeprom_set(e, i, 0xff);
        order_done(order, true);
    } else if (order_is(what, "heal")) {
        memset(e->stuck, 0, sizeof e->stuck);
        order_done(order, true);
    } else if (order_is(what, "save") || order_is(what, "restore")) {
        order_done(order, eeprom_file(e, order_word(order), order_is(what, "save")));
    } else if (order_is(what, "wear")) {
        eeprom_wear(order);
    } else {
        do_eeprom_place(order, what);
    }
}

static void uart_show(struct order *order)
{
    char said[CONTROL_LINE / 2];
    char text[2 * CONTROL_LINE] = "";
    size_t count = uart_take_log(order->board, said, sizeof said / 2);
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        char c = said[i];

        if (c == '\n' || c == '\r' || c == '\\')
            used += (size_t)sprintf(text + used, "\\%c",
                                    c == '\n'   ? 'n'
                                    : c == '\r' ? 'r'
                                                : '\\');
        else if (c < ' ' || c > '~')
            used += (size_t)sprintf(text + used, "\\x%02x", (uint8_t)c);
        else
            text[used++] = c;
    }
    text[used] = '\0';
    order_ok(order, "%s", text);
}

static void do_uart(struct order *order)
{
    char *what = order_word(order);
    size_t length;
    char *text;

    if (order_is(what, "take")) {
        uart_show(order);
    } else if (order_is(what, "send")) {
        text = order_text(order, &length);
        order_done(order, uart_feed(order->board, (uint8_t *)text, length) == length);
        board_event(order->board);
    } else if (order_is(what, "lost")) {
        order_ok(order, "%llu", (unsigned long long)order->board->uart.lost);
    } else {
        order_error(order, "usage");
    }
}

/* The core's millisecond counter, found by its name in the ELF. */
static void do_millis(struct order *order)
{
    struct board *board = order->board;
    const struct symbol *s = symbols_find(&board->symbols, "timer0_millis");
    char *what = order_word(order);
    unsigned long value;
    uint8_t *at;

    if (s == NULL || s->address < SYMBOL_DATA) {
        order_error(order, "the firmware has no timer0_millis");
        return;
    }
    at = board->avr->data + (s->address - SYMBOL_DATA);
    if (order_is(what, "set") &&
        order_read_number(order_word(order), 0xffffffff, &value)) {
        for (int i = 0; i < 4; i++)
            at[i] = (uint8_t)(value >> (8 * i));
    } else if (what != NULL) {
        order_error(order, "usage");
        return;
    }
    order_ok(order, "%lu",
             (unsigned long)at[0] | (unsigned long)at[1] << 8 |
                 (unsigned long)at[2] << 16 | (unsigned long)at[3] << 24);
}

static void do_measure(struct order *order)
{
    char *from = order_word(order);
    char *to = order_word(order);

    if (from == NULL)
        order_error(order, "usage");
    else if (!cpu_measure(order->board, from, to))
        order_error(order, "no such symbol, or too many measures");
    else
        order_ok(order, "%s", "");
}

static void do_cycles(struct order *order)
{
    struct cpu *cpu = &order->board->cpu;
    char *from = order_word(order);
    char *to = from == NULL ? NULL : order_word(order);

    if (order_is(from, "clear")) {
        cpu_forget_measures(order->board);
        order_ok(order, "%s", "");
        return;
    }
    for (int i = 0; from != NULL && i < cpu->measures; i++) {
        const struct measure *m = &cpu->measure[i];

        if (strcmp(m->from, from) != 0 || strcmp(m->to, to == NULL ? "" : to) != 0)
            continue;
        order_ok(order, "count=%llu last=%llu min=%llu max=%llu sum=%llu interrupts=%llu",
                 (unsigned long long)m->count, (unsigned long long)m->last,
                 (unsigned long long)m->min, (unsigned long long)m->max,
                 (unsigned long long)m->sum, (unsigned long long)m->interrupts);
        return;
    }
    order_error(order, "not measured");
}

/* Static data ends where the linker says the heap could start. */
static void do_stack(struct order *order)
{
    struct board *board = order->board;
    const struct symbol *end = symbols_find(&board->symbols, "_end");
    char *word = order_word(order);
    unsigned peak;

    if (order_is(word, "clear"))
        board->cpu.lowest_sp = board->avr->ramend;
    peak = cpu_peak_stack(board);
    if (end == NULL || end->address < SYMBOL_DATA)
        order_ok(order, "peak=%u", peak);
    else
        order_ok(
            order, "peak=%u static=%u free=%d", peak, end->address - SYMBOL_DATA - 0x100,
            (int)board->avr->ramend + 1 - (int)peak - (int)(end->address - SYMBOL_DATA));
}

static void do_peek(struct order *order)
{
    struct board *board = order->board;
    char *name = order_word(order);
    char *count_text = name == NULL ? NULL : order_word(order);
    const struct symbol *s = name == NULL ? NULL : symbols_find(&board->symbols, name);
    unsigned long address = 0, count = s != NULL && s->size > 0 ? s->size : 1;
    bool is_known = true;
    char text[2 * 4096 + 1] = "";

    if (s != NULL && s->address >= SYMBOL_DATA)
        address = s->address - SYMBOL_DATA;
    else if (!order_read_number(name, board->avr->ramend, &address))
        is_known = false;
    if (!is_known ||
        (count_text != NULL && !order_read_number(count_text, 4096, &count)) ||
        count == 0 || address + count > board->avr->ramend + 1ul) {
        order_error(order, "usage");
        return;
    }
    for (unsigned long i = 0; i < count; i++)
        sprintf(text + 2 * i, "%02x", board->avr->data[address + i]);
    order_ok(order, "%s", text);
}

const struct command command_parts[] = {
    {"adc", do_adc, "adc set A0..A7 0..1023, noise COUNTS, freeze, thaw"},
    {"eeprom", do_eeprom,
     "eeprom read ADDRESS [COUNT], write ADDRESS HEX, erase, "
     "rot ADDRESS [MASK [VALUE]], heal, save FILE, restore FILE, wear"},
    {"uart", do_uart, "uart send TEXT, take, lost"},
    {"millis", do_millis, "millis [set N]"},
    {"measure", do_measure, "measure FUNCTION, measure FROM TO"},
    {"cycles", do_cycles, "cycles FUNCTION, cycles FROM TO, cycles clear"},
    {"stack", do_stack, "stack [clear]"},
    {"peek", do_peek, "peek SYMBOL|ADDRESS [COUNT]"},
    {NULL, NULL, NULL}};
