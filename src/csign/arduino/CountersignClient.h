/* SPDX-License-Identifier: MIT */
/* CountersignClient.h: a sketch that commands another device (../client.h).
 *
 *     #include "RemoteButton.h"            // countersign header of the other device's
 * file COUNTERSIGN_DEVICE(Lamp, CSIGN_DEVICE); CountersignStore store(EEPROM, 0);
 *     CountersignClientFor<Lamp> remote;
 *
 *     if (ethernetClient.connect(LAMP_ADDRESS, CSIGN_DEVICE_PORT))
 *         remote.send(CSIGN_DEVICE_CODE_ON);
 *     loop(): remote.poll(ethernetClient);
 *             if (remote.outcome() == CSIGN_OUTCOME_DONE) ...
 *
 * Its key is in slot 0 of its own store, whose own secret also makes its nonces. Like the
 * server it waits for nothing, and does at most one step that hashes in a poll().
 */
#ifndef COUNTERSIGN_CLIENT_H
#define COUNTERSIGN_CLIENT_H

#include "CountersignDevice.h"
#include "CountersignKeeper.h"

class CountersignClient : public CountersignKeeper
{
  public:
    /* Whether the key is loaded. */
    bool isReady() const
    {
        return phase == READY;
    }

    /* Begins a request, which poll() then makes: the arguments are copied. CSIGN_OK, or
     * CSIGN_E_ORDER (no key), CSIGN_E_BUSY (one is under way) or CSIGN_E_LENGTH: nothing
     * was begun. It is sent once and never again. */
    csign_status send(uint8_t code, const void *arguments = NULL, uint8_t len = 0);

    /* Classic codes of several bytes (CSIGN_DEVICE_CODE_... fills an array). */
    csign_status sendCode(const uint8_t *code, uint8_t len);

    /* Moves what there is to be moved, on a client that the sketch has connected, or a
     * line. stop() is called on a client when the conversation is over: after one
     * request, or where it is kept open, which only sealed can, when either side ends it.
     */
    template <class C> void poll(C &peer)
    {
        pollPeer(countersign::Peer(peer, countersign::TellsRoom<C>::value));
    }

    void keepOpen(bool is_kept)
    {
        keeps = is_kept;
    }

    /* Whether a request is under way. */
    bool isBusy() const
    {
        return is_given || is_asked;
    }

    /* What became of the last request: CSIGN_OUTCOME_NONE as long as it is under way.
     * After CSIGN_OUTCOME_UNKNOWN the command may have run. */
    csign_outcome outcome() const
    {
        return result;
    }

    /* Sealed, done or failed, until the next request: the device's status and data. */
    uint8_t status() const
    {
        return csign_client_reply_status(&machine);
    }

    const uint8_t *data(size_t &len) const
    {
        return csign_client_reply_data(&machine, &len);
    }

    /* Classic, done: the answer's row (CSIGN_DEVICE_ANSWER_ROW_...), else CSIGN_NO_ROW.
     */
    size_t answer() const
    {
        return csign_client_answer(&machine);
    }

  protected:
    CountersignClient(uint8_t *memory, uint8_t *command_memory, uint8_t most);

    csign_client_config config;
    csign_client machine;

    /* Gives the conversation its nonce, unless the store is at work. Sealed only. */
    virtual void challenge() = 0;

    virtual csign_status loadKey(uint8_t slot);
    virtual void forgetKeys();
    virtual uint8_t *spareMemory();

  private:
    uint8_t *bytes;
    uint8_t *command;
    uint8_t command_max;
    uint8_t command_len;
    csign_outcome result;
    bool is_open;  /* a conversation */
    bool is_given; /* a command that waits for its conversation */
    bool is_asked; /* a request whose outcome is open */
    bool keeps;

    void pollPeer(countersign::Peer peer);
    bool isToOpen(countersign::Peer &peer);
    void step(countersign::Peer &peer, uint32_t now);
    void send(countersign::Peer &peer, uint32_t now);
    void receive(countersign::Peer &peer, uint32_t now);
    void ask(countersign::Peer &peer, uint32_t now);
    void finish(countersign::Peer &peer);
    void decide(csign_outcome outcome);
};

/* The client of a device's type made by COUNTERSIGN_DEVICE, with its memory. */
template <class Device> class CountersignClientFor : public CountersignClient
{
  public:
    CountersignClientFor()
        : CountersignClient(memory.bytes, memory.command, Device::COMMAND_MAX), memory()
    {
        /* All that provisioning needs to know of a device; it links no server. */
        static const csign_server_profile kind = {
            Device::IS_SEALED,
            Device::IS_SEALED ? CSIGN_SEALED_KEY_MIN : 1,
            NULL,
            NULL,
            NULL,
            NULL};

        Device::settings(settings, &memory.work.head);
        Device::client(config);
        config.settings = &settings;
        config.keyed = &memory.keyed;
        core.device.settings = &settings;
        core.device.profile = &kind;
        core.device.slots = &memory.slot;
        core.device.keyed = &memory.keyed;
        core.device.slot_count = 1;
    }

    /* Starts with what the store holds. False when the configuration is wrong:
     * lastReason() tells what. */
    bool begin(CountersignStore &from)
    {
        return keep(from);
    }

  private:
    enum { BYTES = CSIGN_LARGER((int)Device::CLIENT_BYTES, (int)CSIGN_PROVISION_BYTES) };

    struct Memory {
        typename Device::Work work;
        csign_slot slot;
        typename Device::Keyed keyed;
        uint8_t bytes[BYTES];
        uint8_t command[Device::COMMAND_MAX];
    };

    Memory memory;

    virtual void challenge()
    {
        typename Device::Keyed keyed;
        uint8_t nonce[Device::WAKE + 1]; /* classic may have a wake of no bytes */
        csign_status status = draw(&keyed, sizeof keyed, nonce, Device::WAKE);

        if (status == CSIGN_OK)
            csign_client_challenge(&machine, nonce, millis());
        else if (status != CSIGN_E_BUSY)
            csign_client_close(&machine, status);
    }
};

#endif
