/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "check_warnings.h"

#include "name_table.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD_CHALLENGE 16 /* bytes; random ones of fewer may come twice */

static void warn_of_profile(struct check *check)
{
    const struct device_file *file = check->file;

    if (!file->is_sealed)
        check_warn(check, 0,
                   "classic: a reply proves neither the command nor that the device is "
                   "fresh, nothing is encrypted, and each device needs a key of its own; "
                   "take sealed for everything new");
    else if (file->id[0] == '\0')
        check_warn(
            check, 0,
            "id is empty: no other device may have one of the keys; write id = NAME");
}

static void warn_of_unused(struct check *check)
{
    const struct device_file *file = check->file;

    for (size_t i = 0; i < file->unused_count; i++)
        check_warn(check, file->unused[i].line, "%s means nothing in %s; drop it",
                   file->unused[i].name, file->is_sealed ? "sealed" : "classic");
}

static void warn_of_lengths(struct check *check)
{
    const struct device_file *file = check->file;

    if (file->challenge < GOOD_CHALLENGE)
        check_warn(check, 0,
                   "challenge is under 16 bytes: one that comes twice lets a recorded "
                   "request in again; write challenge = 16");
    if (file->is_sealed && file->wake < GOOD_CHALLENGE)
        check_warn(
            check, 0,
            "wake is under 16 bytes: one that comes twice lets a recorded reply in "
            "again; write wake = 16");
}

static void warn_of_times(struct check *check)
{
    const struct device_file *file = check->file;

    if (file->limit_ms >= CSIGN_REPLY_MS)
        check_warn(check, 0,
                   "limit is over the 10 s that a client waits; lower it, or give send a "
                   "--timeout above it");
}

static bool warn_of_overlap(struct check *check)
{
    const struct device_file *file = check->file;
    size_t answer, command;

    if (!name_tables_shared(&file->commands, &file->answers, &answer, &command))
        return false;
    if (answer != CSIGN_NO_ROW)
        check_warn(
            check, file->answers.lines[answer],
            "%s has the code of the command %s in line %u: a false device can send "
            "a request back as its answer; give it another",
            file->answers.names[answer], file->commands.names[command],
            file->commands.lines[command]);
    return true;
}

static void warn_of_admins(struct check *check)
{
    const struct device_file *file = check->file;

    for (size_t i = 0; file->has_keys_section && i < file->key_count; i++) {
        if ((file->keys[i].rights & CSIGN_RIGHT_ADMIN) == 0)
            continue;
        if (!file->is_sealed)
            check_warn(check, file->keys[i].line,
                       "admin means nothing in classic; drop it");
        else if (file->payload < CSIGN_SET_KEY_LEN)
            check_warn(check, file->keys[i].line,
                       "admin can't set keys with a payload under %d; raise payload",
                       CSIGN_SET_KEY_LEN);
    }
}

static bool is_for_somebody(const struct device_file *file, size_t row)
{
    uint32_t needed = row < 31 ? (uint32_t)1 << row : (uint32_t)CSIGN_RIGHTS_ALL;

    for (size_t i = 0; i < file->key_count; i++) {
        if ((file->keys[i].rights & needed) == needed)
            return true;
    }
    return false;
}

static void warn_of_unreachable(struct check *check)
{
    const struct name_table *commands = &check->file->commands;

    for (size_t row = 0; row < commands->count; row++) {
        if (!is_for_somebody(check->file, row))
            check_warn(check, commands->lines[row],
                       "no key may run %s; name it behind one in [keys]",
                       commands->names[row]);
    }
}

static void warn_of_programs(struct check *check)
{
    const struct device_file *file = check->file;

    for (size_t row = 0; file->runs != NULL && row < file->commands.count; row++) {
        const struct device_run *run = &file->runs[row];
        struct stat status;

        if (run->argv == NULL)
            continue;
        if (stat(run->argv[0], &status) != 0)
            check_warn(check, run->line, "the program of %s is not here (%s); install it",
                       file->commands.names[row], strerror(errno));
        else if (!S_ISREG(status.st_mode) || access(run->argv[0], X_OK) != 0)
            check_warn(check, run->line,
                       "the program of %s can't be executed; chmod +x it",
                       file->commands.names[row]);
    }
}

/* Where it is not here there is nothing to say: the device may be another machine. */
static void look_at_store(struct check *check)
{
    const struct device_file *file = check->file;
    struct stat status;

    if (file->store != NULL && stat(file->store, &status) == 0 &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        check_error(check, file->store_line,
                    "store %s: others have access to it; chmod 600 %s", file->store,
                    file->store);
}

bool check_warnings(struct check *check)
{
    warn_of_profile(check);
    warn_of_unused(check);
    warn_of_lengths(check);
    warn_of_times(check);
    warn_of_admins(check);
    warn_of_unreachable(check);
    warn_of_programs(check);
    look_at_store(check);
    return warn_of_overlap(check);
}
