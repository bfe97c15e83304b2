/* SPDX-License-Identifier: MIT */
#if defined(ARDUINO)

#include "CountersignKeeper.h"

#include "../bytes.h"

CountersignKeeper::CountersignKeeper() : Kept()
{
    core.owner = this;
}

void CountersignKeeper::tell(csign_status why)
{
    reason = (uint8_t)why;
    debug.tell(why);
}

void CountersignKeeper::spoil(csign_status why)
{
    is_unfit = true;
    phase = UNFIT;
    tell(why);
}

bool CountersignKeeper::keep(CountersignStore &from)
{
    csign_status status = from.begin();

    if (status != CSIGN_OK)
        spoil(status);
    if (is_unfit)
        return false;
    store = &from;
    startOver();
    return true;
}

void CountersignKeeper::startOver()
{
    forgetKeys();
    phase = is_unfit ? UNFIT : NO_KEYS;
    debug.tell(store->state());
}

void CountersignKeeper::load()
{
    csign_status status = loadKey(loading);

    if (status == CSIGN_E_BUSY)
        return;
    if (status != CSIGN_OK) {
        forgetKeys();
        phase = UNFIT;
        tell(status);
    } else if (++loading == core.device.slot_count) {
        phase = READY;
        debug.tell(CSIGN_STORE_SERVING);
    }
}

void CountersignKeeper::prepare(csign_step step)
{
    if (phase == NO_KEYS && store->isProvisioned() && !cable.isBusy() &&
        csign_store_start(store->machine()) == CSIGN_OK) {
        phase = STARTING;
    } else if (phase == STARTING && step != CSIGN_STEP_MORE) {
        phase = step == CSIGN_STEP_DONE ? LOADING : NO_KEYS;
        loading = 0;
        if (phase == NO_KEYS)
            debug.tell(store->state());
    }
}

bool CountersignKeeper::turn(csign_step &step)
{
    if (!cable.isBusy())
        debug.write();
    if (store == NULL) {
        if (reason == CSIGN_OK)
            tell(CSIGN_E_ORDER);
        return false;
    }
    step = csign_store_step(store->machine());
    if ((phase == LOADING || phase == READY) && !store->isProvisioned())
        startOver();
    if (phase == LOADING) {
        load();
        return false;
    }
    prepare(step);
    return true;
}

csign_status CountersignKeeper::draw(void *keyed, size_t keyed_size, uint8_t *challenge,
                                     uint8_t len)
{
    uint32_t noise = micros();
    csign_status status = csign_store_secret(store->machine(), &settings.hasher, keyed);

    if (status == CSIGN_OK)
        status =
            csign_store_challenge(store->machine(), &settings.hasher, keyed,
                                  (const uint8_t *)&noise, sizeof noise, challenge, len);
    csign_wipe(keyed, keyed_size);
    return status;
}

/* Without keys every byte is the tool's, and so is every byte on a line that nothing else
 * uses. */
bool CountersignKeeper::isCableDue(Stream &line, bool granted)
{
    uint8_t *frame;

    if (cable.isBusy())
        return true;
    debug.write();
    (void)csign_store_step(store->machine());
    if (settings.is_link && store->isProvisioned() && !cable.isMeant(line, granted))
        return false;
    frame = spareMemory();
    if (frame == NULL)
        return false;
    cable.open(&core.device, store->machine(), frame);
    return true;
}

bool CountersignKeeper::provisionOn(Stream &line, bool tells_room, bool granted)
{
    if (store == NULL)
        return false;
    if (isCableDue(line, granted))
        cable.turn(line, tells_room, granted);
    if (store->isProvisioned())
        return granted || cable.isBusy();
    if (!is_unfit && phase != NO_KEYS && phase != STARTING)
        startOver();
    return true;
}

#endif
