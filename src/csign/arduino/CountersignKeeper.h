/* SPDX-License-Identifier: MIT */
/* CountersignKeeper.h: what CountersignServer and CountersignClient share: the way from a
 * store to keys that are loaded, provisioning, and reasons. A sketch uses it through
 * them.
 *
 *     phase     event                            next
 *     UNFIT     on() of an unknown code, or a    UNFIT
 *               wrong configuration in begin()
 *     UNFIT     provisioning begins, after       NO_KEYS
 *               stored keys that did not load
 *     NO_KEYS   the store is provisioned         STARTING
 *     STARTING  the counter is taken             LOADING
 *     STARTING  it is not                        NO_KEYS
 *     LOADING   all keys are loaded              READY
 *     LOADING   one does not load                UNFIT
 *     READY     provisioning begins              NO_KEYS
 */
#ifndef COUNTERSIGN_KEEPER_H
#define COUNTERSIGN_KEEPER_H

#include "CountersignCable.h"
#include "CountersignDebug.h"
#include "CountersignPeer.h"
#include "CountersignStore.h"

namespace countersign
{

/* A csign_server leads back to its object by its device. */
struct Core {
    csign_device device; /* first */
    void *owner;
};

/* What a keeper remembers; all zero at first. Small things come first, where an AVR
 * reaches them with short instructions. */
struct Kept {
    CountersignStore *store; /* null until begin() */
    uint8_t reason;          /* a csign_status */
    uint8_t phase;
    uint8_t loading; /* the key slot to load next */
    bool is_unfit;   /* for good */
    Debug debug;
    Cable cable;
    csign_settings settings;
    Core core;
};

} // namespace countersign

class CountersignKeeper : protected countersign::Kept
{
  public:
    /* Talks to `countersign provision` on this line. A device that is provisioned already
     * refuses unless granted: only someone with the device in hand should be able to make
     * that true, by a jumper or a button held at the start. True while there are no keys,
     * or granted is, or provisioning is under way: so a loop around it in setup() waits
     * for keys. Called in loop() too, with granted false, it tells the tool why it is
     * refused; on a line that commands use it goes before poll(), and takes no byte of
     * theirs. */
    template <class S> bool provision(S &line, bool granted)
    {
        return provisionOn(line, countersign::TellsRoom<S>::value, granted);
    }

    /* Why the conversation that ended last did, or what was wrong with the last call.
     * Local only: nothing of it is ever on the wire. */
    csign_status lastReason() const
    {
        return (csign_status)reason;
    }

    /* Says on a Print, in plain words, what lastReason() tells in a number. */
    template <class P> void setDebug(P &print)
    {
        debug.set(print, countersign::TellsRoom<P>::value);
    }

  protected:
    enum Phase { UNFIT, NO_KEYS, STARTING, LOADING, READY };
    enum { BYTES_A_TURN = 32 };

    CountersignKeeper();

    /* Loads one stored key; CSIGN_E_BUSY: try again. */
    virtual csign_status loadKey(uint8_t slot) = 0;

    /* The stored keys are gone or going: ends what was begun under them. */
    virtual void forgetKeys() = 0;

    /* CSIGN_PROVISION_BYTES of memory that provisioning may use now; null: in use. */
    virtual uint8_t *spareMemory() = 0;

    /* What begin() does. */
    bool keep(CountersignStore &from);

    void spoil(csign_status why);
    void tell(csign_status why);

    /* Does what is due to the store. False when that was this turn's hashing, or when
     * there is nothing to be served. step: how the store's job stands. */
    bool turn(csign_step &step);

    /* Makes a challenge of len bytes. keyed is for the secret's keyed state, which is
     * made anew each time: that costs two compressions and saves its memory.
     * CSIGN_E_BUSY: the store is at work, try again. */
    csign_status draw(void *keyed, size_t keyed_size, uint8_t *challenge, uint8_t len);

  private:
    bool provisionOn(Stream &line, bool tells_room, bool granted);
    bool isCableDue(Stream &line, bool granted);
    void startOver();
    void load();
    void prepare(csign_step step);
};

#endif
