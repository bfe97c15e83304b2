/* SPDX-License-Identifier: MIT */
/* Ethernet.h: the calls of the Ethernet library that sketches use, without a network. */
#ifndef STUB_ETHERNET_H
#define STUB_ETHERNET_H

#include "Arduino.h"
#include "Client.h"
#include "Server.h"

class EthernetClass
{
  public:
    void init(uint8_t pin);
    void begin(uint8_t *mac, IPAddress ip);
    void setRetransmissionTimeout(uint16_t ms);
    void setRetransmissionCount(uint8_t count);
};

extern EthernetClass Ethernet;

class EthernetClient : public Client
{
  public:
    virtual int connect(IPAddress ip, uint16_t port);
    virtual int connect(const char *host, uint16_t port);
    virtual size_t write(uint8_t value);
    virtual size_t write(const uint8_t *bytes, size_t len);
    virtual int availableForWrite();
    virtual int available();
    virtual int read();
    virtual int read(uint8_t *bytes, size_t len);
    virtual int peek();
    virtual void flush();
    virtual void stop();
    virtual uint8_t connected();
    virtual operator bool();
    void setConnectionTimeout(uint16_t ms);
    using Print::write;
};

class EthernetServer : public Server
{
  public:
    explicit EthernetServer(uint16_t port);
    virtual void begin();
    virtual size_t write(uint8_t value);
    EthernetClient accept();
    EthernetClient available();
    using Print::write;
};

#endif
