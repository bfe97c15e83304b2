/* SPDX-License-Identifier: MIT */
/* world.hpp: what surrounds a sketch in these tests: connections and lines that are slow
 * or narrow on demand, a network chip with few sockets, an EEPROM, and the other side. */
#ifndef TESTS_ARDUINO_WORLD_HPP
#define TESTS_ARDUINO_WORLD_HPP

#include <Arduino.h>
#include <Client.h>
#include <EEPROM.h>
#include <Server.h>

#include <Countersign.h>

#include <deque>
#include <string>
#include <vector>

#include "check.hpp"

namespace world
{

typedef std::deque<uint8_t> Bytes;

/* One connection, with both its ends. */
struct Wire {
    Bytes to_sketch, to_peer;
    bool peer_ended, sketch_ended; /* sends no more; has hung up */
    size_t room;                   /* bytes that the sketch may write at once */
    size_t portion;                /* bytes that the sketch can see at once */
    size_t longest;                /* the most bytes the sketch gave in one write() */
    unsigned writes;
    uint16_t timeout; /* what setConnectionTimeout() was given */
    Wire()
        : peer_ended(false), sketch_ended(false), room(2048), portion(2048), longest(0),
          writes(0), timeout(0)
    {
    }
};

/* A network client that tells its room, as EthernetClient does. */
class NetClient : public Client
{
  public:
    explicit NetClient(Wire *connection = NULL) : wire(connection)
    {
    }
    virtual int connect(IPAddress, uint16_t)
    {
        return 0;
    }
    virtual int connect(const char *, uint16_t)
    {
        return 0;
    }
    virtual size_t write(uint8_t value)
    {
        return write(&value, 1);
    }
    virtual size_t write(const uint8_t *bytes, size_t len);
    virtual int availableForWrite();
    virtual int available();
    virtual int read();
    virtual int read(uint8_t *bytes, size_t len);
    virtual int peek();
    virtual void flush()
    {
    }
    virtual void stop();
    virtual uint8_t connected();
    virtual operator bool()
    {
        return wire != NULL;
    }
    bool operator==(const NetClient &other) const
    {
        return wire == other.wire;
    }
    void setConnectionTimeout(uint16_t ms)
    {
        wire->timeout = ms;
    }
    using Print::write;

    Wire *wire;
};

/* The same without a word about its room, as clients of some other networks. */
class PlainClient : public Client
{
  public:
    explicit PlainClient(Wire *connection) : inner(connection)
    {
    }
    virtual int connect(IPAddress, uint16_t)
    {
        return 0;
    }
    virtual int connect(const char *, uint16_t)
    {
        return 0;
    }
    virtual size_t write(uint8_t value)
    {
        return inner.write(value);
    }
    virtual size_t write(const uint8_t *bytes, size_t len)
    {
        return inner.write(bytes, len);
    }
    virtual int available()
    {
        return inner.available();
    }
    virtual int read()
    {
        return inner.read();
    }
    virtual int read(uint8_t *bytes, size_t len)
    {
        return inner.read(bytes, len);
    }
    virtual int peek()
    {
        return inner.peek();
    }
    virtual void flush()
    {
    }
    virtual void stop()
    {
        inner.stop();
    }
    virtual uint8_t connected()
    {
        return inner.connected();
    }
    virtual operator bool()
    {
        return inner;
    }
    using Print::write;

    NetClient inner;
};

/* A chip with so many sockets, one of which listens while it is free. */
class Chip : public Server
{
  public:
    explicit Chip(unsigned count) : sockets(count)
    {
    }
    virtual void begin()
    {
    }
    virtual size_t write(uint8_t)
    {
        return 0;
    }
    /* False: refused, no socket is free. */
    bool connect(Wire *wire);
    NetClient accept();

  private:
    unsigned sockets;
    std::vector<Wire *> open;
    std::deque<Wire *> waiting;
    unsigned used();
};

/* A server that has only available(): a client that has sent something, again and again.
 */
class OldServer : public Server
{
  public:
    virtual void begin()
    {
    }
    virtual size_t write(uint8_t)
    {
        return 0;
    }
    NetClient available();
    std::vector<Wire *> wires;
};

/* A line with buffers as small as asked for. */
class Line : public Stream
{
  public:
    Line() : room(64)
    {
    }
    virtual int available()
    {
        return (int)to_sketch.size();
    }
    virtual int read();
    virtual int peek();
    virtual size_t write(uint8_t value);
    virtual int availableForWrite()
    {
        return (int)room;
    }
    using Print::write;

    Bytes to_sketch, to_peer;
    size_t room;
};

/* An EEPROM that is busy for a while after each byte. */
struct Cells {
    uint8_t cells[1024];
    unsigned busy_for; /* questions after each write that are answered with busy */
    unsigned busy;
    unsigned writes;
    csign_store_memory memory;
    Cells();
};

/* Provisions cells as the tool would, without the line. keys: one for each slot from 0,
 * of 32 bytes that are all equal; 0: none. */
void provision(Cells &cells, const char *id, const std::vector<uint8_t> &keys,
               const std::vector<uint32_t> &rights);

/* Moves a client's machine as far as it gets. */
class Owner
{
  public:
    Owner(const csign_settings &device, const csign_client_profile &kind, const char *id,
          uint8_t key);
    void open();
    /* Bytes to and from the sketch; makes the request when one is wanted. */
    void turn(Bytes &to_sketch, Bytes &from_sketch);
    bool isDecided() const
    {
        return csign_client_outcome(&machine) != CSIGN_OUTCOME_NONE;
    }
    bool isOver() const
    {
        return csign_client_wants(&machine) == CSIGN_WANTS_CLOSE;
    }
    csign_outcome outcome() const
    {
        return csign_client_outcome(&machine);
    }
    std::string data() const;

    csign_client machine;
    csign_client_config config;
    std::string request; /* code and arguments; empty: none to be made */

  private:
    csign_settings settings;
    csign_any_work work;
    csign_any_keyed keyed;
    std::string name;
    uint8_t memory[1024];
    uint8_t nonce;
};

} // namespace world

#endif
