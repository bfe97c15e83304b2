/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "send_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LAST "last"

struct making {
    const struct device_file *file;
    struct send_command *command; /* the one under way */
    char *error;
    size_t error_size;
};

bool send_command_is_last(const struct send_options *options)
{
    return options->count == 1 && strcmp(options->words[0].command, LAST) == 0;
}

static bool refuse(const struct making *m, const char *what)
{
    snprintf(m->error, m->error_size, "%s: %s", m->command->name, what);
    return false;
}

static bool refuse_length(const struct making *m)
{
    snprintf(m->error, m->error_size,
             "%s: the argument has more than %d bytes; payload in %s allows no more",
             m->command->name, m->file->payload - 1, m->file->path);
    return false;
}

/* The names are for people; a long list is cut. */
static bool refuse_name(const struct making *m)
{
    const struct name_table *table = &m->file->commands;
    size_t used;

    snprintf(m->error, m->error_size, "%s has no command '%s'; it has", m->file->path,
             m->command->name);
    for (size_t row = 0; row < table->count; row++) {
        used = strlen(m->error);
        snprintf(m->error + used, m->error_size - used, "%s %s", row == 0 ? "" : ",",
                 table->names[row]);
    }
    return false;
}

static bool append(const struct making *m, const uint8_t *bytes, size_t len)
{
    struct send_command *command = m->command;

    if (len > (size_t)m->file->payload - command->len)
        return refuse_length(m);
    memcpy(command->bytes + command->len, bytes, len);
    command->len += len;
    return true;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c == '\0' ? NULL : strchr(digits, c);

    return found == NULL ? -1 : (int)(found - digits) & 15;
}

static bool append_hex(const struct making *m, const char *digits)
{
    for (; *digits != '\0'; digits += 2) {
        int high = hex_value(digits[0]);
        int low = high < 0 ? -1 : hex_value(digits[1]);
        uint8_t byte;

        if (low < 0)
            return refuse(m, "after hex: stand two hex digits for each byte");
        byte = (uint8_t)(high << 4 | low);
        if (!append(m, &byte, 1))
            return false;
    }
    return true;
}

/* One byte more than fits, to see that there is more. */
static bool append_input(const struct making *m)
{
    uint8_t bytes[sizeof m->command->bytes + 1];
    size_t have = 0;
    bool good;

    while (have < sizeof bytes) {
        ssize_t got = read(STDIN_FILENO, bytes + have, sizeof bytes - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(m, "cannot read the argument from standard input");
        if (got == 0)
            break;
        have += (size_t)got;
    }
    good = append(m, bytes, have);
    csign_wipe(bytes, sizeof bytes);
    return good;
}

static bool append_argument(const struct making *m, const char *argument)
{
    if (argument == NULL)
        return true;
    if (!m->file->is_sealed)
        return refuse(m, "classic commands take no argument; sealed ones do");
    if (strcmp(argument, "-") == 0)
        return append_input(m);
    if (strncmp(argument, "hex:", 4) == 0)
        return append_hex(m, argument + 4);
    return append(m, (const uint8_t *)argument, strlen(argument));
}

static bool make(const struct making *m, const struct send_words *words)
{
    const struct name_table *table = &m->file->commands;
    size_t row;

    m->command->name = words->command;
    if (strcmp(words->command, LAST) == 0)
        return refuse(m, "stands alone: no other command, no argument");
    row = name_table_find(table, words->command);
    if (row == CSIGN_NO_ROW)
        return refuse_name(m);
    memcpy(m->command->bytes, table->codes + row * table->len, table->len);
    m->command->len = table->len;
    return append_argument(m, words->argument);
}

static bool refuse_together(const struct send_options *options,
                            const struct device_file *file, char *error,
                            size_t error_size)
{
    size_t inputs = 0;

    for (size_t i = 0; i < options->count; i++) {
        const char *argument = options->words[i].argument;

        inputs += argument != NULL && strcmp(argument, "-") == 0;
    }
    if (inputs > 1)
        snprintf(error, error_size,
                 "standard input can be the argument of one command only");
    else if (options->count > 1 && !file->is_sealed)
        snprintf(error, error_size,
                 "a classic connection carries one command; send them one by one");
    else
        return false;
    return true;
}

struct send_command *send_commands_make(const struct send_options *options,
                                        const struct device_file *file, char *error,
                                        size_t error_size)
{
    struct send_command *commands;

    if (refuse_together(options, file, error, error_size))
        return NULL;
    commands = calloc(options->count, sizeof *commands);
    if (commands == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < options->count; i++) {
        struct making m = {file, &commands[i], error, error_size};

        if (!make(&m, &options->words[i])) {
            send_commands_free(commands, options->count);
            return NULL;
        }
    }
    return commands;
}

void send_commands_free(struct send_command *commands, size_t count)
{
    if (commands != NULL)
        csign_wipe(commands, count * sizeof *commands);
    free(commands);
}
