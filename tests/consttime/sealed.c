/* SPDX-License-Identifier: MIT */
/* sealed.c: whole sealed conversations. */
#include "conversation.h"

static struct lamp lamp;
static struct remote remote;

static void make_both(const csign_hash *hash, const uint8_t key[32])
{
    make_secret_lamp(&lamp, &csign_sealed_server, hash);
    lamp.device.key_change = csign_key_change;
    make_secret_remote(&remote, &csign_sealed_client, hash, key);
}

/* The lamp's application: stores what it is told to, runs a command, sends its arguments
 * back. */
static void serve(size_t expected_row)
{
    size_t len;
    const uint8_t *arguments;

    if (csign_server_wants(&lamp.server) == CSIGN_WANTS_STORE) {
        csign_change change = csign_server_change(&lamp.server);

        MUST(!change.is_set || has_secret(change.key, CSIGN_NEW_KEY_LEN));
        csign_server_stored(&lamp.server, true, NOW);
    }
    if (csign_server_wants(&lamp.server) != CSIGN_WANTS_RUN)
        return;
    MUST(command_to_run(&lamp) == expected_row);
    arguments = csign_server_arguments(&lamp.server, &len);
    MUST(len == 0 || has_secret(arguments, len));
    MUST(csign_server_reply(&lamp.server, CSIGN_STATUS_DONE, arguments, len, NOW) ==
         CSIGN_OK);
}

/* Sends a command, and returns the status that comes back. */
static uint8_t exchange(const uint8_t *command, size_t len, size_t expected_row)
{
    uint8_t status;

    make_request(&remote, command, len);
    send_request(&remote, &lamp, 0);
    serve(expected_row);
    send_reply(&lamp, &remote, 0);
    status = csign_client_reply_status(&remote.client);
    MUST(has_secret(&status, 1));
    reveal(&status, 1);
    MUST(csign_client_outcome(&remote.client) ==
         (status == CSIGN_STATUS_DONE ? CSIGN_OUTCOME_DONE : CSIGN_OUTCOME_FAILED));
    return status;
}

static uint8_t exchange_code(uint8_t code, size_t expected_row)
{
    return exchange(&code, 1, expected_row);
}

/* Arguments over two blocks of the stream, and so is their echo. */
static void exchange_much(void)
{
    uint8_t command[60] = {STATUS, 'm', 'u', 'c', 'h'}, data[60];
    size_t len;
    const uint8_t *echo;

    MUST(exchange(command, sizeof command, 2) == CSIGN_STATUS_DONE);
    echo = csign_client_reply_data(&remote.client, &len);
    MUST(len == sizeof command - 1 && has_secret(echo, len));
    memcpy(data, echo, len);
    reveal(data, len);
    MUST(memcmp(data, command + 1, len) == 0);
}

static void commands_of_the_owner(void)
{
    connect_both(&remote, &lamp, NOW);
    MUST(exchange_code(ON, 0) == CSIGN_STATUS_DONE);
    exchange_much();
    MUST(exchange_code(OFF, 1) == CSIGN_STATUS_DONE);
    MUST(exchange_code(CSIGN_CODE_LAST, 0) == CSIGN_STATUS_DONE);
    MUST(exchange_code(0x77, 0) == CSIGN_STATUS_NO_COMMAND);
}

/* The stream's first block is made ahead. */
static void one_key(const csign_hash *hash)
{
    make_both(hash, owner_key);
    commands_of_the_owner();
}

/* It is made when the key is known. */
static void several_keys(const csign_hash *hash)
{
    make_both(hash, owner_key);
    set_key(&lamp, GUEST, ALLOWED_ON, guest_key);
    commands_of_the_owner();
    make_secret_remote(&remote, &csign_sealed_client, hash, guest_key);
    connect_both(&remote, &lamp, NOW);
    MUST(exchange_code(ON, 0) == CSIGN_STATUS_DONE);
    MUST(exchange_code(OFF, 0) == CSIGN_STATUS_NOT_ALLOWED);
    MUST(exchange_code(CSIGN_CODE_DROP_KEY, 0) == CSIGN_STATUS_NOT_ALLOWED);
}

static uint8_t set_new_key(void)
{
    uint8_t command[CSIGN_SET_KEY_LEN] = {CSIGN_CODE_SET_KEY, NEW, 0, 0, 0, ALLOWED_ON};

    memcpy(command + 6, other_key, sizeof other_key);
    return exchange(command, sizeof command, 0);
}

static uint8_t drop_key(uint8_t slot)
{
    const uint8_t command[] = {CSIGN_CODE_DROP_KEY, slot};

    return exchange(command, sizeof command, 0);
}

static void key_change(const csign_hash *hash)
{
    make_both(hash, owner_key);
    connect_both(&remote, &lamp, NOW);
    MUST(set_new_key() == CSIGN_STATUS_DONE);
    MUST(has_secret(csign_device_keyed(&lamp.device, NEW), 2u * hash->state_size));
    MUST(has_secret(&lamp.slots[NEW].rights, sizeof lamp.slots[NEW].rights));
    MUST(set_new_key() == CSIGN_STATUS_FAILED);
    MUST(drop_key(OWNER) == CSIGN_STATUS_FAILED);
    MUST(drop_key(NEW) == CSIGN_STATUS_DONE);
    MUST(drop_key(SLOTS) == CSIGN_STATUS_BAD_ARGUMENTS);
}

static void ask_with_tag_flipped(uint8_t flip)
{
    const uint8_t command = ON;

    connect_both(&remote, &lamp, NOW);
    make_request(&remote, &command, 1);
    send_request(&remote, &lamp, flip);
}

/* A request that was changed, one of a stranger, a reply that was changed. */
static void forgery(const csign_hash *hash)
{
    make_both(hash, owner_key);
    set_key(&lamp, GUEST, ALLOWED_ON, guest_key);
    ask_with_tag_flipped(1);
    MUST(csign_server_reason(&lamp.server) == CSIGN_P_TAG);
    ask_with_tag_flipped(0);
    serve(0);
    send_reply(&lamp, &remote, 1);
    MUST(csign_client_outcome(&remote.client) == CSIGN_OUTCOME_UNKNOWN);
    make_secret_remote(&remote, &csign_sealed_client, hash, other_key);
    ask_with_tag_flipped(0);
    MUST(csign_server_reason(&lamp.server) == CSIGN_P_TAG);
}

const struct part sealed_parts[] = {
    WITH_BOTH_SEALED("sealed, one key", one_key),
    WITH_BOTH_SEALED("sealed, several keys", several_keys),
    WITH_BOTH_SEALED("sealed, keys changed", key_change),
    WITH_BOTH_SEALED("sealed, forgeries", forgery),
    {NULL, NULL, NULL}};
