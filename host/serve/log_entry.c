/* SPDX-License-Identifier: MIT */
#include "log_entry.h"

#include "utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void add(struct log_entry *entry, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct log_entry *entry, const char *format, ...)
{
    size_t room = sizeof entry->text - entry->len;
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(entry->text + entry->len, room, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= room)
        entry->is_cut = true;
    else
        entry->len += (size_t)len;
}

/* As JSON wants it, which people can read too. What is no UTF-8 loses its high bytes. */
static void add_quoted(struct log_entry *entry, const char *value)
{
    bool is_text = utf8_valid((const uint8_t *)value, strlen(value));

    add(entry, "\"");
    for (; *value != '\0'; value++) {
        unsigned char byte = (unsigned char)*value;

        if (byte == '"' || byte == '\\')
            add(entry, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            add(entry, "\\u%04x", byte);
        else if (byte >= 0x80 && !is_text)
            add(entry, "?");
        else
            add(entry, "%c", byte);
    }
    add(entry, "\"");
}

static bool is_plain(const char *value)
{
    if (*value == '\0')
        return false;
    for (; *value != '\0'; value++) {
        if (*value <= ' ' || *value > '~' || *value == '"')
            return false;
    }
    return true;
}

static void add_time(struct log_entry *entry)
{
    struct timespec now;
    struct tm parts;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    add(entry, "%s.%03dZ", text, (int)(now.tv_nsec / 1000000));
}

void log_entry_begin(struct log_entry *entry, bool is_json, const char *event)
{
    entry->is_json = is_json;
    entry->is_cut = false;
    entry->len = 0;
    if (is_json)
        add(entry, "{\"time\":\"");
    add_time(entry);
    add(entry, is_json ? "\",\"event\":\"%s\"" : " %s", event);
}

void log_entry_text(struct log_entry *entry, const char *name, const char *value)
{
    if (!entry->is_json && value == NULL)
        return;
    add(entry, entry->is_json ? ",\"%s\":" : " %s=", name);
    if (value == NULL)
        add(entry, "null");
    else if (entry->is_json || !is_plain(value))
        add_quoted(entry, value);
    else
        add(entry, "%s", value);
}

void log_entry_number(struct log_entry *entry, const char *name, int64_t value)
{
    add(entry, entry->is_json ? ",\"%s\":%" PRId64 : " %s=%" PRId64, name, value);
}

bool log_entry_end(struct log_entry *entry)
{
    add(entry, entry->is_json ? "}\n" : "\n");
    return !entry->is_cut;
}
