/* SPDX-License-Identifier: MIT */
/* device_tables.c: [commands] and [answers]. */
#include "device_parts.h"
#include "device_values.h"

#include <string.h>

#define OWN_CODES 0xf0 /* and above: the protocol's, in sealed */

static struct name_table *table_of(struct reading *reading, enum section section)
{
    return section == SECTION_COMMANDS ? &reading->file->commands
                                       : &reading->file->answers;
}

static bool check_length(const struct reading *reading, const struct name_table *table,
                         size_t len, unsigned line)
{
    if (len == 0)
        return file_error_set(
            &reading->error, line,
            "the code is not 1 to 16 bytes in hex; write two digits for "
            "each byte, such as 0a");
    if (table->count > 0 && len != table->len)
        return file_error_set(
            &reading->error, line,
            "the code has %zu bytes, but the one in line %u has %u; make "
            "all codes of a section equally long",
            len, table->lines[0], (unsigned)table->len);
    return true;
}

bool device_tables_take(struct reading *reading, enum section section, const char *name,
                        const char *value, unsigned line)
{
    struct name_table *table = table_of(reading, section);
    uint8_t code[CSIGN_CODE_MAX];
    size_t len = value_hex(code, sizeof code, value);

    return check_length(reading, table, len, line) &&
           (name_table_add(table, name, code, (uint8_t)len, line) ||
            file_error_no_memory(&reading->error));
}

/* What `send` and the rights of [keys] mean by these words is something else. */
static bool check_reserved(const struct reading *reading)
{
    static const char *const reserved[] = {"last", "set-key", "drop-key", "all", "admin"};
    const struct name_table *commands = &reading->file->commands;

    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        size_t row = name_index_find(&reading->index, reserved[i]);

        if (row != CSIGN_NO_ROW)
            return file_error_set(&reading->error, commands->lines[row],
                                  "%s is a reserved name; give the command another",
                                  reserved[i]);
    }
    return true;
}

static bool check_sealed(struct reading *reading)
{
    const struct name_table *commands = &reading->file->commands;

    if (reading->headings[SECTION_ANSWERS] != 0) {
        name_table_free(&reading->file->answers);
        device_file_note_unused(reading->file, "[answers]",
                                reading->headings[SECTION_ANSWERS]);
    }
    if (commands->len != 1)
        return file_error_set(&reading->error, commands->lines[0],
                              "the code has %u bytes; write one byte, as sealed has it",
                              (unsigned)commands->len);
    for (size_t row = 0; row < commands->count; row++) {
        if (commands->codes[row] >= OWN_CODES)
            return file_error_set(&reading->error, commands->lines[row],
                                  "the codes f0 to ff are the protocol's own; take one "
                                  "from 00 to ef");
    }
    return true;
}

static bool check_commands(struct reading *reading)
{
    struct name_table *commands = &reading->file->commands;

    if (reading->headings[SECTION_COMMANDS] == 0)
        return file_error_set(&reading->error, 1,
                              "there is no [commands]; write it with a name = code for "
                              "each command");
    if (commands->count == 0)
        return file_error_set(
            &reading->error, reading->headings[SECTION_COMMANDS],
            "[commands] is empty; write a name = code for each command");
    if (!name_index_make(&reading->index, commands))
        return file_error_no_memory(&reading->error);
    return name_index_is_unique(&reading->index, commands, &reading->error) &&
           check_reserved(reading) &&
           name_table_codes_are_unique(commands, &reading->error);
}

static bool check_overlap(const struct reading *reading)
{
    const struct device_file *file = reading->file;
    size_t answer, command;

    if (file->may_overlap)
        return true;
    if (!name_tables_shared(&file->commands, &file->answers, &answer, &command))
        return file_error_no_memory(&reading->error);
    return answer == CSIGN_NO_ROW ||
           file_error_set(&reading->error, file->answers.lines[answer],
                          "%s has the code of the command %s in line %u, so that a false "
                          "device could send a request back; give it another, or write "
                          "overlap = allow under [device]",
                          file->answers.names[answer], file->commands.names[command],
                          file->commands.lines[command]);
}

static bool check_answers(const struct reading *reading)
{
    const struct device_file *file = reading->file;
    struct name_index index = {0};
    bool is_good;

    if (reading->headings[SECTION_ANSWERS] == 0)
        return true;
    if (file->answers.count == 0)
        return file_error_set(
            &reading->error, reading->headings[SECTION_ANSWERS],
            "[answers] is empty; drop it if the device does not answer");
    is_good = name_index_make(&index, &file->answers)
                  ? name_index_is_unique(&index, &file->answers, &reading->error)
                  : file_error_no_memory(&reading->error);
    name_index_free(&index);
    return is_good && name_table_codes_are_unique(&file->answers, &reading->error) &&
           check_overlap(reading);
}

bool device_tables_finish(struct reading *reading)
{
    return check_commands(reading) &&
           (reading->file->is_sealed ? check_sealed(reading) : check_answers(reading));
}
