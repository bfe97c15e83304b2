/* SPDX-License-Identifier: MIT */
#include "reload.h"

#include "store_change.h"

#include <string.h>

static void log_failure(struct serve *serve, const char *error)
{
    struct log_entry entry;

    log_begin(&serve->log, &entry, "not-reloaded");
    log_entry_text(&entry, "error", error);
    log_write(&serve->log, &entry);
}

static void log_success(struct serve *serve, const struct served *old)
{
    const struct served *fresh = serve->served;
    struct log_entry entry;
    char was[PEER_TEXT_MAX], is[PEER_TEXT_MAX];

    address_format(&old->file.address, was, sizeof was);
    address_format(&fresh->file.address, is, sizeof is);
    log_begin(&serve->log, &entry, "reloaded");
    log_entry_number(&entry, "keys", (int64_t)served_key_count(fresh));
    log_entry_number(&entry, "commands", (int64_t)fresh->file.commands.count);
    if (strcmp(was, is) != 0)
        log_entry_text(&entry, "note", "a new address takes a restart");
    log_write(&serve->log, &entry);
}

void reload(struct serve *serve)
{
    struct served *old = serve->served;
    char error[8192];
    struct served *fresh;

    store_change_finish(serve);
    fresh = served_load(serve->path,
                        old->settings.is_link ? SERVED_ON_LINK : SERVED_ON_SOCKETS, old,
                        &serve->keys, error, sizeof error);
    if (fresh == NULL) {
        log_failure(serve, error);
        return;
    }
    served_replace(old, fresh);
    serve->served = fresh;
    log_success(serve, old);
    connections_each(&serve->connections, conversation_retire);
    serial_device_retire(&serve->line);
    served_leave(old);
}
