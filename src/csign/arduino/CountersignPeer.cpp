/* SPDX-License-Identifier: MIT */
#if defined(ARDUINO)

#include "CountersignPeer.h"

#include <Client.h>

namespace countersign
{

Peer::Peer(Client &peer, bool tells_room)
    : stream(&peer), client(&peer), tells(tells_room)
{
}

uint8_t Peer::read(uint8_t *to, uint8_t len)
{
    int there = stream->available();
    uint8_t count = 0;

    if (there <= 0)
        return 0;
    if (there < len)
        len = (uint8_t)there;
    if (client != NULL) {
        int got = client->read(to, len);
        return got > 0 ? (uint8_t)got : 0;
    }
    while (count < len) {
        int next = stream->read();
        if (next < 0)
            break;
        to[count++] = (uint8_t)next;
    }
    return count;
}

size_t Peer::write(const uint8_t *bytes, size_t len)
{
    if (tells) {
        int room = stream->availableForWrite();
        if (room <= 0)
            return 0;
        if ((size_t)room < len)
            len = (size_t)room;
    } else if (client == NULL) {
        len = 1;
    }
    return stream->write(bytes, len);
}

bool Peer::isOver()
{
    return client != NULL && client->available() <= 0 && !client->connected();
}

bool Peer::isSending()
{
    return client != NULL && tells && client->connected() &&
           client->availableForWrite() <= 0;
}

void Peer::stop()
{
    if (client != NULL)
        client->stop();
}

} // namespace countersign

#endif
