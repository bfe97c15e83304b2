/* SPDX-License-Identifier: MIT */
/* device_keys.h: where device.c has its key and its challenges from: with STORE 1 from a
 * store in the EEPROM, else the key from the line and the challenges from a counter. */
#if STORE

#include <avr/eeprom.h>

static uint8_t read_cell(void *context, uint16_t cell)
{
    (void)context;
    return eeprom_read_byte((const uint8_t *)cell);
}

static void write_cell(void *context, uint16_t cell, uint8_t byte)
{
    (void)context;
    eeprom_write_byte((uint8_t *)cell, byte);
}

static bool is_writing(void *context)
{
    (void)context;
    return !eeprom_is_ready();
}

static const csign_store_memory cells = {read_cell, write_cell, is_writing,          NULL,
                                         0,         1,          CSIGN_STORE_COUNTERS};
static csign_store store;

static csign_step finish_job(void)
{
    csign_step step;

    do {
        step = csign_store_step(&store);
    } while (step == CSIGN_STEP_MORE);
    return step;
}

/* Without keys the device serves nobody. */
static void load_keys(void)
{
    device.key_change = csign_key_change;
    if (csign_store_open(&store, &cells) != CSIGN_STORE_READY ||
        csign_store_start(&store) != CSIGN_OK || finish_job() != CSIGN_STEP_DONE)
        return;
    (void)csign_store_load(&store, &device);
}

static bool draw_challenge(uint8_t *challenge)
{
    JOIN(csign_, HASH, _keyed) secret;
    bool is_drawn = csign_store_secret(&store, &settings.hasher, &secret) == CSIGN_OK &&
                    csign_store_challenge(&store, &settings.hasher, &secret, NULL, 0,
                                          challenge, 16) == CSIGN_OK;

    csign_wipe(&secret, sizeof secret);
    return is_drawn;
}

static void store_change(void)
{
    csign_change change = csign_server_change(&server);
    bool is_stored = csign_store_change(&store, &change) == CSIGN_OK &&
                     finish_job() == CSIGN_STEP_DONE;

    csign_server_stored(&server, is_stored, now);
}

#else

static void load_keys(void)
{
    uint8_t keys[32 * SLOTS];

    for (uint8_t i = 0; i < sizeof keys; i++) {
        while (!(UCSR0A & _BV(RXC0)))
            ;
        keys[i] = UDR0;
    }
    for (uint8_t slot = 0; slot < SLOTS; slot++)
        (void)csign_device_set_key(&device, slot, slot == 0 ? CSIGN_RIGHTS_EVERY : 1,
                                   keys + 32 * slot, 32);
}

static bool draw_challenge(uint8_t *challenge)
{
    static uint8_t count;

    memset(challenge, 0, 16);
    challenge[0] = count++;
    return true;
}

#endif
