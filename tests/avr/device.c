/* SPDX-License-Identifier: MIT */
/* device.c: the least firmware that serves, over the UART: one hash, one key, one
 * connection. What the library costs a device is measured on it. HASH, SEALED and CLASSIC
 * (0 or 1; with both, pin D8 chooses) are given on the command line; COMMANDS and STORE
 * may be. many.c has it with many commands and several keys.
 *
 * Its first bytes are its key, 32 of them, or each key in turn. Its challenges are a
 * counter, which a device must not do. With STORE 1 key and challenges come from a store in
 * the EEPROM and the owner can change keys, as a device must: that one is only built, for
 * its size.
 */
#include <avr/io.h>

#include "Countersign.h"

#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c)  JOIN_(a, b, c)

#ifndef COMMANDS
#define COMMANDS 3
#endif
#ifndef CODES
#define CODES {1} /* the others are never sent */
#endif
#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef STORE
#define STORE 0
#endif
enum { PAYLOAD = 40, BAUD_250000 = 7 };

static const uint8_t codes[COMMANDS] CSIGN_FLASH = CODES;
static JOIN(csign_, HASH, _work) work;
static JOIN(csign_, HASH, _keyed) keyed[SLOTS];
static csign_slot slots[SLOTS];
static csign_server server;
static uint32_t now;
#if SEALED
static uint8_t memory[CSIGN_SEALED_SERVER_BYTES(16, 16, 16, PAYLOAD, PAYLOAD)];
#else
static uint8_t memory[CSIGN_CLASSIC_SERVER_BYTES(16, sizeof keyed[0] / 2)];
#endif
#if CLASSIC
static const uint8_t answers[1] CSIGN_FLASH = {0xa0};
#endif

static csign_settings settings = {{&JOIN(csign_, HASH, ), &work.head},
                                  "lamp-1",
                                  6,
                                  16,
                                  16,
                                  16,
                                  PAYLOAD,
                                  PAYLOAD,
                                  0,
                                  5000};
static csign_device device = {.settings = &settings,
#if SEALED
                              .profile = &csign_sealed_server,
#else
                              .profile = &csign_classic_server,
#endif
                              .commands = {codes, COMMANDS, 1},
#if CLASSIC
                              .answers = {answers, 1, 1},
#endif
                              .slots = slots,
                              .keyed = keyed,
                              .slot_count = SLOTS};

#include "device_keys.h"

/* Takes a byte and does what is due until something can leave. With the last byte of a
 * request this is all that the request costs; a name for the simulator to find. */
void take_byte(uint8_t byte) __attribute__((noinline, used));
void take_byte(uint8_t byte)
{
    (void)csign_server_take(&server, &byte, 1, now);
    if (csign_server_wants(&server) != CSIGN_WANTS_RUN)
        return;
    PORTB = (uint8_t)(csign_server_command(&server) << 1);
#if SEALED
    (void)csign_server_reply(&server, CSIGN_STATUS_DONE, NULL, 0, now);
#endif
#if CLASSIC
    (void)csign_server_answer(&server, &(const uint8_t){0xa0}, now);
#endif
}

static void send_byte(void)
{
    size_t len;

    UDR0 = *csign_server_out(&server, &len);
    csign_server_sent(&server, 1, now);
}

/* One of the things that are due; none of them waits. */
static void serve(void)
{
    uint8_t challenge[16];

    csign_server_tick(&server, now);
    switch (csign_server_wants(&server)) {
    case CSIGN_WANTS_BYTES:
        if (UCSR0A & _BV(RXC0))
            take_byte(UDR0);
        break;
    case CSIGN_WANTS_CHALLENGE:
        if (draw_challenge(challenge))
            csign_server_challenge(&server, challenge, now);
        break;
#if STORE
    case CSIGN_WANTS_STORE:
        store_change();
        break;
#endif
    case CSIGN_WANTS_SEND:
        if (UCSR0A & _BV(UDRE0))
            send_byte();
        break;
    default:
        csign_server_open(&server, &device, memory, now);
        break;
    }
}

int main(void)
{
    UCSR0A = _BV(U2X0);
    UBRR0 = BAUD_250000;
    UCSR0B = _BV(RXEN0) | _BV(TXEN0);
    TCCR1B = _BV(CS11); /* overflows after 32.8 ms */
    DDRB = 0x3e;
#if SEALED && CLASSIC
    if (PINB & _BV(PB0))
        device.profile = &csign_classic_server;
#endif
    load_keys();
    csign_server_open(&server, &device, memory, 0);
    for (;;) {
        if (TIFR1 & _BV(TOV1)) {
            TIFR1 = _BV(TOV1);
            now += 33;
        }
        serve();
    }
}
