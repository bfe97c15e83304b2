/* SPDX-License-Identifier: MIT */
/* Ethernet.h: a small stand-in for Arduino's Ethernet library, version 2.
 *
 * For W5500 only, with a static address and TCP only. Class and call names are
 * the official ones, so a sketch that keeps to what is here builds unchanged
 * with either. Two things are better behaved than there: write() does not
 * wait for the peer's acknowledgement (the next one does, for at most the
 * connection timeout), and waiting for buffer space ends by that timeout too.
 */
#ifndef COUNTERSIGN_BOARD_ETHERNET_H
#define COUNTERSIGN_BOARD_ETHERNET_H

#include <Arduino.h>
#include <Client.h>
#include <IPAddress.h>
#include <Server.h>

/* As in the official library: 4 sockets where RAM is 2 KiB, else 8. */
#if defined(RAMEND) && defined(RAMSTART) && ((RAMEND - RAMSTART) <= 2048)
#define MAX_SOCK_NUM 4
#else
#define MAX_SOCK_NUM 8
#endif

enum EthernetLinkStatus { Unknown, LinkON, LinkOFF };

enum EthernetHardwareStatus {
    EthernetNoHardware,
    EthernetW5100,
    EthernetW5200,
    EthernetW5500
};

class EthernetClass {
public:
    /* Missing addresses are guessed as in the official library: dns and
     * gateway end in .1, the subnet is 255.255.255.0. */
    static void begin(uint8_t *mac, IPAddress ip);
    static void begin(uint8_t *mac, IPAddress ip, IPAddress dns);
    static void begin(uint8_t *mac, IPAddress ip, IPAddress dns, IPAddress gateway);
    static void begin(uint8_t *mac, IPAddress ip, IPAddress dns, IPAddress gateway,
                      IPAddress subnet);

    /* Chip select, before begin(). */
    static void init(uint8_t sspin = 10);

    /* Nothing to maintain with a static address: 0. */
    static int maintain();
    static EthernetLinkStatus linkStatus();
    static EthernetHardwareStatus hardwareStatus();

    static void MACAddress(uint8_t *mac);
    static IPAddress localIP();
    static IPAddress subnetMask();
    static IPAddress gatewayIP();
    static IPAddress dnsServerIP();

    /* Time to the first retransmission, and how many there are. */
    void setRetransmissionTimeout(uint16_t milliseconds);
    void setRetransmissionCount(uint8_t num);
};

extern EthernetClass Ethernet;

class EthernetClient : public Client {
public:
    EthernetClient() : socket(MAX_SOCK_NUM), timeout(1000) {}
    EthernetClient(uint8_t s) : socket(s), timeout(1000) {}

    uint8_t status();
    virtual int connect(IPAddress ip, uint16_t port);
    /* Dotted addresses only: there is no DNS here. */
    virtual int connect(const char *host, uint16_t port);
    virtual int availableForWrite();
    virtual size_t write(uint8_t byte);
    virtual size_t write(const uint8_t *bytes, size_t size);
    virtual int available();
    virtual int read();
    virtual int read(uint8_t *bytes, size_t size);
    virtual int peek();
    virtual void flush();
    virtual void stop();
    virtual uint8_t connected();
    virtual operator bool() { return socket < MAX_SOCK_NUM; }
    virtual bool operator==(const bool value) { return bool(*this) == value; }
    virtual bool operator!=(const bool value) { return bool(*this) != value; }
    virtual bool operator==(const EthernetClient &other);
    virtual bool operator!=(const EthernetClient &other) { return !(*this == other); }
    uint8_t getSocketNumber() const { return socket; }
    virtual uint16_t localPort();
    virtual IPAddress remoteIP();
    virtual uint16_t remotePort();

    /* Milliseconds that connect(), write(), flush() and stop() may wait. */
    virtual void setConnectionTimeout(uint16_t milliseconds) { timeout = milliseconds; }

    using Print::write;

private:
    uint8_t socket; /* MAX_SOCK_NUM: none */
    uint16_t timeout;
};

class EthernetServer : public Server {
public:
    EthernetServer(uint16_t number) : port(number) {}

    /* A client that has sent something; it stays the server's, and the next
     * call may return it again. */
    EthernetClient available();
    /* A new client, once; from then on it is the sketch's to stop(). */
    EthernetClient accept();
    virtual void begin();
    virtual size_t write(uint8_t byte);
    virtual size_t write(const uint8_t *bytes, size_t size);
    virtual operator bool();

    using Print::write;

private:
    uint16_t port;
};

#endif
