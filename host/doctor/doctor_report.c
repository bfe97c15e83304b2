/* SPDX-License-Identifier: MIT */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 4096

/* A name from outside shall neither begin a line of its own nor steer the terminal. */
static void put_line(const char *head, const char *format, va_list arguments)
{
    char text[LINE_MAX_LEN];

    vsnprintf(text, sizeof text, format, arguments);
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    }
    printf("%s%s\n", head, text);
    fflush(stdout);
}

void doctor_ok(const char *what, const char *format, ...)
{
    char head[64];
    va_list arguments;

    snprintf(head, sizeof head, "ok     %s: ", what);
    va_start(arguments, format);
    put_line(head, format, arguments);
    va_end(arguments);
}

void doctor_skip(const char *what, const char *format, ...)
{
    char head[64];
    va_list arguments;

    snprintf(head, sizeof head, "-      %s: not examined: ", what);
    va_start(arguments, format);
    put_line(head, format, arguments);
    va_end(arguments);
}

static void put_cure(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_line("       cure: ", format, arguments);
    va_end(arguments);
}

void doctor_found(struct doctor *d, enum cause cause, const char *cure,
                  const char *format, ...)
{
    char head[64];
    va_list arguments;

    d->found++;
    snprintf(head, sizeof head, "FOUND  %d %s: ", (int)cause, cause_word(cause));
    va_start(arguments, format);
    put_line(head, format, arguments);
    va_end(arguments);
    put_cure("%s", cure);
}

void doctor_found_length(struct doctor *d, enum cause cause, const char *setting,
                         const char *what, unsigned device, unsigned file)
{
    char cure[80];

    snprintf(cure, sizeof cure, "write %s = %u, or set the device to %u", setting, device,
             file);
    doctor_found(d, cause, cure, "the device's %s %u bytes, the file says %u", what,
                 device, file);
}

void doctor_found_line(struct doctor *d, enum cause cause, const char *line)
{
    const char *cure = NULL;

    for (const char *at = strstr(line, "; "); at != NULL; at = strstr(at + 2, "; "))
        cure = at;
    if (cure == NULL)
        doctor_found(d, cause, "mend what the line above names", "%s", line);
    else
        doctor_found(d, cause, cure + 2, "%.*s", (int)(cure - line), line);
}
