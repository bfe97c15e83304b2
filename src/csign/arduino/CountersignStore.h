/* SPDX-License-Identifier: MIT */
/* CountersignStore.h: where a sketch keeps what must not be lost (../store.h): id, secret
 * and keys. They come by cable, see provision() of the server and of the client.
 *
 *     #include <EEPROM.h>
 *     CountersignStore store(EEPROM, 0);   // from address 0 on
 *
 * The memory may be anything with read(address) and write(address, byte): an EEPROM or
 * FRAM library's object. On an AVR's own EEPROM a byte takes 3.4 ms, and nothing waits
 * for it. Elsewhere write() returns when the byte is permanent; a commit() there is
 * called after each byte. The EEPROM of an ESP8266 or ESP32 erases a whole sector with
 * each commit: a cut of power meanwhile loses the store, and the device then serves
 * nobody until it is provisioned again. An FRAM serves better there.
 */
#ifndef COUNTERSIGN_STORE_H
#define COUNTERSIGN_STORE_H

#include <Arduino.h>

#include "../store.h"

#if defined(__AVR__)
struct EEPROMClass;
#endif

class CountersignStore
{
  public:
    /* The store takes CSIGN_STORE_BYTES(key_slots, counters) bytes from base on: 331.
     * memory must live as long as the store. */
    template <class Memory>
    CountersignStore(Memory &memory, uint16_t base,
                     uint8_t key_slots = CSIGN_STORE_KEY_SLOTS,
                     uint8_t counters = CSIGN_STORE_COUNTERS)
        : place(), store(), ready_memory(beginMemory<Memory>)
    {
        place.read = readMemory<Memory>;
        place.write = writeMemory<Memory>;
        place.context = &memory;
        take(base, key_slots, counters);
    }

#if defined(__AVR__)
    /* The AVR's own EEPROM; the object is not used. */
    CountersignStore(EEPROMClass &, uint16_t base,
                     uint8_t key_slots = CSIGN_STORE_KEY_SLOTS,
                     uint8_t counters = CSIGN_STORE_COUNTERS);
#endif

    /* Callbacks of the sketch's own, as ../store.h describes them. */
    explicit CountersignStore(const csign_store_memory &memory);

    /* Looks what is stored; writes nothing. CSIGN_OK or what is wrong with the place.
     * Also called by begin() of the server and of the client. */
    csign_status begin();

    /* What there is: ../store.h. */
    csign_store_state state() const
    {
        return csign_store_now(&store);
    }

    /* Whether there is an id, a secret and whatever keys. */
    bool isProvisioned() const
    {
        return state() == CSIGN_STORE_READY || state() == CSIGN_STORE_SERVING;
    }

    /* Writes the provisioned id and a zero to text, which has size bytes; an id that is
     * longer is cut. Says how many bytes the id has: 0 where there is none, and while the
     * store is at work, which it is not before the first poll(). */
    uint8_t id(char *text, uint8_t size) const;

    /* Makes an Ethernet address of the provisioned id: always the same for one id,
     * locally administered, for one station. False where there is no id: mac is then
     * unchanged. */
    bool macAddress(uint8_t *mac) const;

    uint8_t keySlots() const
    {
        return place.key_slots;
    }

    /* For the library: the store itself. */
    csign_store *machine()
    {
        return &store;
    }

  private:
    csign_store_memory place;
    csign_store store;
    void (*ready_memory)(void *memory, size_t size);

    void take(uint16_t base, uint8_t key_slots, uint8_t counters)
    {
        place.base = base;
        place.key_slots = key_slots;
        place.counters = counters;
    }

    template <class Memory> static uint8_t readMemory(void *memory, uint16_t address)
    {
        return (uint8_t) static_cast<Memory *>(memory)->read(address);
    }

    template <class Memory>
    static void writeMemory(void *memory, uint16_t address, uint8_t value)
    {
        static_cast<Memory *>(memory)->write(address, value);
        commit(*static_cast<Memory *>(memory), 0);
    }

    template <class Memory> static void beginMemory(void *memory, size_t size)
    {
        prepare(*static_cast<Memory *>(memory), size, 0);
    }

    /* Memories that keep a copy in RAM have these two; the others do not. */
    template <class Memory>
    static auto commit(Memory &memory, int) -> decltype(memory.commit(), void())
    {
        memory.commit();
    }

    template <class Memory> static void commit(Memory &, long)
    {
    }

    template <class Memory>
    static auto prepare(Memory &memory, size_t size, int)
        -> decltype(memory.commit(), memory.begin(size), void())
    {
        memory.begin(size);
    }

    template <class Memory> static void prepare(Memory &, size_t, long)
    {
    }
};

#endif
