/* SPDX-License-Identifier: MIT */
#include "store_change.h"

#include "exchange_log.h"
#include "serve.h"
#include "served_keys.h"

#include <errno.h>
#include <string.h>

void store_change_ask(csign_server *server)
{
    struct conversation *c = OBJECT_OF(server, struct conversation, server);

    c->asks_key_change = true;
    csign_key_change(server);
}

void store_change_note(struct conversation *c)
{
    const csign_slot *slot;

    if (!c->asks_key_change)
        return;
    conversation_note_key(c);
    c->began = c->serve->now;
    slot = &c->served->slots[c->slot];
    /* It counts for `last` as soon as it was allowed. */
    if (c->served != c->serve->served && (slot->rights & CSIGN_RIGHT_ADMIN) != 0)
        served_pass_on_last(c->served, c->slot, c->serve->served);
}

static struct served *device_of(struct ring *kept)
{
    return OBJECT_OF(kept, struct served, kept);
}

/* Others than the conversation's own device, whose library does it: older ones, which
 * still have connections, or a newer one. */
static void spread(struct key_store *keys, const struct served *own,
                   const csign_change *change)
{
    for (struct ring *at = keys->devices.next; at != &keys->devices; at = at->next) {
        struct served *served = device_of(at);

        if (change->is_set)
            served_name_slot(served, change->slot, change->key);
        if (served == own)
            continue;
        if (change->is_set)
            csign_device_set_key(&served->device, change->slot, change->rights,
                                 change->key, CSIGN_NEW_KEY_LEN);
        else
            csign_device_drop_key(&served->device, change->slot);
    }
}

/* A disk that fails half-way through may leave what was wanted, or not let it be undone:
 * what is there is what is said. */
static bool is_there(const struct key_store *keys, const csign_change *change)
{
    uint8_t key[CSIGN_NEW_KEY_LEN];
    uint32_t rights;
    csign_status status = csign_store_key(&keys->store, change->slot, &rights, key);
    bool is_same = status == CSIGN_E_SLOT_EMPTY;

    if (change->is_set)
        is_same = status == CSIGN_OK && rights == change->rights &&
                  csign_same(key, change->key, sizeof key) != 0;
    csign_wipe(key, sizeof key);
    return is_same;
}

static void finish(struct conversation *c, bool is_stored, const char *error)
{
    struct key_store *keys = c->served->store;
    csign_change change = csign_server_change(&c->server);

    exchange_log_change(c, &change, is_stored, error);
    if (is_stored)
        spread(keys, c->served, &change);
    csign_server_stored(&c->server, is_stored, (uint32_t)c->serve->now);
    keys->has_dropped = keys->has_dropped || (is_stored && !change.is_set);
}

static void stored(struct key_store *keys, csign_step step)
{
    struct conversation *c = keys->changing;
    csign_change change = csign_server_change(&c->server);
    bool is_stored = step == CSIGN_STEP_DONE || is_there(keys, &change);

    keys->changing = NULL;
    finish(c, is_stored, keys->file.failure != 0 ? strerror(keys->file.failure) : NULL);
}

/* False: it was refused, and the machine knows. */
static bool begin(struct conversation *c)
{
    struct key_store *keys = c->served->store;
    csign_change change = csign_server_change(&c->server);
    const char *error = "another change is under way";

    if (keys->changing == NULL) {
        error = "the store's file was changed or replaced";
        keys->file.failure = 0;
        if (store_file_is_intact(&keys->file) &&
            csign_store_change(&keys->store, &change) == CSIGN_OK) {
            keys->changing = c;
            return true;
        }
    }
    finish(c, false, error);
    return false;
}

bool store_change_step(struct conversation *c)
{
    struct key_store *keys = c->served->store;
    csign_step step;

    if (keys->changing != c && !begin(c))
        return true;
    step = csign_store_step(&keys->store);
    if (step == CSIGN_STEP_MORE) {
        conversation_again(c);
        return false;
    }
    stored(keys, step);
    return true;
}

void store_change_finish(struct serve *serve)
{
    struct key_store *keys = &serve->keys;
    struct conversation *c = keys->changing;

    if (c == NULL)
        return;
    stored(keys, key_store_finish(keys));
    conversation_again(c);
}

void store_change_cancel(struct conversation *c)
{
    struct key_store *keys = c->served->store;

    if (keys == NULL || keys->changing != c)
        return;
    csign_store_cancel(&keys->store);
    stored(keys, key_store_finish(keys));
}

void store_change_end_dropped(struct serve *serve)
{
    if (!serve->keys.has_dropped)
        return;
    serve->keys.has_dropped = false;
    connections_each(&serve->connections, conversation_check_key);
}
