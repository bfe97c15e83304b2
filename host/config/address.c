/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "address.h"

#include "device_values.h"
#include "serial_line.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define UNIX_PATH_MAX_LEN 107 /* sun_path without its 0 */
#define BOOT_MAX          60000
#define BAUD_PRESET       115200
#define BOOT_PRESET       2000
#define LETTERS           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define HOST_LETTERS      LETTERS "0123456789-._"

struct report {
    char *error;
    size_t size;
};

/* Always false, so that a caller can return it. */
static bool refuse(const struct report *report, const char *what_and_cure)
{
    snprintf(report->error, report->size, "%s", what_and_cure);
    return false;
}

static bool take_port(struct address *address, const char *text,
                      const struct report *report)
{
    uint32_t port;

    if (!value_number(&port, text) || port > 65535)
        return refuse(report, "the address has no port from 0 to 65535; write "
                              "tcp://HOST:PORT");
    snprintf(address->port, sizeof address->port, "%u", (unsigned)(uint16_t)port);
    return true;
}

/* allowed: the characters that a host of this form has. */
static bool take_host(struct address *address, const char *text, size_t len,
                      const char *allowed, const struct report *report)
{
    if (len == 0 || len >= sizeof address->host || strspn(text, allowed) < len)
        return refuse(report,
                      "the address has no valid host; write tcp://HOST:PORT, with "
                      "brackets around an IPv6 address");
    memcpy(address->host, text, len);
    address->host[len] = '\0';
    return true;
}

static bool take_tcp(struct address *address, const char *text,
                     const struct report *report)
{
    const char *end = strchr(text, text[0] == '[' ? ']' : ':');

    address->kind = ADDRESS_TCP;
    if (end == NULL || (text[0] == '[' && end[1] != ':'))
        return refuse(report, "the address has no port; write tcp://HOST:PORT, with "
                              "brackets around an IPv6 address");
    if (text[0] == '[')
        return take_host(address, text + 1, (size_t)(end - text - 1), HOST_LETTERS ":%",
                         report) &&
               take_port(address, end + 2, report);
    return take_host(address, text, (size_t)(end - text), HOST_LETTERS, report) &&
           take_port(address, end + 1, report);
}

static bool take_path(struct address *address, const char *path, const char *directory,
                      size_t longest, const struct report *report)
{
    bool is_absolute = path[0] == '/';
    int len = snprintf(address->path, sizeof address->path, "%s%s%s",
                       is_absolute ? "" : directory, is_absolute ? "" : "/", path);

    if (path[0] == '\0')
        return refuse(report, "the address has no path; write unix:PATH or serial:PATH");
    if (len < 0 || (size_t)len > longest)
        return refuse(report,
                      "the path of the address is too long; a Unix socket's has at "
                      "most 107 bytes, a serial line's 255");
    return true;
}

static bool take_option(struct address *address, const char *option, bool *has_baud,
                        bool *has_boot, const struct report *report)
{
    uint32_t number;

    if (strncmp(option, "baud=", 5) == 0 && !*has_baud) {
        *has_baud = true;
        address->baud = value_number(&number, option + 5) ? number : 0;
        return serial_line_knows(address->baud) ||
               refuse(report,
                      "the baud rate is none that the system knows; write one such "
                      "as 115200");
    }
    if (strncmp(option, "boot=", 5) == 0 && !*has_boot) {
        *has_boot = true;
        if (!value_number(&number, option + 5) || number > BOOT_MAX)
            return refuse(report, "boot is not a number from 0 to 60000; write one");
        address->boot = number;
        return true;
    }
    return refuse(report, "the serial line has an unknown or repeated option; write "
                          "serial:PATH?baud=N&boot=MS");
}

static bool take_serial(struct address *address, const char *text, const char *directory,
                        const struct report *report)
{
    char copy[256], *options = copy, *option;
    bool has_baud = false, has_boot = false;

    address->kind = ADDRESS_SERIAL;
    address->baud = BAUD_PRESET;
    address->boot = BOOT_PRESET;
    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
        return refuse(report, "the address is too long; shorten the path");
    strsep(&options, "?");
    while ((option = strsep(&options, "&")) != NULL) {
        if (!take_option(address, option, &has_baud, &has_boot, report))
            return false;
    }
    return take_path(address, copy, directory, sizeof address->path - 1, report);
}

bool address_parse(struct address *address, const char *text, const char *directory,
                   char *error, size_t error_size)
{
    struct report report = {error, error_size};

    memset(address, 0, sizeof *address);
    if (strncmp(text, "tcp://", 6) == 0)
        return take_tcp(address, text + 6, &report);
    if (strncmp(text, "serial:", 7) == 0)
        return take_serial(address, text + 7, directory, &report);
    if (strncmp(text, "unix:", 5) == 0) {
        address->kind = ADDRESS_UNIX;
        return take_path(address, text + 5, directory, UNIX_PATH_MAX_LEN, &report);
    }
    return refuse(&report, "not an address; write tcp://HOST:PORT, unix:PATH or "
                           "serial:PATH?baud=N&boot=MS");
}

void address_format(const struct address *address, char *text, size_t size)
{
    bool has_colon = strchr(address->host, ':') != NULL;

    if (address->kind == ADDRESS_TCP)
        snprintf(text, size, "tcp://%s%s%s:%s", has_colon ? "[" : "", address->host,
                 has_colon ? "]" : "", address->port);
    else if (address->kind == ADDRESS_UNIX)
        snprintf(text, size, "unix:%s", address->path);
    else
        snprintf(text, size, "serial:%s?baud=%u&boot=%u", address->path, address->baud,
                 address->boot);
}
