/* SPDX-License-Identifier: MIT */
/* CountersignServer.h: a sketch as a device (../server.h).
 *
 *     #include "EthernetLamp.h"            // countersign header EthernetLamp.ini
 *     COUNTERSIGN_DEVICE(Lamp, CSIGN_DEVICE);
 *     CountersignStore store(EEPROM, 0);
 *     CountersignServerFor<Lamp, 3> lamp;  // three connections at once
 *
 *     setup():  lamp.on(CSIGN_DEVICE_CODE_ON, turnOn);
 *               lamp.begin(store);
 *               while (lamp.provision(Serial, digitalRead(KEYS_PIN) == LOW)) {
 *               }
 *     loop():   lamp.poll(ethernetServer, ethernetClients);
 *
 * Nothing here waits, allocates, takes an interrupt, a timer or the watchdog, or touches
 * a pin. One poll() takes at most 32 bytes a connection, writes at most one byte of the
 * store, and does at most one of the steps that hash. With SHA-256 or BLAKE2s in
 * compressions: a key after the start 8, a challenge 4, a short request two a held key
 * and two, its reply 4, a key change three a held key and twelve, its reply 4.
 * docs/sizes.md has the times. The handler comes on top, and what the sketch's network
 * class waits for: stop() is told to wait 10 ms at most.
 *
 * Reasons of refusals are for the sketch only and never on the wire.
 */
#ifndef COUNTERSIGN_SERVER_H
#define COUNTERSIGN_SERVER_H

#include "CountersignDevice.h"
#include "CountersignKeeper.h"

/* A command that is to be run. */
class CountersignCall
{
  public:
    /* For the library. */
    CountersignCall(csign_server *connection, const uint8_t *bytes, uint8_t count)
        : machine(connection), at(bytes), args(count)
    {
    }

    /* The command's row in the device file, from 0. */
    size_t row() const
    {
        return csign_server_command(machine);
    }

    /* The slot of the key that the command came under. */
    uint8_t keySlot() const
    {
        return csign_server_slot(machine);
    }

    /* Sealed: the arguments' bytes, and how many there are. The first reply() takes their
     * place. */
    const uint8_t *arguments() const
    {
        return at;
    }

    uint8_t length() const
    {
        return args;
    }

    /* Sealed: appends to the reply's data, which may come from arguments(). False when
     * they would not fit; they are then as before. */
    bool reply(const void *bytes, size_t len);

    bool reply(uint8_t value)
    {
        return reply(&value, 1);
    }

  private:
    csign_server *machine;
    const uint8_t *at;
    uint8_t args;
};

/* A sketch's function for a command. In sealed it returns a status: CSIGN_STATUS_DONE,
 * CSIGN_STATUS_BAD_ARGUMENTS, CSIGN_STATUS_FAILED or one from CSIGN_STATUS_OWN on. In
 * classic it returns the row of an answer (CSIGN_DEVICE_ANSWER_ROW_...), or
 * COUNTERSIGN_NO_ANSWER. It may not call the server's poll(), which then does nothing,
 * and should return soon: everybody waits for it. */
typedef uint8_t (*CountersignHandler)(CountersignCall &call);

enum { COUNTERSIGN_NO_ANSWER = 0xff };

class CountersignServer : public CountersignKeeper
{
  public:
    /* Attaches a handler to the command with this code. False, and the server then serves
     * nothing at all, when the table has no such code. Rights belong to the table's rows,
     * whatever the order of these calls. A command without a handler fails. */
    bool on(uint8_t code, CountersignHandler handler);

    /* The same by row (CSIGN_DEVICE_ROW_...), for classic codes of several bytes. */
    bool onRow(size_t row, CountersignHandler handler);

    /* Lets administrators set and drop keys over the network; before begin(). The device
     * file's payload must be 38 or more. */
    void allowKeyChanges();

    /* Serves one client of a sketch that accepts clients itself, or a line. stop() is
     * called on a client when its conversation ends; from then on another may be given.
     */
    template <class C> void poll(C &peer)
    {
        pollOne(peer, countersign::TellsRoom<C>::value);
    }

    /* Whether keys are loaded and clients are served. */
    bool isServing() const
    {
        return phase == READY;
    }

    /* How many conversations there are. */
    uint8_t connected() const;

  protected:
    enum Use { FREE, OPEN, ENDING };
    enum { NO_PLACE = 0xff };

    /* A place for a connection. */
    struct Connection {
        uint8_t use;
        uint16_t began; /* when it was opened, or was active last, or began to end */
        csign_server machine;
    };

    typedef void (*Runner)(CountersignServer &server, csign_server *machine);

    CountersignServer(Connection *places, uint8_t count, uint8_t *memory, Runner runner,
                      CountersignHandler *row_handlers);

    static void runSealed(CountersignServer &server, csign_server *machine);
    static void runClassic(CountersignServer &server, csign_server *machine);

    bool start(CountersignStore &from);

    /* Does what is due beside the connections. False when that was this turn's hashing,
     * or nobody is to be served. */
    bool turnServer();

    uint8_t freePlace() const;
    uint8_t evictablePlace() const;
    void open(uint8_t place);
    void evict(uint8_t place);

    /* Serves one open connection. True when it hashed, or hung up. */
    bool serve(uint8_t place, countersign::Peer peer);

