/* SPDX-License-Identifier: MIT */
#include "Ethernet.h"

#include "utility/w5500_chip.h"

using namespace w5500;

/* Whether bytes still pass in that state. */
static bool is_open(uint8_t state)
{
    return state == ESTABLISHED || state == CLOSE_WAIT;
}

uint8_t EthernetClient::status()
{
    return socket < MAX_SOCK_NUM ? w5500::status(socket) : (uint8_t)CLOSED;
}

int EthernetClient::connect(const char *host, uint16_t port)
{
    IPAddress ip;

    return ip.fromString(host) ? connect(ip, port) : 0;
}

int EthernetClient::connect(IPAddress ip, uint16_t port)
{
    uint8_t address[4] = {ip[0], ip[1], ip[2], ip[3]};
    unsigned long began = millis();
    uint8_t state;

    if (socket < MAX_SOCK_NUM && status() != CLOSED)
        command(socket, DISCON);
    socket = w5500::open(0);
    if (socket >= MAX_SOCK_NUM)
        return 0;
    w5500::write(registers(socket), SN_DIPR, address, 4);
    write16(registers(socket), SN_DPORT, port);
    command(socket, CONNECT);
    do {
        state = status();
        if (is_open(state))
            return 1;
    } while (state != CLOSED && millis() - began <= timeout);
    command(socket, CLOSE);
    socket = MAX_SOCK_NUM;
    return 0;
}

int EthernetClient::availableForWrite()
{
    if (socket >= MAX_SOCK_NUM || !is_open(status()) || !sent(socket))
        return 0;
    return (int)room(socket);
}

size_t EthernetClient::write(uint8_t byte)
{
    return write(&byte, 1);
}

size_t EthernetClient::write(const uint8_t *bytes, size_t size)
{
    unsigned long began = millis();
    uint16_t count = size > BUFFER ? BUFFER : (uint16_t)size;

    if (socket >= MAX_SOCK_NUM)
        return 0;
    while (is_open(status()) && (!sent(socket) || room(socket) < count))
        if (millis() - began > timeout)
            break;
    if (!is_open(status()) || !sent(socket) || room(socket) < count) {
        setWriteError();
        return 0;
    }
    send(socket, bytes, count);
    return count;
}

int EthernetClient::available()
{
    return socket < MAX_SOCK_NUM ? (int)received(socket) : 0;
}

int EthernetClient::read()
{
    uint8_t byte;

    return read(&byte, 1) > 0 ? byte : -1;
}

/* Bytes read; 0 when there are none and never will be, -1 when none yet. */
int EthernetClient::read(uint8_t *bytes, size_t size)
{
    uint16_t got;
    uint8_t state;

    if (socket >= MAX_SOCK_NUM)
        return 0;
    got = take(socket, bytes, size > 0x7fff ? 0x7fff : (uint16_t)size);
    if (got > 0)
        return (int)got;
    state = status();
    return state == LISTENING || state == CLOSED || state == CLOSE_WAIT ? 0 : -1;
}

int EthernetClient::peek()
{
    return available() > 0 ? w5500::peek(socket) : -1;
}

void EthernetClient::flush()
{
    unsigned long began = millis();

    while (socket < MAX_SOCK_NUM && is_open(status()) && !sent(socket))
        if (millis() - began > timeout) {
            stop();
            return;
        }
}

void EthernetClient::stop()
{
    unsigned long began = millis();

    if (socket >= MAX_SOCK_NUM)
        return;
    command(socket, DISCON);
    while (status() != CLOSED)
        if (millis() - began >= timeout) {
            command(socket, CLOSE);
            break;
        }
    socket = MAX_SOCK_NUM;
}

uint8_t EthernetClient::connected()
{
    uint8_t state = status();

    if (socket >= MAX_SOCK_NUM)
        return 0;
    return !(state == LISTENING || state == CLOSED || state == FIN_WAIT ||
             (state == CLOSE_WAIT && available() == 0));
}

bool EthernetClient::operator==(const EthernetClient &other)
{
    return socket == other.socket && socket < MAX_SOCK_NUM;
}

uint16_t EthernetClient::localPort()
{
    return socket < MAX_SOCK_NUM ? read16(registers(socket), SN_PORT) : 0;
}

IPAddress EthernetClient::remoteIP()
{
    uint8_t address[4] = {0, 0, 0, 0};

    if (socket < MAX_SOCK_NUM)
        w5500::read(registers(socket), SN_DIPR, address, 4);
    return IPAddress(address);
}

uint16_t EthernetClient::remotePort()
{
    return socket < MAX_SOCK_NUM ? read16(registers(socket), SN_DPORT) : 0;
}
