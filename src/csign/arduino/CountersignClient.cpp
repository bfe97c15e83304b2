/* SPDX-License-Identifier: MIT */
#if defined(ARDUINO)

#include "CountersignClient.h"

#include "../bytes.h"

using countersign::Peer;

CountersignClient::CountersignClient(uint8_t *memory, uint8_t *command_memory,
                                     uint8_t most)
    : config(), machine(), bytes(memory), command(command_memory), command_max(most),
      command_len(0), result(CSIGN_OUTCOME_NONE), is_open(false), is_given(false),
      is_asked(false), keeps(false)
{
    machine.config = &config;
    machine.memory = memory;
}

/* The id is the other device's, from its file, and not that of the store. */
csign_status CountersignClient::loadKey(uint8_t slot)
{
    uint8_t key[CSIGN_NEW_KEY_LEN];
    uint32_t rights;
    csign_status status = csign_store_key(store->machine(), slot, &rights, key);

    if (status != CSIGN_OK)
        return status;
    config.profile->key(&settings, csign_device_keyed(&core.device, slot), key,
                        sizeof key);
    csign_wipe(key, sizeof key);
    csign_hasher_wipe(&settings.hasher);
    return CSIGN_OK;
}

void CountersignClient::forgetKeys()
{
    if (is_open)
        csign_client_close(&machine, CSIGN_E_STOPPED);
    else if (is_given)
        decide(CSIGN_OUTCOME_NOT_SENT);
    csign_wipe(core.device.keyed, (size_t)2 * settings.hasher.hash->state_size);
}

uint8_t *CountersignClient::spareMemory()
{
    return is_open ? NULL : bytes;
}

csign_status CountersignClient::send(uint8_t code, const void *arguments, uint8_t len)
{
    if (phase != READY)
        return CSIGN_E_ORDER;
    if (isBusy())
        return CSIGN_E_BUSY;
    if (len >= command_max || (!config.profile->is_sealed && config.code_len != len + 1))
        return CSIGN_E_LENGTH;
    command[0] = code;
    if (len > 0)
        memcpy(command + 1, arguments, len);
    command_len = (uint8_t)(len + 1);
    is_given = true;
    result = CSIGN_OUTCOME_NONE;
    return CSIGN_OK;
}

csign_status CountersignClient::sendCode(const uint8_t *code, uint8_t len)
{
    return len < 1 ? CSIGN_E_LENGTH : send(code[0], code + 1, (uint8_t)(len - 1));
}

void CountersignClient::decide(csign_outcome outcome)
{
    result = outcome;
    is_given = false;
    is_asked = false;
}

bool CountersignClient::isToOpen(Peer &peer)
{
    if (!is_given || cable.isBusy())
        return false;
    if (!peer.isOver())
        return true;
    tell(CSIGN_E_SEND);
    decide(CSIGN_OUTCOME_NOT_SENT);
    return false;
}

void CountersignClient::pollPeer(Peer peer)
{
    csign_step job;
    uint32_t now = millis();

    if (!turn(job))
        return;
    if (!is_open) {
        if (!isToOpen(peer))
            return;
        csign_client_open(&machine, &config, bytes, now);
        is_open = true;
    }
    csign_client_tick(&machine, now);
    step(peer, now);
    if (is_asked && csign_client_outcome(&machine) != CSIGN_OUTCOME_NONE)
        decide(csign_client_outcome(&machine));
}

void CountersignClient::step(Peer &peer, uint32_t now)
{
    switch (csign_client_wants(&machine)) {
    case CSIGN_WANTS_CHALLENGE:
        challenge();
        break;
    case CSIGN_WANTS_SEND:
        send(peer, now);
        break;
    case CSIGN_WANTS_BYTES:
        receive(peer, now);
        break;
    case CSIGN_WANTS_REQUEST:
        ask(peer, now);
        break;
    default:
        finish(peer);
        break;
    }
}

void CountersignClient::send(Peer &peer, uint32_t now)
{
    size_t len;
    const uint8_t *out = csign_client_out(&machine, &len);
    size_t count = peer.write(out, len);

    if (count > 0)
        csign_client_sent(&machine, count, now);
    else if (peer.isOver())
        csign_client_end(&machine);
}

/* No more bytes than the message under way still needs; a silent line's are discarded. */
void CountersignClient::receive(Peer &peer, uint32_t now)
{
    uint8_t chunk[BYTES_A_TURN];
    uint16_t missing = (uint16_t)(machine.need - machine.have);
    uint8_t count = BYTES_A_TURN;

    if (missing > 0 && missing < BYTES_A_TURN)
        count = (uint8_t)missing;
    count = peer.read(chunk, count);
    if (count > 0)
        (void)csign_client_take(&machine, chunk, count, now);
    else if (peer.isOver())
        csign_client_end(&machine);
}

void CountersignClient::ask(Peer &peer, uint32_t now)
{
    if (peer.isOver()) {
        csign_client_end(&machine);
    } else if (!is_given && !keeps) {
        csign_client_close(&machine, CSIGN_OK);
    } else if (is_given &&
               csign_client_request(&machine, command, command_len, now) == CSIGN_OK) {
        csign_wipe(command, command_len);
        is_given = false;
        is_asked = true;
    }
}

/* On a line a request that came too late for the conversation before begins its own. */
void CountersignClient::finish(Peer &peer)
{
    csign_status why = csign_client_reason(&machine);

    is_open = false;
    peer.stop();
    if (why != CSIGN_OK)
        tell(why);
    if (is_given && !(settings.is_link && why == CSIGN_E_SLOW))
        decide(CSIGN_OUTCOME_NOT_SENT);
}

#endif
