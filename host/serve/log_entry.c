/* SPDX-License-Identifier: MIT */
/* log_entry.c: each exchange writes a line, so the characters are put down one by one:
 * printf() takes as long for a line as the cryptography of an exchange. */
#include "log_entry.h"

#include "utf8.h"

#include <string.h>
#include <time.h>

#define DIGITS_MAX 20 /* of an int64_t, with its sign */

static void add(struct log_entry *entry, const char *text, size_t len)
{
    if (sizeof entry->text - entry->len <= len) {
        entry->is_cut = true;
        return;
    }
    memcpy(entry->text + entry->len, text, len);
    entry->len += len;
}

static void add_text(struct log_entry *entry, const char *text)
{
    add(entry, text, strlen(text));
}

/* At least so many digits. */
static void add_digits(struct log_entry *entry, uint64_t number, size_t least)
{
    char digits[DIGITS_MAX];
    size_t at = sizeof digits;

    while (number > 0 || sizeof digits - at < least) {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    }
    add(entry, digits + at, sizeof digits - at);
}

static void add_escaped(struct log_entry *entry, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    const char text[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};

    add(entry, text, sizeof text);
}

/* As JSON wants it, which people can read too. What is no UTF-8 loses its high bytes. */
static void add_quoted(struct log_entry *entry, const char *value)
{
    bool is_text = utf8_valid((const uint8_t *)value, strlen(value));

    add_text(entry, "\"");
    for (; *value != '\0'; value++) {
        unsigned char byte = (unsigned char)*value;

        if (byte < 0x20 || byte == 0x7f) {
            add_escaped(entry, byte);
        } else if (byte >= 0x80 && !is_text) {
            add_text(entry, "?");
        } else {
            if (byte == '"' || byte == '\\')
                add_text(entry, "\\");
            add(entry, value, 1);
        }
    }
    add_text(entry, "\"");
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

/* RFC 3339, in UTC. */
static void add_time(struct log_entry *entry)
{
    struct timespec now;
    struct tm parts;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    add_digits(entry, (uint64_t)parts.tm_year + 1900, 4);
    add_text(entry, "-");
    add_digits(entry, (uint64_t)parts.tm_mon + 1, 2);
    add_text(entry, "-");
    add_digits(entry, (uint64_t)parts.tm_mday, 2);
    add_text(entry, "T");
    add_digits(entry, (uint64_t)parts.tm_hour, 2);
    add_text(entry, ":");
    add_digits(entry, (uint64_t)parts.tm_min, 2);
    add_text(entry, ":");
    add_digits(entry, (uint64_t)parts.tm_sec, 2);
    add_text(entry, ".");
    add_digits(entry, (uint64_t)now.tv_nsec / 1000000, 3);
    add_text(entry, "Z");
}

void log_entry_begin(struct log_entry *entry, bool is_json, const char *event)
{
    entry->is_json = is_json;
    entry->is_cut = false;
    entry->len = 0;
    if (is_json)
        add_text(entry, "{\"time\":\"");
    add_time(entry);
    add_text(entry, is_json ? "\",\"event\":\"" : " ");
    add_text(entry, event);
    if (is_json)
        add_text(entry, "\"");
}

static void add_name(struct log_entry *entry, const char *name)
{
    add_text(entry, entry->is_json ? ",\"" : " ");
    add_text(entry, name);
    add_text(entry, entry->is_json ? "\":" : "=");
}

void log_entry_text(struct log_entry *entry, const char *name, const char *value)
{
    if (!entry->is_json && value == NULL)
        return;
    add_name(entry, name);
    if (value == NULL)
        add_text(entry, "null");
    else if (entry->is_json || !is_plain(value))
        add_quoted(entry, value);
    else
        add_text(entry, value);
}

void log_entry_number(struct log_entry *entry, const char *name, int64_t value)
{
    add_name(entry, name);
    if (value < 0)
        add_text(entry, "-");
    add_digits(entry, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

bool log_entry_end(struct log_entry *entry)
{
    add_text(entry, entry->is_json ? "}\n" : "\n");
    return !entry->is_cut;
}
