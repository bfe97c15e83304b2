/* SPDX-License-Identifier: MIT */
/* CountersignServer.cpp: handlers and keys of a CountersignServer. */
#if defined(ARDUINO)

#include "CountersignServer.h"

#include "../bytes.h"

CountersignServer::CountersignServer(Connection *places, uint8_t count, uint8_t *memory,
                                     Runner runner, CountersignHandler *row_handlers)
    : next(0), connections(places), handlers(row_handlers), bytes(memory), run(runner),
      change(NULL), connection_count(count), changing(NO_PLACE), is_running(false)
{
}

bool CountersignServer::onRow(size_t row, CountersignHandler handler)
{
    if (row >= core.device.commands.count) {
        spoil(CSIGN_E_NO_COMMAND);
        return false;
    }
    handlers[row] = handler;
    return true;
}

bool CountersignServer::on(uint8_t code, CountersignHandler handler)
{
    const csign_table *commands = &core.device.commands;
    size_t row = 0;

    if (commands->len != 1)
        return onRow(CSIGN_NO_ROW, handler);
    while (row < commands->count && csign_flash_u8(commands->codes + row) != code)
        row++;
    return onRow(row, handler);
}

bool CountersignServer::start(CountersignStore &from)
{
    if (from.keySlots() != core.device.slot_count)
        spoil(CSIGN_E_SLOT_COUNT);
    return keep(from);
}

/* The id is part of every derived key and of nothing else, so it is read from the store
 * for each and not kept. */
csign_status CountersignServer::loadKey(uint8_t slot)
{
    csign_store_identity identity;
    uint8_t key[CSIGN_NEW_KEY_LEN];
    uint32_t rights;
    csign_status status = csign_store_identify(store->machine(), &identity);

    if (status != CSIGN_OK)
        return status;
    settings.id_len = identity.id_len;
    status = csign_store_key(store->machine(), slot, &rights, key);
    if (status != CSIGN_OK)
        return status == CSIGN_E_SLOT_EMPTY ? CSIGN_OK : status;
    settings.id = (const char *)identity.id;
    status = csign_device_set_key(&core.device, slot, rights, key, sizeof key);
    settings.id = NULL;
    csign_wipe(key, sizeof key);
    return status;
}

void CountersignServer::forgetKeys()
{
    for (uint8_t i = 0; i < connection_count; i++) {
        if (connections[i].use == OPEN)
            csign_server_close(&connections[i].machine, CSIGN_E_STOPPED);
    }
    for (uint8_t slot = 0; slot < core.device.slot_count; slot++)
        (void)csign_device_drop_key(&core.device, slot);
    changing = NO_PLACE;
}

bool CountersignServer::turnServer()
{
    csign_step step;

    if (is_running || !turn(step))
        return false;
    if (changing == NO_PLACE || step == CSIGN_STEP_MORE)
        return true;
    (void)change(*this, changing);
    return false;
}

/* The last place's. */
uint8_t *CountersignServer::spareMemory()
{
    uint8_t place = (uint8_t)(connection_count - 1);

    return connections[place].use == FREE ? memoryOf(place) : NULL;
}

#endif
