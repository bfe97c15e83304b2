/* SPDX-License-Identifier: MIT */
/* device_keys.c: `key` and [keys]. Nothing that stands in them is repeated in an error.
 */
#define _DEFAULT_SOURCE 1

#include "device_parts.h"
#include "device_values.h"
#include "secret.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool check_length(const struct reading *reading, size_t len, size_t most,
                         unsigned line)
{
    if (len > most)
        return file_error_set(&reading->error, line,
                              "the key has over %zu bytes, more than a store holds; make "
                              "one with countersign keygen",
                              most);
    return len >= (reading->file->is_sealed ? CSIGN_SEALED_KEY_MIN : 1) ||
           file_error_set(&reading->error, line,
                          "the key has under %d bytes, too few for sealed; make one with "
                          "countersign keygen",
                          CSIGN_SEALED_KEY_MIN);
}

/* A key that stands in the file itself can be judged at once. */
static bool check_inline(const struct reading *reading, const char *reference,
                         size_t most, unsigned line)
{
    struct secret secret;
    char error[256];
    size_t len;

    if (!secret_read(&secret, reference, reading->file->directory, error, sizeof error))
        return file_error_set(&reading->error, line, "%s%s", error,
                              strchr(error, ';') == NULL ? "; write it anew" : "");
    len = secret.len;
    secret_wipe(&secret);
    return check_length(reading, len, most, line);
}

/* The bytes that a key of the device may have. */
static size_t longest_held(const struct reading *reading)
{
    return reading->file->store != NULL ? CSIGN_NEW_KEY_LEN : SECRET_MAX;
}

static bool check_reference(const struct reading *reading, const char *reference,
                            size_t most, unsigned line)
{
    if (strcmp(reference, "file:") == 0)
        return file_error_set(&reading->error, line,
                              "no path after file:; write the key file's");
    if (strcmp(reference, "env:") == 0)
        return file_error_set(&reading->error, line,
                              "no name after env:; write the variable's");
    if (starts_with(reference, "file:") || starts_with(reference, "env:"))
        return true;
    if (starts_with(reference, "hex:") || starts_with(reference, "text:") ||
        strncasecmp(reference, "csk1", 4) == 0)
        return check_inline(reading, reference, most, line);
    return file_error_set(&reading->error, line,
                          "not a key; write file:PATH, env:NAME, or the key itself as "
                          "csk1.., hex:.. or text:..");
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The last colon between two blanks, since a reference may hold some; NULL: none. */
static char *find_colon(char *value)
{
    for (char *at = value + strlen(value); at > value; at--) {
        if (*at == ':' && is_blank(at[-1]) && is_blank(at[1]))
            return at;
    }
    return NULL;
}

static void cut_end(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && is_blank(text[len - 1]))
        text[--len] = '\0';
}

/* A command from row 31 on is only noted in *late: it needs every other right too. */
static bool add_right(const struct reading *reading, const char *word, unsigned line,
                      uint32_t *rights, size_t *late)
{
    size_t row;

    if (strcmp(word, "all") == 0 || strcmp(word, "admin") == 0) {
        *rights |= word[1] == 'l' ? CSIGN_RIGHTS_ALL : CSIGN_RIGHT_ADMIN;
        return true;
    }
    row = name_index_find(&reading->index, word);
    if (row == CSIGN_NO_ROW)
        return file_error_set(&reading->error, line,
                              "a right that is no command; behind the last \" : \" write "
                              "commands with commas between them, all or admin");
    if (row < 31)
        *rights |= (uint32_t)1 << row;
    else
        *late = row;
    return true;
}

static bool take_rights(const struct reading *reading, char *text, unsigned line,
                        uint32_t *rights)
{
    size_t late = CSIGN_NO_ROW;
    char *rest = text, *word;

    *rights = 0;
    while ((word = strsep(&rest, ",")) != NULL) {
        word += strspn(word, " \t");
        cut_end(word);
        if (!add_right(reading, word, line, rights, &late))
            return false;
    }
    return late == CSIGN_NO_ROW || (*rights & CSIGN_RIGHTS_ALL) == CSIGN_RIGHTS_ALL ||
           file_error_set(
               &reading->error, line,
               "%s in line %u is after the 31st command and has no right of its "
               "own; write all, or move it up while no key is stored",
               reading->file->commands.names[late], reading->file->commands.lines[late]);
}

