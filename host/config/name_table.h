/* SPDX-License-Identifier: MIT */
/* name_table.h: how [commands] and [answers] are filled and searched; what is in them
 * afterwards is device_file.h's. */
#ifndef NAME_TABLE_H
#define NAME_TABLE_H

#include "device_file.h"
#include "file_error.h"

/* Adds a row. False: no memory. len bytes of code, the same in every row. */
bool name_table_add(struct name_table *table, const char *name, const uint8_t *code,
                    uint8_t len, unsigned line);

void name_table_free(struct name_table *table);

/* The names in order, so that many can be found in little time. */
struct name_index {
    struct name_row *rows;
    size_t count;
};

/* False: no memory. name_index_free() in either case. */
bool name_index_make(struct name_index *index, const struct name_table *table);
size_t name_index_find(const struct name_index *index, const char *name);
void name_index_free(struct name_index *index);

/* Refuse the first row whose name or code an earlier row has. */
bool name_index_is_unique(const struct name_index *index, const struct name_table *table,
                          const struct file_error *error);
bool name_table_codes_are_unique(const struct name_table *table,
                                 const struct file_error *error);

/* The first answer whose code a command has, and that command's row; CSIGN_NO_ROW: none.
 * False: no memory. */
bool name_tables_shared(const struct name_table *commands,
                        const struct name_table *answers, size_t *answer,
                        size_t *command);

#endif