    /* Whether the device file's address is a line, or a network. */
    bool isFor(bool is_line);

    bool isOpen(uint8_t place) const
    {
        return connections[place].use != FREE;
    }

    /* Whether newcomers are met at all: by a challenge, or where there are no keys by a
     * hang-up. While the device starts they wait. */
    bool isMeeting() const
    {
        return phase != STARTING && phase != LOADING;
    }

    uint8_t next; /* the place that is served first */

    /* Gives a connection its challenge, unless the store is at work. */
    virtual void challenge(csign_server *machine) = 0;

    virtual csign_status loadKey(uint8_t slot);
    virtual void forgetKeys();
    virtual uint8_t *spareMemory();

  private:
    Connection *connections;
    CountersignHandler *handlers;
    uint8_t *bytes;
    Runner run;
    /* Begins the key change of a place, or ends it when the store has: true when it
     * answered. Null where none is allowed, which also leaves it unlinked. */
    bool (*change)(CountersignServer &server, uint8_t place);
    uint8_t connection_count;
    uint8_t changing; /* the place whose key change the store works on */
    bool is_running;  /* a handler */

    void pollOne(Client &client, bool tells_room);
    void pollOne(Stream &line, bool tells_room);
    uint8_t *memoryOf(uint8_t place) const;
    bool receive(Connection &connection, countersign::Peer &peer, uint32_t now);
    void send(Connection &connection, countersign::Peer &peer, uint32_t now);
    bool step(uint8_t place, countersign::Peer &peer, uint32_t now);
    bool finish(Connection &connection, countersign::Peer &peer, uint32_t now);
    static bool stepChange(CountersignServer &server, uint8_t place);
    static void changeKey(csign_server *machine);
};

/* The device of a type made by COUNTERSIGN_DEVICE, with its memory: places for so many
 * connections, and as many key slots as its store. */
template <class Device, uint8_t places = 1, uint8_t key_slots = CSIGN_STORE_KEY_SLOTS>
class CountersignServerFor : public CountersignServer
{
  public:
    CountersignServerFor()
        : CountersignServer(memory.connections, places, memory.bytes,
                            Device::IS_SEALED ? runSealed : runClassic, memory.handlers),
          memory()
    {
        Device::settings(settings, &memory.work.head);
        Device::server(core.device);
        core.device.settings = &settings;
        core.device.slots = memory.slots;
        core.device.keyed = memory.keyed;
        core.device.slot_count = key_slots;
    }

    /* Starts with what the store holds. False when the configuration is wrong:
     * lastReason() tells what. Whether there are keys is no matter here: see isServing().
     */
    bool begin(CountersignStore &from)
    {
        return start(from);
    }

    using CountersignServer::poll;

    /* Accepts clients from a server and keeps them in clients, one for each place. Where
     * all are taken a newcomer gets the place of the oldest that has proven nothing for
     * 250 ms, else of the proven one that has been idle longest, 250 ms or more. A
     * network chip needs one socket more than there are places, to listen on. */
    template <class Source, class C> void poll(Source &source, C (&clients)[places])
    {
        if (!turnServer())
            return;
        if (admit(source, clients))
            return;
        for (uint8_t i = 0; i < places; i++) {
            uint8_t place = next;

            next = next + 1 < places ? next + 1 : 0;
            if (isOpen(place) &&
                serve(place, countersign::Peer(clients[place], tells<C>())))
                return;
        }
    }

  private:
    enum {
        PROVISION_MORE = CSIGN_PROVISION_BYTES > Device::SERVER_BYTES
                             ? CSIGN_PROVISION_BYTES - Device::SERVER_BYTES
                             : 0
    };

    struct Memory {
        typename Device::Work work;
        csign_slot slots[key_slots];
        typename Device::Keyed keyed[key_slots];
        Connection connections[places];
        /* Provisioning takes the last place's. */
        uint8_t bytes[places * Device::SERVER_BYTES + PROVISION_MORE];
        CountersignHandler handlers[Device::COMMANDS];
    };

    Memory memory;

    virtual void challenge(csign_server *machine)
    {
        typename Device::Keyed keyed;
        uint8_t fresh[Device::CHALLENGE];
        csign_status status = draw(&keyed, sizeof keyed, fresh, sizeof fresh);

        if (status == CSIGN_OK)
            csign_server_challenge(machine, fresh, millis());
        else if (status != CSIGN_E_BUSY)
            csign_server_close(machine, status);
    }

    template <class C> static bool tells()
    {
        return countersign::TellsRoom<C>::value;
    }

    /* True when somebody was sent away, which may take a moment. */
    template <class Source, class C> bool admit(Source &source, C *clients)
    {
        uint8_t place = freePlace();
        bool is_full = place == NO_PLACE;

        if (!isMeeting() || !isFor(false))
            return false;
        if (is_full)
            place = evictablePlace();
        if (place == NO_PLACE)
            return false;
        C fresh = countersign::newcomer(source, 0);
        if (!fresh || countersign::isKnown(source, fresh, clients, places, 0))
            return false;
        countersign::limitStop(fresh, 0);
        if (!isServing()) {
            fresh.stop();
            return true;
        }
        if (is_full) {
            evict(place);
            clients[place].stop();
        }
        clients[place] = fresh;
        open(place);
        return is_full;
    }
};

#endif
