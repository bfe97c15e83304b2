/* SPDX-License-Identifier: MIT */
#include "child_environment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whether the variable, NAME=value, has this name. */
static bool is_named(const char *variable, const char *name)
{
    size_t len = strlen(name);

    return strncmp(variable, name, len) == 0 && variable[len] == '=';
}

static bool is_reference_to(const char *variable, const char *reference)
{
    return reference != NULL && strncmp(reference, "env:", 4) == 0 &&
           is_named(variable, reference + 4);
}

static bool is_ours(const char *variable)
{
    return is_named(variable, "COUNTERSIGN_COMMAND") ||
           is_named(variable, "COUNTERSIGN_KEY_NAME") ||
           is_named(variable, "COUNTERSIGN_PEER");
}

static bool may_be_seen(const struct device_file *file, const char *variable)
{
    const char *value = strchr(variable, '=');

    if (value == NULL || strncasecmp(value + 1, "csk1", 4) == 0 || is_ours(variable) ||
        is_reference_to(variable, file->key))
        return false;
    for (size_t i = 0; i < file->key_count; i++) {
        if (is_reference_to(variable, file->keys[i].reference))
            return false;
    }
    return true;
}

char **child_environment(const struct device_file *file, char *const *from)
{
    size_t count = 0, kept = 0;
    char **list;

    while (from[count] != NULL)
        count++;
    list = calloc(count + 1, sizeof *list);
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (may_be_seen(file, from[i]))
            list[kept++] = from[i];
    }
    return list;
}
