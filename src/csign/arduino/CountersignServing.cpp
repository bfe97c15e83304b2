/* SPDX-License-Identifier: MIT */
/* CountersignServing.cpp: the connections of a CountersignServer. */
#if defined(ARDUINO)

#include "CountersignServer.h"

using countersign::Peer;

enum {
    SAFE_MS = 250,   /* nobody is evicted who came, or was active, since */
    ENDING_MS = 1000 /* for the last bytes to be acknowledged */
};

uint8_t *CountersignServer::memoryOf(uint8_t place) const
{
    return bytes + place * csign_server_bytes(&core.device);
}

bool CountersignServer::isFor(bool is_line)
{
    if ((settings.is_link != 0) == is_line)
        return true;
    if (reason != CSIGN_E_ORDER)
        tell(CSIGN_E_ORDER);
    return false;
}

uint8_t CountersignServer::connected() const
{
    uint8_t count = 0;

    for (uint8_t i = 0; i < connection_count; i++)
        count = (uint8_t)(count + (connections[i].use == OPEN));
    return count;
}

uint8_t CountersignServer::freePlace() const
{
    uint8_t lent = cable.isBusy() ? (uint8_t)(connection_count - 1) : (uint8_t)NO_PLACE;

    for (uint8_t i = 0; i < connection_count; i++) {
        if (connections[i].use == FREE && i != lent)
            return i;
    }
    return NO_PLACE;
}

/* Of those that have been here unproven, or idle, for SAFE_MS, the one for longest; any
 * that has proven nothing goes before all that have. What has ended goes at once. */
uint8_t CountersignServer::evictablePlace() const
{
    uint16_t now = (uint16_t)millis();
    uint16_t most = 0;
    uint8_t found = NO_PLACE;

    for (uint8_t i = 0; i < connection_count; i++) {
        const Connection &c = connections[i];
        uint16_t age = (uint16_t)(now - c.began);
        uint16_t claim = age < SAFE_MS ? 0 : age / 2;

        if (claim > 0 && !csign_server_is_proven(&c.machine))
            claim |= 0x8000;
        if (c.use == ENDING)
            claim = UINT16_MAX;
        if (claim > most && i != changing) {
            most = claim;
            found = i;
        }
    }
    return found;
}

void CountersignServer::open(uint8_t place)
{
    Connection &c = connections[place];
    uint32_t now = millis();

    c.began = (uint16_t)now;
    c.use = OPEN;
    csign_server_open(&c.machine, &core.device, memoryOf(place), now);
}

void CountersignServer::evict(uint8_t place)
{
    Connection &c = connections[place];

    if (c.use == OPEN) {
        csign_server_close(&c.machine, CSIGN_E_EVICTED);
        tell(CSIGN_E_EVICTED);
    }
    c.use = FREE;
}

/* What begins to end keeps its place until its last bytes have arrived. */
bool CountersignServer::finish(Connection &c, Peer &peer, uint32_t now)
{
    if (c.use == OPEN) {
        c.use = ENDING;
        c.began = (uint16_t)now;
    }
    if (peer.isSending() && (uint16_t)(now - c.began) < ENDING_MS)
        return false;
    peer.stop();
    c.use = FREE;
    return true;
}

/* No more bytes than the message under way still needs: what the machine left could not
 * be given back to the client. */
bool CountersignServer::receive(Connection &c, Peer &peer, uint32_t now)
{
    uint8_t chunk[BYTES_A_TURN];
    uint16_t missing = (uint16_t)(c.machine.need - c.machine.have);
    uint8_t count = peer.read(chunk, missing < BYTES_A_TURN ? (uint8_t)missing
                                                            : (uint8_t)BYTES_A_TURN);

    if (count == 0) {
        if (peer.isOver())
            csign_server_end(&c.machine);
        return false;
    }
    (void)csign_server_take(&c.machine, chunk, count, now);
    if (csign_server_is_proven(&c.machine))
        c.began = (uint16_t)now;
    return csign_server_wants(&c.machine) != CSIGN_WANTS_BYTES;
}

void CountersignServer::send(Connection &c, Peer &peer, uint32_t now)
{
    size_t len;
    const uint8_t *out = csign_server_out(&c.machine, &len);
    size_t count = peer.write(out, len);

    if (count > 0) {
        if (csign_server_is_proven(&c.machine))
            c.began = (uint16_t)now;
        csign_server_sent(&c.machine, count, now);
    } else if (peer.isOver()) {
        csign_server_close(&c.machine, CSIGN_P_CUT);
    }
}

bool CountersignServer::step(uint8_t place, Peer &peer, uint32_t now)
{
    Connection &c = connections[place];

    switch (csign_server_wants(&c.machine)) {
    case CSIGN_WANTS_BYTES:
        return receive(c, peer, now);
    case CSIGN_WANTS_CHALLENGE:
        challenge(&c.machine);
        return true;
    case CSIGN_WANTS_SEND:
        send(c, peer, now);
        return false;
    case CSIGN_WANTS_RUN:
        is_running = true;
        run(*this, &c.machine);
        is_running = false;
        return true;
    case CSIGN_WANTS_STORE:
        return changing == NO_PLACE && change(*this, place);
    default:
        return finish(c, peer, now);
    }
}

bool CountersignServer::serve(uint8_t place, Peer peer)
{
    csign_server *machine = &connections[place].machine;
    csign_status before = csign_server_reason(machine);
    csign_status after;
    uint32_t now = millis();
    bool is_done;

    csign_server_tick(machine, now);
    is_done = step(place, peer, now);
    after = csign_server_reason(machine);
    if (after != before && after != CSIGN_OK)
        tell(after);
    return is_done;
}

void CountersignServer::pollOne(Client &client, bool tells_room)
{
    Peer peer(client, tells_room);

    if (!turnServer() || !isFor(false))
        return;
    if (!isOpen(0)) {
        if (!isMeeting() || freePlace() != 0 || peer.isOver())
            return;
        if (!isServing()) {
            peer.stop();
            return;
        }
        open(0);
    }
    (void)serve(0, peer);
}

/* Between two exchanges, where no limit runs, a line has no place. */
void CountersignServer::pollOne(Stream &line, bool tells_room)
{
    csign_server *machine = &connections[0].machine;

    if (!turnServer() || !isFor(true) || cable.isBusy())
        return;
    if (!isOpen(0)) {
        if (!isServing() || line.available() <= 0)
            return;
        open(0);
    }
    (void)serve(0, Peer(line, tells_room));
    if (csign_server_wants(machine) == CSIGN_WANTS_BYTES &&
        csign_server_due(machine, millis()) == UINT32_MAX)
        connections[0].use = FREE;
}

#endif