static bool keep(const struct reading *reading, struct device_key *key, const char *name,
                 const char *reference, unsigned line)
{
    key->name = strdup(name);
    key->reference = strdup(reference);
    key->line = line;
    return (key->name != NULL && key->reference != NULL) ||
           file_error_no_memory(&reading->error);
}

static bool take_key(struct reading *reading, struct raw_entry *entry)
{
    struct device_file *file = reading->file;
    struct device_key *key = &file->keys[file->key_count];
    char *colon = find_colon(entry->value);

    for (size_t i = 0; i < file->key_count; i++) {
        if (strcmp(file->keys[i].name, entry->name) == 0)
            return file_error_set(
                &reading->error, entry->line,
                "%s is there twice, first in line %u; rename or drop one", entry->name,
                file->keys[i].line);
    }
    if (colon == NULL)
        return file_error_set(
            &reading->error, entry->line,
            "no rights; write name = KEY : on, off with blanks around the "
            "colon, or : all");
    *colon = '\0';
    cut_end(entry->value);
    file->key_count++;
    return keep(reading, key, entry->name, entry->value, entry->line) &&
           check_reference(reading, key->reference, longest_held(reading), entry->line) &&
           take_rights(reading, colon + 1, entry->line, &key->rights);
}

static bool take_keys_section(struct reading *reading)
{
    struct raw_list *list = &reading->keys;

    if (list->count == 0)
        return file_error_set(&reading->error, reading->headings[SECTION_KEYS],
                              "[keys] is empty; write name = KEY : rights, or drop it to "
                              "use key");
    if (list->count > KEYS_MAX)
        return file_error_set(&reading->error, list->entries[KEYS_MAX].line,
                              "over 254 keys; drop some");
    if (list->count > STORED_KEYS_MAX && reading->file->store != NULL)
        return file_error_set(&reading->error, list->entries[STORED_KEYS_MAX].line,
                              "over %d keys, more than a store holds; drop some",
                              STORED_KEYS_MAX);
    reading->file->has_keys_section = true;
    reading->file->keys = calloc(list->count, sizeof *reading->file->keys);
    if (reading->file->keys == NULL)
        return file_error_no_memory(&reading->error);
    for (size_t i = 0; i < list->count; i++) {
        if (!take_key(reading, &list->entries[i]))
            return false;
    }
    return true;
}

static bool take_only_key(struct reading *reading)
{
    struct device_file *file = reading->file;

    file->keys = calloc(1, sizeof *file->keys);
    if (file->keys == NULL)
        return file_error_no_memory(&reading->error);
    file->key_count = 1;
    file->keys[0].rights = CSIGN_RIGHTS_EVERY;
    return keep(reading, &file->keys[0], "key", file->key, file->key_line);
}

/* The client's key, which is also the device's where there is no [keys]. A device with
 * [keys] does not look at it. */
static bool take_client_key(struct reading *reading)
{
    const struct raw_entry *entry = &reading->settings[SETTING_KEY];

    if (entry->line == 0)
        return file_error_set(&reading->error, reading->headings[SECTION_DEVICE],
                              "[device] has no key; write key = file:PATH, and make the "
                              "file with countersign keygen -o PATH");
    reading->file->key = strdup(entry->value);
    reading->file->key_line = entry->line;
    if (reading->file->key == NULL)
        return file_error_no_memory(&reading->error);
    return check_reference(reading, reading->file->key,
                           reading->headings[SECTION_KEYS] == 0 ? longest_held(reading)
                                                                : SECRET_MAX,
                           entry->line);
}

static bool needs_client_key(const struct reading *reading)
{
    if (reading->headings[SECTION_KEYS] == 0 || reading->role == DEVICE_FILE_FOR_CLIENT)
        return true;
    return reading->role == DEVICE_FILE_FOR_BOTH &&
           reading->settings[SETTING_KEY].line != 0;
}

bool device_keys_finish(struct reading *reading)
{
    if (reading->role == DEVICE_FILE_FOR_HEADER)
        return true;
    if (needs_client_key(reading) && !take_client_key(reading))
        return false;
    if (reading->role == DEVICE_FILE_FOR_CLIENT)
        return true;
    return reading->headings[SECTION_KEYS] != 0 ? take_keys_section(reading)
                                                : take_only_key(reading);
}
