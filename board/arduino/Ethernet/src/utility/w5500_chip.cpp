/* SPDX-License-Identifier: MIT */
#include "w5500_chip.h"

#include <Arduino.h>
#include <SPI.h>

#include "../Ethernet.h"

namespace w5500 {

uint16_t server_port[MAX_SOCK_NUM];

static const uint8_t VERSION = 4;
static const uint8_t MODE_RESET = 0x80;
static const uint8_t MODE_TCP = 0x01;
static const uint16_t FIRST_OWN_PORT = 49152;
static const uint16_t POWER_UP_MS = 560;

static uint8_t select_pin = 10;
static bool found;
static uint16_t own_port = FIRST_OWN_PORT;
static uint8_t sending; /* a bit for each socket whose SEND is under way */

/* What is known of a receive buffer, so that a byte costs one SPI frame. */
static struct {
    uint16_t count; /* bytes known to be there */
    uint16_t at;    /* where the next one is */
} incoming[MAX_SOCK_NUM];

void choose(uint8_t pin)
{
    select_pin = pin;
}

/* digitalWrite() costs more than the byte it frames; on an AVR the port is
 * written itself, briefly undisturbed, for interrupts may share it. */
static void select(bool on)
{
#if defined(__AVR__)
    volatile uint8_t *port = portOutputRegister(digitalPinToPort(select_pin));
    uint8_t mask = digitalPinToBitMask(select_pin);
    uint8_t status = SREG;

    cli();
    *port = on ? *port & (uint8_t)~mask : *port | mask;
    SREG = status;
#else
    digitalWrite(select_pin, on ? LOW : HIGH);
#endif
}

static void begin_frame(uint8_t block, uint16_t address, uint8_t write)
{
    SPI.beginTransaction(SPISettings(14000000, MSBFIRST, SPI_MODE0));
    select(true);
    SPI.transfer((uint8_t)(address >> 8));
    SPI.transfer((uint8_t)address);
    SPI.transfer((uint8_t)(block << 3 | write));
}

static void end_frame()
{
    select(false);
    SPI.endTransaction();
}

void read(uint8_t block, uint16_t address, uint8_t *bytes, uint16_t count)
{
    begin_frame(block, address, 0);
    while (count-- > 0)
        *bytes++ = SPI.transfer(0);
    end_frame();
}

void write(uint8_t block, uint16_t address, const uint8_t *bytes, uint16_t count)
{
    begin_frame(block, address, 4);
    while (count-- > 0)
        SPI.transfer(*bytes++);
    end_frame();
}

uint8_t read8(uint8_t block, uint16_t address)
{
    uint8_t value;

    read(block, address, &value, 1);
    return value;
}

void write8(uint8_t block, uint16_t address, uint8_t value)
{
    write(block, address, &value, 1);
}

uint16_t read16(uint8_t block, uint16_t address)
{
    uint8_t pair[2];

    read(block, address, pair, 2);
    return (uint16_t)(pair[0] << 8 | pair[1]);
}

uint16_t read16_settled(uint8_t block, uint16_t address)
{
    uint16_t before, now = read16(block, address);

    do {
        before = now;
        now = read16(block, address);
    } while (now != before);
    return now;
}

void write16(uint8_t block, uint16_t address, uint16_t value)
{
    uint8_t pair[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    write(block, address, pair, 2);
}

bool present()
{
    return found;
}

bool start()
{
    unsigned long began = millis();

    if (found)
        return true;
    SPI.begin();
    pinMode(select_pin, OUTPUT);
    select(false);
    while (read8(COMMON, VERSIONR) != VERSION)
        if (millis() - began > POWER_UP_MS)
            return false;
    write8(COMMON, MR, MODE_RESET);
    while (read8(COMMON, MR) & MODE_RESET)
        if (millis() - began > POWER_UP_MS)
            return false;
    return found = true;
}

uint8_t status(uint8_t socket)
{
    return read8(registers(socket), SN_SR);
}

void command(uint8_t socket, uint8_t code)
{
    write8(registers(socket), SN_CR, code);
    while (read8(registers(socket), SN_CR) != 0)
        ;
}

static bool is_ending(uint8_t state)
{
    return state == FIN_WAIT || state == CLOSING || state == TIME_WAIT ||
           state == LAST_ACK;
}

/* A closed socket, else one that only waits for its peer's farewell. */
static uint8_t find_free()
{
    for (uint8_t s = 0; s < MAX_SOCK_NUM; s++)
        if (status(s) == CLOSED)
            return s;
    for (uint8_t s = 0; s < MAX_SOCK_NUM; s++)
        if (is_ending(status(s))) {
            command(s, CLOSE);
            return s;
        }
    return MAX_SOCK_NUM;
}

uint8_t open(uint16_t port)
{
    uint8_t s = found ? find_free() : MAX_SOCK_NUM;

    if (s >= MAX_SOCK_NUM)
        return s;
    if (port == 0) {
        if (++own_port < FIRST_OWN_PORT)
            own_port = FIRST_OWN_PORT;
        port = own_port;
    }
    server_port[s] = 0;
    write8(registers(s), SN_MR, MODE_TCP);
    write8(registers(s), SN_IR, 0xff);
    write16(registers(s), SN_PORT, port);
    command(s, OPEN);
    sending &= (uint8_t)~(1 << s);
    incoming[s].count = 0;
    incoming[s].at = read16(registers(s), SN_RX_RD);
    return s;
}

uint16_t received(uint8_t socket)
{
    if (incoming[socket].count == 0)
        incoming[socket].count = read16_settled(registers(socket), SN_RX_RSR);
    return incoming[socket].count;
}

/* The chip learns of the reading when all that was known is read. */
uint16_t take(uint8_t socket, uint8_t *bytes, uint16_t count)
{
    uint16_t known = received(socket);

    if (count > known)
        count = known;
    if (count == 0)
        return 0;
    if (bytes != NULL)
        read(rx_buffer(socket), incoming[socket].at, bytes, count);
    incoming[socket].at += count;
    incoming[socket].count -= count;
    if (incoming[socket].count == 0) {
        write16(registers(socket), SN_RX_RD, incoming[socket].at);
        command(socket, RECV);
    }
    return count;
}

uint8_t peek(uint8_t socket)
{
    return read8(rx_buffer(socket), incoming[socket].at);
}

bool sent(uint8_t socket)
{
    uint8_t mask = (uint8_t)(1 << socket);

    if (!(sending & mask))
        return true;
    if (!(read8(registers(socket), SN_IR) & SENDOK))
        return false;
    write8(registers(socket), SN_IR, SENDOK);
    sending &= (uint8_t)~mask;
    return true;
}

uint16_t room(uint8_t socket)
{
    return read16_settled(registers(socket), SN_TX_FSR);
}

void send(uint8_t socket, const uint8_t *bytes, uint16_t count)
{
    uint16_t at = read16(registers(socket), SN_TX_WR);

    write(tx_buffer(socket), at, bytes, count);
    write16(registers(socket), SN_TX_WR, at + count);
    command(socket, SEND);
    sending |= (uint8_t)(1 << socket);
}

}
