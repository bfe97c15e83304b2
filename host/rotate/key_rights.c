/* SPDX-License-Identifier: MIT */
#include "key_rights.h"

#include "device_values.h"

#include <stdio.h>
#include <string.h>

#define ROWS_WITH_A_RIGHT 31

struct reading {
    const struct device_file *file;
    uint32_t rights;
    const char *late; /* a command that has no right of its own, or NULL */
    char *error;
    size_t error_size;
};

/* Not repeated: a key that was put in the wrong place is no word to print. */
static bool refuse_word(const struct reading *r)
{
    snprintf(r->error, r->error_size,
             "--rights holds a word that is no command of %s; write its commands with "
             "commas between them, all or admin",
             r->file->path);
    return false;
}

static bool add(struct reading *r, const char *word)
{
    size_t row;

    if (strcmp(word, "all") == 0) {
        r->rights |= CSIGN_RIGHTS_ALL;
        return true;
    }
    if (strcmp(word, "admin") == 0) {
        r->rights |= CSIGN_RIGHT_ADMIN;
        return true;
    }
    row = name_table_find(&r->file->commands, word);
    if (row == CSIGN_NO_ROW)
        return refuse_word(r);
    if (row < ROWS_WITH_A_RIGHT)
        r->rights |= (uint32_t)1 << row;
    else
        r->late = r->file->commands.names[row];
    return true;
}

static bool add_part(struct reading *r, const char *part, size_t len)
{
    char word[NAME_MAX_LEN + 1];

    while (len > 0 && *part == ' ') {
        part++;
        len--;
    }
    while (len > 0 && part[len - 1] == ' ')
        len--;
    if (len == 0 || len > NAME_MAX_LEN)
        return refuse_word(r);
    memcpy(word, part, len);
    word[len] = '\0';
    return add(r, word);
}

bool key_rights_read(const struct device_file *file, const char *text, uint32_t *rights,
                     char *error, size_t error_size)
{
    struct reading r = {file, 0, NULL, error, error_size};

    for (;;) {
        size_t len = strcspn(text, ",");

        if (!add_part(&r, text, len))
            return false;
        if (text[len] == '\0')
            break;
        text += len + 1;
    }
    *rights = r.rights;
    if (r.late == NULL || (r.rights & CSIGN_RIGHTS_ALL) == CSIGN_RIGHTS_ALL)
        return true;
    snprintf(error, error_size,
             "%s is after the 31st command and has no right of its own; write all",
             r.late);
    return false;
}
