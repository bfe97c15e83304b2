/* SPDX-License-Identifier: MIT */
/* CountersignPeer.h: private to the classes: the sketch's network and serial classes as
 * the library uses them, without ever waiting for them. */
#ifndef COUNTERSIGN_PEER_H
#define COUNTERSIGN_PEER_H

#include <Arduino.h>
#include <Stream.h>

/* Not included: each file that includes Client.h gets an IPAddress of its own in RAM. */
class Client;

namespace countersign
{

template <class A, class B> struct IsSame {
    static const bool value = false;
};
template <class A> struct IsSame<A, A> {
    static const bool value = true;
};

/* Whether a class says how much it takes without waiting. Print's own availableForWrite()
 * answers 0 for ever, so that nothing would be written to a class that kept it. */
template <class T> struct TellsRoom {
    static const bool value =
        !IsSame<decltype(&T::availableForWrite), int (Print::*)()>::value;
};

/* A network connection, or a line that has none. */
class Peer
{
  public:
    Peer(Client &peer, bool tells_room);
    Peer(Stream &line, bool tells_room) : stream(&line), client(NULL), tells(tells_room)
    {
    }

    /* At most len bytes that are there already; says how many. */
    uint8_t read(uint8_t *to, uint8_t len);

    /* As many of len bytes as fit now; says how many. To a class that does not tell its
     * room: all of them on a network, where a message is to be one segment, and one at a
     * time on a line. */
    size_t write(const uint8_t *bytes, size_t len);

    /* Whether the other side sends nothing more and all it sent was read. */
    bool isOver();

    /* Whether what was written is still on its way, as far as the class tells. */
    bool isSending();

    void stop();

  private:
    Stream *stream;
    Client *client;
    bool tells;
};

/* How long stop() may wait for the other side's farewell, in ms. */
enum { STOP_MS = 10 };

template <class C>
auto limitStop(C &client, int)
    -> decltype(client.setConnectionTimeout(uint16_t()), void())
{
    client.setConnectionTimeout(STOP_MS);
}

template <class C> void limitStop(C &, long)
{
}

/* A new client of a source: its accept(), or else its available(), which gives the same
 * client again as long as it has bytes. */
template <class S> auto newcomer(S &source, int) -> decltype(source.accept())
{
    return source.accept();
}

template <class S> auto newcomer(S &source, long) -> decltype(source.available())
{
    return source.available();
}

template <class S, class C>
auto isKnown(S &source, C &, C *, uint8_t, int) -> decltype(source.accept(), bool())
{
    return false;
}

template <class S, class C> bool isKnown(S &, C &fresh, C *clients, uint8_t count, long)
{
    for (uint8_t i = 0; i < count; i++) {
        if (clients[i] == fresh)
            return true;
    }
    return false;
}

} // namespace countersign

#endif
