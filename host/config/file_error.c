/* SPDX-License-Identifier: MIT */
#include "file_error.h"

#include <stdarg.h>
#include <stdio.h>

bool file_error_set(const struct file_error *error, unsigned line, const char *format,
                    ...)
{
    va_list arguments;
    int used;

    if (error->size == 0 || error->text[0] != '\0')
        return false;
    if (line == 0)
        used = snprintf(error->text, error->size, "%s: ", error->path);
    else
        used = snprintf(error->text, error->size, "%s:%u: ", error->path, line);
    if (used < 0 || (size_t)used >= error->size)
        return false;
    va_start(arguments, format);
    vsnprintf(error->text + used, error->size - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

bool file_error_no_memory(const struct file_error *error)
{
    return file_error_set(error, 0, "not enough memory to read it; free some");
}
