/* SPDX-License-Identifier: MIT */
/* device_run.c: [run]. */
#include "device_parts.h"
#include "device_values.h"

#include <stdlib.h>
#include <string.h>

/* The first word becomes the program's path, at the device file's directory when it is
 * relative. Nothing is searched for in PATH: what runs is what the file says. */
static bool place_program(const struct reading *reading, struct device_run *run,
                          unsigned line)
{
    const char *program = run->argv[0];

    run->argv[0] = NULL;
    if (strchr(program, '/') == NULL)
        return file_error_set(&reading->error, line,
                              "the program has no directory, and PATH is not searched; "
                              "write its path, from / on or from this file with ./");
    run->argv[0] = value_path(reading->file->directory, program);
    return run->argv[0] != NULL || file_error_no_memory(&reading->error);
}

static bool take_program(const struct reading *reading, struct device_run *run,
                         const struct raw_entry *entry)
{
    bool is_open;

    run->argv = value_words(entry->value, &is_open);
    run->line = entry->line;
    if (is_open)
        return file_error_set(&reading->error, entry->line,
                              "a double quote is not closed; write a second one");
    if (run->argv == NULL)
        return file_error_no_memory(&reading->error);
    return place_program(reading, run, entry->line);
}

static bool take_run(const struct reading *reading, const struct raw_entry *entry)
{
    size_t row = name_index_find(&reading->index, entry->name);
    struct device_run *run;

    if (row == CSIGN_NO_ROW)
        return file_error_set(&reading->error, entry->line,
                              "the name is no command of [commands]; use one of those");
    run = &reading->file->runs[row];
    if (run->line != 0)
        return file_error_set(&reading->error, entry->line,
                              "%s is there twice, first in line %u; drop one",
                              entry->name, run->line);
    return take_program(reading, run, entry);
}

/* serve tells by them how a program ended. */
static bool check_answers(const struct reading *reading)
{
    const struct name_table *answers = &reading->file->answers;

    return answers->count == 0 ||
           (name_table_find(answers, "done") != CSIGN_NO_ROW &&
            name_table_find(answers, "failed") != CSIGN_NO_ROW) ||
           file_error_set(&reading->error, reading->headings[SECTION_ANSWERS],
                          "[answers] lacks done or failed, which programs of [run] are "
                          "answered with; write both");
}

bool device_run_finish(struct reading *reading)
{
    struct device_file *file = reading->file;

    if ((reading->role & DEVICE_FILE_FOR_DEVICE) == 0 ||
        reading->headings[SECTION_RUN] == 0)
        return true;
    if (reading->runs.count == 0)
        return file_error_set(&reading->error, reading->headings[SECTION_RUN],
                              "[run] is empty; write name = program, or drop it");
    file->runs = calloc(file->commands.count, sizeof *file->runs);
    if (file->runs == NULL)
        return file_error_no_memory(&reading->error);
    for (size_t i = 0; i < reading->runs.count; i++) {
        if (!take_run(reading, &reading->runs.entries[i]))
            return false;
    }
    return check_answers(reading);
}
