/* SPDX-License-Identifier: MIT */
/* conversation.h: a lamp and a remote (unit/fixture.h) whose keys, rights, commands and
 * replies are secrets. Public is what goes over the wire, and what an application is
 * handed: a handler is one command's and may take its own time. */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include "fixture.h"
#include "parts.h"

/* Commands of the tables, slots and rights. */
enum { OWNER = 0, GUEST = 1, NEW = 2, ALLOWED_ON = 1 };

static inline void set_key(struct lamp *lamp, uint8_t slot, uint32_t rights,
                           const uint8_t key[32])
{
    uint8_t secret[32];

    memcpy(secret, key, sizeof secret);
    hide(secret, sizeof secret);
    MUST(csign_device_set_key(&lamp->device, slot, rights, secret, sizeof secret) ==
         CSIGN_OK);
    hide(&lamp->slots[slot].rights, sizeof rights);
}

static inline void make_secret_lamp(struct lamp *lamp,
                                    const csign_server_profile *profile,
                                    const csign_hash *hash)
{
    make_lamp(lamp, profile);
    lamp->settings.hasher.hash = hash;
    set_key(lamp, OWNER, CSIGN_RIGHTS_EVERY, owner_key);
    MUST(has_secret(csign_device_keyed(&lamp->device, OWNER), 2u * hash->state_size));
}

static inline void make_secret_remote(struct remote *remote,
                                      const csign_client_profile *profile,
                                      const csign_hash *hash, const uint8_t key[32])
{
    uint8_t secret[32];

    memcpy(secret, key, sizeof secret);
    hide(secret, sizeof secret);
    make_remote(remote, profile, key, sizeof secret);
    remote->settings.hasher.hash = hash;
    profile->key(&remote->settings, &remote->keyed, secret, sizeof secret);
    MUST(has_secret(&remote->keyed, 2u * hash->state_size));
}

/* What is sent is public from then on. */
static inline void send_request(struct remote *remote, struct lamp *lamp, uint8_t flip)
{
    size_t len;
    uint8_t *out = (uint8_t *)csign_client_out(&remote->client, &len);

    MUST(has_secret(out, len));
    reveal(out, len);
    out[len - 1] ^= flip;
    remote_to_lamp(remote, lamp, NOW);
}

static inline void send_reply(struct lamp *lamp, struct remote *remote, uint8_t flip)
{
    size_t len;
    uint8_t *out = (uint8_t *)csign_server_out(&lamp->server, &len);

    MUST(has_secret(out, len));
    reveal(out, len);
    out[len - 1] ^= flip;
    lamp_to_remote(lamp, remote, NOW);
}

/* The remote makes a request of a secret command. */
static inline void make_request(struct remote *remote, const uint8_t *command, size_t len)
{
    uint8_t secret[64];

    memcpy(secret, command, len);
    hide(secret, len);
    MUST(csign_client_request(&remote->client, secret, len, NOW) == CSIGN_OK);
}

/* The lamp's application learns which command it is to run. */
static inline size_t command_to_run(const struct lamp *lamp)
{
    size_t row = csign_server_command(&lamp->server);

    MUST(has_secret(&row, sizeof row));
    reveal(&row, sizeof row);
    return row;
}

#endif
