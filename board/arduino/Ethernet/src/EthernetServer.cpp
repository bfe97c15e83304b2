/* SPDX-License-Identifier: MIT */
#include "Ethernet.h"

#include "utility/w5500_chip.h"

using namespace w5500;

void EthernetServer::begin()
{
    uint8_t s = w5500::open(port);

    if (s >= MAX_SOCK_NUM)
        return;
    command(s, LISTEN);
    server_port[s] = port;
}

static bool is_connected(uint8_t state)
{
    return state == ESTABLISHED || state == CLOSE_WAIT;
}

/* Each connection takes its listening socket along; there must be another. */
static bool still_listens(uint16_t port)
{
    bool listening = false;

    for (uint8_t s = 0; s < MAX_SOCK_NUM; s++) {
        if (server_port[s] != port)
            continue;
        uint8_t state = w5500::status(s);
        if (state == LISTENING)
            listening = true;
        else if (state == CLOSED)
            server_port[s] = 0;
    }
    return listening;
}

EthernetClient EthernetServer::accept()
{
    uint8_t found = MAX_SOCK_NUM;

    for (uint8_t s = 0; s < MAX_SOCK_NUM && found == MAX_SOCK_NUM; s++)
        if (server_port[s] == port && is_connected(w5500::status(s))) {
            found = s;
            server_port[s] = 0;
        }
    if (present() && !still_listens(port))
        begin();
    return EthernetClient(found);
}

EthernetClient EthernetServer::available()
{
    uint8_t found = MAX_SOCK_NUM;

    for (uint8_t s = 0; s < MAX_SOCK_NUM; s++) {
        if (server_port[s] != port)
            continue;
        uint8_t state = w5500::status(s);
        if (is_connected(state) && received(s) > 0)
            found = s;
        else if (state == CLOSE_WAIT)
            command(s, DISCON);
    }
    if (present() && !still_listens(port))
        begin();
    return EthernetClient(found);
}

EthernetServer::operator bool()
{
    return present() && still_listens(port);
}

size_t EthernetServer::write(uint8_t byte)
{
    return write(&byte, 1);
}

size_t EthernetServer::write(const uint8_t *bytes, size_t size)
{
    available();
    for (uint8_t s = 0; s < MAX_SOCK_NUM; s++)
        if (server_port[s] == port && w5500::status(s) == ESTABLISHED)
            EthernetClient(s).write(bytes, size);
    return size;
}
