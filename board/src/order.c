/* SPDX-License-Identifier: MIT */
/* The words of a command, and its answer. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

char *order_word(struct order *order)
{
    char *word = order->rest + strspn(order->rest, " \t\r");
    size_t length = strcspn(word, " \t\r");

    if (length == 0)
        return NULL;
    order->rest = word + length;
    if (*order->rest != '\0')
        *order->rest++ = '\0';
    return word;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char unescape(const char **in)
{
    char c = *(*in)++;

    if (c == 'x' && hex_digit((*in)[0]) >= 0 && hex_digit((*in)[1]) >= 0) {
        c = (char)(hex_digit((*in)[0]) << 4 | hex_digit((*in)[1]));
        *in += 2;
        return c;
    }
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

char *order_text(struct order *order, size_t *length)
{
    char *text = order->rest;
    const char *in = text;
    char *out = text;

    while (*in != '\0' && *in != '\r') {
        if (*in == '\\' && in[1] != '\0') {
            in++;
            *out++ = unescape(&in);
        } else {
            *out++ = *in++;
        }
    }
    *out = '\0';
    *length = (size_t)(out - text);
    return text;
}

static void answer(struct order *order, const char *head, const char *format,
                   va_list args)
{
    int used = snprintf(order->answer, order->size, "%s%s", head, *format ? " " : "");

    vsnprintf(order->answer + used, order->size - (size_t)used, format, args);
}

void order_ok(struct order *order, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    answer(order, "ok", format, args);
    va_end(args);
}

void order_error(struct order *order, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    answer(order, "error", format, args);
    va_end(args);
}

bool order_read_time(const struct order *order, const char *text, uint64_t *cycles)
{
    char *unit;
    double value = text == NULL ? -1 : strtod(text, &unit);
    double hz = order->board->avr->frequency;

    if (text == NULL || unit == text || value < 0)
        return false;
    if (strcmp(unit, "s") == 0)
        value *= hz;
    else if (strcmp(unit, "ms") == 0)
        value *= hz / 1e3;
    else if (strcmp(unit, "us") == 0)
        value *= hz / 1e6;
    else if (*unit != '\0' && strcmp(unit, "cycles") != 0)
        return false;
    *cycles = (uint64_t)(value + 0.5);
    return true;
}

bool order_read_number(const char *text, unsigned long max, unsigned long *value)
{
    char *end;

    if (text == NULL || *text == '-')
        return false;
    *value = strtoul(text, &end, 0);
    return end != text && *end == '\0' && *value <= max;
}

void order_done(struct order *order, bool understood)
{
    if (understood)
        order_ok(order, "%s", "");
    else
        order_error(order, "usage");
}

bool order_is(const char *word, const char *wanted)
{
    return word != NULL && strcmp(word, wanted) == 0;
}
