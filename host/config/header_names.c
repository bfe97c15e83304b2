/* SPDX-License-Identifier: MIT */
#include "header_names.h"

#include <stdlib.h>
#include <string.h>

struct named_row {
    char name[HEADER_NAME_SIZE];
    size_t row;
};

void header_name(char name[HEADER_NAME_SIZE], const char *from)
{
    size_t i;

    for (i = 0; i + 1 < HEADER_NAME_SIZE && from[i] != '\0'; i++) {
        bool is_small = from[i] >= 'a' && from[i] <= 'z';
        bool is_sign = from[i] == '-' || from[i] == '.';

        name[i] = is_small ? (char)(from[i] - 'a' + 'A') : is_sign ? '_' : from[i];
    }
    name[i] = '\0';
}

static int by_name(const void *a, const void *b)
{
    const struct named_row *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    return order != 0 ? order : (left->row > right->row) - (left->row < right->row);
}

bool header_names_are_unique(const struct name_table *table,
                             const struct file_error *error)
{
    struct named_row *rows = malloc((table->count + 1) * sizeof *rows);
    size_t row = CSIGN_NO_ROW, first = 0;

    if (rows == NULL)
        return file_error_no_memory(error);
    for (size_t i = 0; i < table->count; i++) {
        header_name(rows[i].name, table->names[i]);
        rows[i].row = i;
    }
    qsort(rows, table->count, sizeof *rows, by_name);
    for (size_t i = 1; i < table->count; i++) {
        if (strcmp(rows[i - 1].name, rows[i].name) == 0 && rows[i].row < row) {
            row = rows[i].row;
            first = rows[i - 1].row;
        }
    }
    free(rows);
    return row == CSIGN_NO_ROW ||
           file_error_set(error, table->lines[row],
                          "%s is the same name in C as %s in line %u; rename one",
                          table->names[row], table->names[first], table->lines[first]);
}
