/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "device_parts.h"

#include <stdlib.h>
#include <string.h>

bool raw_entry_make(struct raw_entry *entry, const char *name, const char *value,
                    unsigned line)
{
    entry->name = strdup(name);
    entry->value = strdup(value);
    entry->line = line;
    return entry->name != NULL && entry->value != NULL;
}

void raw_entry_free(struct raw_entry *entry)
{
    if (entry->value != NULL)
        csign_wipe(entry->value, strlen(entry->value));
    free(entry->value);
    free(entry->name);
    memset(entry, 0, sizeof *entry);
}

bool raw_list_add(struct raw_list *list, const char *name, const char *value,
                  unsigned line)
{
    /* Room doubles, and its size follows from the count alone. */
    if ((list->count & (list->count - 1)) == 0) {
        size_t room = list->count == 0 ? 1 : 2 * list->count;
        void *grown = realloc(list->entries, room * sizeof *list->entries);

        if (grown == NULL)
            return false;
        list->entries = grown;
    }
    return raw_entry_make(&list->entries[list->count++], name, value, line);
}

void raw_list_free(struct raw_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        raw_entry_free(&list->entries[i]);
    free(list->entries);
    memset(list, 0, sizeof *list);
}
