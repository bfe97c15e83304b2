/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "name_table.h"

#include <stdlib.h>
#include <string.h>

struct name_row {
    const char *name;
    size_t row;
};

struct code_row {
    const uint8_t *code;
    size_t row;
    uint8_t len;
};

#define NO_ROW ((size_t)-1)

/* Room doubles, and its size follows from the count alone. */
static bool grow(void **array, size_t count, size_t size)
{
    void *grown;

    if ((count & (count - 1)) != 0)
        return true;
    grown = realloc(*array, (count == 0 ? 1 : 2 * count) * size);
    if (grown == NULL)
        return false;
    *array = grown;
    return true;
}

static bool make_room(struct name_table *table, uint8_t len)
{
    void *names = table->names, *codes = table->codes, *lines = table->lines;
    bool has_room = grow(&names, table->count, sizeof *table->names);

    table->names = names;
    has_room = has_room && grow(&codes, table->count, len);
    table->codes = codes;
    has_room = has_room && grow(&lines, table->count, sizeof *table->lines);
    table->lines = lines;
    return has_room;
}

bool name_table_add(struct name_table *table, const char *name, const uint8_t *code,
                    uint8_t len, unsigned line)
{
    char *copy = strdup(name);

    if (copy == NULL || !make_room(table, len)) {
        free(copy);
        return false;
    }
    table->len = len;
    table->names[table->count] = copy;
    table->lines[table->count] = line;
    memcpy(table->codes + table->count * len, code, len);
    table->count++;
    return true;
}

void name_table_free(struct name_table *table)
{
    for (size_t row = 0; row < table->count; row++)
        free(table->names[row]);
    free(table->names);
    free(table->codes);
    free(table->lines);
    memset(table, 0, sizeof *table);
}

size_t name_table_find(const struct name_table *table, const char *name)
{
    for (size_t row = 0; row < table->count; row++) {
        if (strcmp(table->names[row], name) == 0)
            return row;
    }
    return CSIGN_NO_ROW;
}

csign_table name_table_codes(const struct name_table *table)
{
    csign_table codes = {table->codes, table->count, table->len};

    return codes;
}

static int by_row(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_name(const void *a, const void *b)
{
    const struct name_row *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    return order != 0 ? order : by_row(left->row, right->row);
}

static int by_code(const void *a, const void *b)
{
    const struct code_row *left = a, *right = b;
    int order = memcmp(left->code, right->code, left->len);

    return order != 0 ? order : by_row(left->row, right->row);
}

bool name_index_make(struct name_index *index, const struct name_table *table)
{
    struct name_row *rows = malloc((table->count + 1) * sizeof *rows);

    index->rows = rows;
    index->count = table->count;
    if (rows == NULL)
        return false;
    for (size_t row = 0; row < table->count; row++)
        rows[row] = (struct name_row){table->names[row], row};
    qsort(rows, table->count, sizeof *rows, by_name);
    return true;
}

void name_index_free(struct name_index *index)
{
    free(index->rows);
    index->rows = NULL;
}

static int is_name(const void *name, const void *row)
{
    return strcmp(name, ((const struct name_row *)row)->name);
}

size_t name_index_find(const struct name_index *index, const char *name)
{
    const struct name_row *found =
        bsearch(name, index->rows, index->count, sizeof *index->rows, is_name);

    return found == NULL ? CSIGN_NO_ROW : found->row;
}

bool name_index_is_unique(const struct name_index *index, const struct name_table *table,
                          const struct file_error *error)
{
    size_t row = NO_ROW, first = 0;

    for (size_t i = 1; i < index->count; i++) {
        const struct name_row *at = index->rows + i;

        if (strcmp(at[-1].name, at->name) == 0 && at->row < row) {
            row = at->row;
            first = at[-1].row;
        }
    }
    return row == NO_ROW ||
           file_error_set(error, table->lines[row],
                          "%s is there twice, first in line %u; rename or drop one",
                          table->names[row], table->lines[first]);
}

/* In order of the codes; NULL: no memory. */
static struct code_row *sort_codes(const struct name_table *table)
{
    struct code_row *rows = malloc((table->count + 1) * sizeof *rows);

    if (rows == NULL)
        return NULL;
    for (size_t row = 0; row < table->count; row++)
        rows[row] = (struct code_row){table->codes + row * table->len, row, table->len};
    qsort(rows, table->count, sizeof *rows, by_code);
    return rows;
}

bool name_table_codes_are_unique(const struct name_table *table,
                                 const struct file_error *error)
{
    struct code_row *rows = sort_codes(table);
    size_t row = NO_ROW, first = 0;

    if (rows == NULL)
        return file_error_no_memory(error);
    for (size_t i = 1; i < table->count; i++) {
        if (memcmp(rows[i - 1].code, rows[i].code, table->len) == 0 &&
            rows[i].row < row) {
            row = rows[i].row;
            first = rows[i - 1].row;
        }
    }
    free(rows);
    return row == NO_ROW ||
           file_error_set(error, table->lines[row],
                          "%s has the code of %s in line %u; give it another",
                          table->names[row], table->names[first], table->lines[first]);
}

static int is_code(const void *code, const void *row)
{
    const struct code_row *at = row;

    return memcmp(code, at->code, at->len);
}

bool name_tables_shared(const struct name_table *commands,
                        const struct name_table *answers, size_t *answer, size_t *command)
{
    struct code_row *rows;

    *answer = *command = CSIGN_NO_ROW;
    if (commands->len != answers->len)
        return true;
    rows = sort_codes(commands);
    if (rows == NULL)
        return false;
    for (size_t row = 0; row < answers->count && *answer == CSIGN_NO_ROW; row++) {
        const struct code_row *same = bsearch(answers->codes + row * answers->len, rows,
                                              commands->count, sizeof *rows, is_code);

        if (same != NULL) {
            *answer = row;
            *command = same->row;
        }
    }
    free(rows);
    return true;
}
