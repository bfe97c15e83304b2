/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "device_file.h"

#include "device_parts.h"
#include "device_values.h"
#include "ini_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const section_names[SECTIONS] = {"device", "commands", "answers",
                                                    "keys", "run"};

/* In [device] every name is known or refused; elsewhere it has to look like one. */
static bool check_name(const struct reading *reading, const char *name, unsigned line)
{
    return value_is_name(name) ||
           file_error_set(&reading->error, line,
                          "the name is not 1 to 32 letters, digits, _ . or -, or begins "
                          "with -; choose another");
}

static bool take_entry(void *user, unsigned section, const char *name, const char *value,
                       unsigned line)
{
    struct reading *reading = user;
    struct raw_list *list = section == SECTION_KEYS ? &reading->keys : &reading->runs;

    if (!check_name(reading, name, line))
        return false;
    if (value[0] == '\0')
        return file_error_set(&reading->error, line,
                              "there is no value after =; write one or drop the line");
    if (section == SECTION_DEVICE)
        return device_settings_take(reading, name, value, line);
    if (section == SECTION_COMMANDS || section == SECTION_ANSWERS)
        return device_tables_take(reading, (enum section)section, name, value, line);
    return raw_list_add(list, name, value, line) || file_error_no_memory(&reading->error);
}

static bool read_lines(struct reading *reading)
{
    struct ini_lines lines = {.sections = section_names,
                              .section_count = SECTIONS,
                              .entry = take_entry,
                              .user = reading,
                              .error = &reading->error};
    FILE *stream = fopen(reading->error.path, "re");
    bool is_good;

    if (stream == NULL)
        return file_error_set(&reading->error, 0, "%s; give a file that can be read",
                              strerror(errno));
    if ((reading->role & DEVICE_FILE_FOR_DEVICE) == 0)
        lines.skipped = 1U << SECTION_KEYS | 1U << SECTION_RUN;
    is_good = ini_lines_read(&lines, stream);
    fclose(stream);
    memcpy(reading->headings, lines.headings, sizeof reading->headings);
    return is_good;
}

/* What relative paths start from: where the file lies. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool read_all(struct reading *reading)
{
    struct device_file *file = reading->file;

    file->path = strdup(reading->error.path);
    file->directory = directory_of(reading->error.path);
    if (file->path == NULL || file->directory == NULL)
        return file_error_no_memory(&reading->error);
    return read_lines(reading) && device_settings_finish(reading) &&
           device_tables_finish(reading) && device_keys_finish(reading) &&
           device_run_finish(reading);
}

bool device_file_read(struct device_file *file, const char *path,
                      enum device_file_role role, char *error, size_t error_size)
{
    struct reading reading = {
        .file = file, .role = role, .error = {path, error, error_size}};
    bool is_good;

    memset(file, 0, sizeof *file);
    if (error_size > 0)
        error[0] = '\0';
    is_good = read_all(&reading);
    for (size_t i = 0; i < SETTINGS; i++)
        raw_entry_free(&reading.settings[i]);
    raw_list_free(&reading.keys);
    raw_list_free(&reading.runs);
    name_index_free(&reading.index);
    return is_good;
}

static void free_secret(char *text)
{
    if (text != NULL)
        csign_wipe(text, strlen(text));
    free(text);
}

static void free_runs(struct device_file *file)
{
    for (size_t row = 0; file->runs != NULL && row < file->commands.count; row++) {
        if (file->runs[row].argv != NULL)
            free(file->runs[row].argv[0]);
        free(file->runs[row].argv);
    }
    free(file->runs);
}

void device_file_note_unused(struct device_file *file, const char *name, unsigned line)
{
    if (file->unused_count < UNUSED_SETTINGS_MAX)
        file->unused[file->unused_count++] = (struct unused_setting){name, line};
}

void device_file_free(struct device_file *file)
{
    for (size_t i = 0; i < file->key_count; i++) {
        free(file->keys[i].name);
        free_secret(file->keys[i].reference);
    }
    free(file->keys);
    free_secret(file->key);
    free(file->store);
    free_runs(file);
    name_table_free(&file->commands);
    name_table_free(&file->answers);
    free(file->directory);
    free(file->path);
    memset(file, 0, sizeof *file);
}

csign_settings device_file_settings(const struct device_file *file, csign_any_work *work)
{
    csign_settings settings = {
        .hasher = {file->hash, &work->head},
        .id = file->id,
        .id_len = (uint8_t)strlen(file->id),
        .wake = file->wake,
        .challenge = file->challenge,
        .tag = file->tag,
        .request_max = file->payload,
        .reply_max = UINT8_MAX,
        .is_link = file->address.kind == ADDRESS_SERIAL,
        .deadline_ms = file->deadline_ms,
    };

    return settings;
}
