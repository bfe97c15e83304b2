/* SPDX-License-Identifier: MIT */
/* device.c: the least firmware that serves, for measuring what the library costs a device:
 * one profile, one hash, one key, one connection. PROFILE, HASH and SEALED are given on the
 * command line. It is linked, not run.
 */
#include <avr/io.h>

#include "Countersign.h"

#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c)  JOIN_(a, b, c)

enum { PAYLOAD = 40, COMMANDS = 3 };

static const uint8_t codes[COMMANDS] CSIGN_FLASH = {1, 2, 3};
static JOIN(csign_, HASH, _work) work;
static JOIN(csign_, HASH, _keyed) keyed;
static csign_slot slot;
static csign_server server;
#if SEALED
static uint8_t memory[CSIGN_SEALED_SERVER_BYTES(16, 16, 16, PAYLOAD, PAYLOAD)];
#else
static uint8_t memory[CSIGN_CLASSIC_SERVER_BYTES(16, 64)];
#endif

static csign_settings settings = {
    {&JOIN(csign_, HASH, ), &work.head}, "lamp-1", 6, 16, 16, 16, PAYLOAD, PAYLOAD, 0, 5000};
static csign_device device = {.settings = &settings,
                              .profile = &PROFILE,
                              .commands = {codes, COMMANDS, 1},
                              .answers = {codes, 1, 1},
                              .slots = &slot,
                              .keyed = &keyed,
                              .slot_count = 1};

static void serve(uint8_t byte)
{
    static uint32_t now;
    static uint8_t challenge[16];
    size_t len;

    now++;
    csign_server_tick(&server, now);
    switch (csign_server_wants(&server)) {
    case CSIGN_WANTS_BYTES:
        (void)csign_server_take(&server, &byte, 1, now);
        break;
    case CSIGN_WANTS_CHALLENGE:
        csign_server_challenge(&server, challenge, now);
        break;
    case CSIGN_WANTS_SEND:
        UDR0 = *csign_server_out(&server, &len);
        csign_server_sent(&server, 1, now);
        break;
    case CSIGN_WANTS_RUN:
        PORTB = (uint8_t)csign_server_command(&server);
#if SEALED
        (void)csign_server_reply(&server, CSIGN_STATUS_DONE, NULL, 0, now);
#else
        (void)csign_server_answer(&server, challenge, now);
#endif
        break;
    default:
        csign_server_open(&server, &device, memory, now);
        break;
    }
}

int main(void)
{
    uint8_t key[32];

    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = UDR0;
    (void)csign_device_set_key(&device, 0, CSIGN_RIGHTS_EVERY, key, sizeof key);
    csign_server_open(&server, &device, memory, 0);
    for (;;)
        serve(UDR0);
}
