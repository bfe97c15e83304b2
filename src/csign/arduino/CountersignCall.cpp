/* SPDX-License-Identifier: MIT */
/* CountersignCall.cpp: what a CountersignServer does with an accepted request: it runs
 * the sketch's handler, or has the store change a key. */
#if defined(ARDUINO)

#include "CountersignServer.h"

bool CountersignCall::reply(const void *bytes, size_t len)
{
    if (csign_server_append(machine, static_cast<const uint8_t *>(bytes), len) != CSIGN_OK)
        return false;
    args = 0;
    return true;
}

void CountersignServer::runSealed(CountersignServer &server, csign_server *machine)
{
    size_t len;
    const uint8_t *arguments = csign_server_arguments(machine, &len);
    CountersignCall call(machine, arguments, (uint8_t)len);
    CountersignHandler handler = server.handlers[call.row()];
    uint8_t status = handler != NULL ? handler(call) : (uint8_t)CSIGN_STATUS_FAILED;

    (void)csign_server_reply(machine, status, NULL, 0, millis());
}

void CountersignServer::runClassic(CountersignServer &server, csign_server *machine)
{
    const csign_table *answers = &server.core.device.answers;
    CountersignCall call(machine, NULL, 0);
    CountersignHandler handler = server.handlers[call.row()];
    uint8_t row = handler != NULL ? handler(call) : (uint8_t)COUNTERSIGN_NO_ANSWER;
    uint8_t answer[CSIGN_CODE_MAX];

    if (row < answers->count)
        csign_table_code(answers, row, answer);
    (void)csign_server_answer(machine, row < answers->count ? answer : NULL, millis());
}

/* What a request asks for is checked under the provisioned id, which is read from the
 * store for that. Where it can not be read at this moment, the request is refused as it
 * would be while another change is under way. */
void CountersignServer::changeKey(csign_server *machine)
{
    void *owner = reinterpret_cast<countersign::Core *>(machine->device)->owner;
    CountersignServer &server =
        *static_cast<CountersignServer *>(static_cast<CountersignKeeper *>(owner));
    csign_device *device = &server.core.device;
    csign_store_identity identity;

    if (device->changing != NULL) {
        csign_key_change(machine);
    } else if (csign_store_identify(server.store->machine(), &identity) != CSIGN_OK) {
        device->changing = machine;
        csign_key_change(machine);
        device->changing = NULL;
    } else {
        server.settings.id = (const char *)identity.id;
        csign_key_change(machine);
        server.settings.id = NULL;
    }
}

bool CountersignServer::stepChange(CountersignServer &server, uint8_t place)
{
    csign_server *machine = &server.connections[place].machine;
    csign_store *kept = server.store->machine();
    bool is_stored = false;

    if (place == server.changing) {
        is_stored = csign_store_step(kept) == CSIGN_STEP_DONE;
        server.changing = NO_PLACE;
        server.connections[place].began = (uint16_t)millis(); /* active until now */
    } else {
        csign_change wanted = csign_server_change(machine);
        if (csign_store_change(kept, &wanted) == CSIGN_OK) {
            server.changing = place;
            return false;
        }
    }
    csign_server_stored(machine, is_stored, millis());
    return true;
}

void CountersignServer::allowKeyChanges()
{
    if (settings.request_max < CSIGN_SET_KEY_LEN) {
        spoil(CSIGN_E_REQUEST_MAX);
        return;
    }
    core.device.key_change = changeKey;
    change = stepChange;
}

#endif
