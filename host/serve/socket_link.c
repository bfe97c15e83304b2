/* SPDX-License-Identifier: MIT */
/* socket_link.c: bytes stay in the kernel until the machine wants them. A read asks for
 * what certainly belongs to the message awaited and for one byte more: where that does
 * not come, the socket is empty and needs no second look; where it does, it is kept for
 * the next message. Events come once a change (edge-triggered), so that a peer who talks
 * too early wakes nobody. */
#include "socket_link.h"

#include "serve.h"

#include <errno.h>
#include <sys/socket.h>

#define SOCKET_EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLET)
#define DRAIN_CHUNK   4096  /* bytes */
#define LINGER_BYTES  65536 /* bytes */
#define LINGER_MS     2000

static struct connection *connection_of(const struct conversation *c)
{
    return OBJECT_OF(c, struct connection, conversation);
}

/* Reads at most room bytes. Fewer have emptied the socket, but where the peer is known to
 * have hung up its end is still to be read. 0: the end; -1: as recv(). */
static ssize_t read_some(struct connection *connection, uint8_t *bytes, size_t room)
{
    ssize_t len = recv(connection->fd, bytes, room, MSG_DONTWAIT);

    if (len < 0)
        connection->is_readable = errno != EAGAIN;
    else if (len > 0 && (size_t)len < room)
        connection->is_readable = connection->is_hung_up;
    return len;
}

/* Hands the machine bytes of the message that it awaits, and keeps one that is over. */
static void offer(struct connection *connection, const uint8_t *bytes, size_t len)
{
    struct conversation *c = &connection->conversation;
    const struct served *served = c->served;

    connection->has_early = len > framing_room(&connection->framing);
    if (connection->has_early)
        connection->early = bytes[--len];
    connection->has_moved = true;
    framing_take(&connection->framing, &served->settings, served->file.is_sealed, bytes,
                 len);
    csign_server_take(&c->server, bytes, len, (uint32_t)c->serve->now);
}

/* The early byte, or what the socket has behind it. */
static ssize_t read_message(struct connection *connection, uint8_t *bytes)
{
    size_t room = framing_room(&connection->framing), early = connection->has_early;
    ssize_t len;

    bytes[0] = connection->early;
    if (early == room || (early > 0 && !connection->is_readable))
        return (ssize_t)early;
    len = read_some(connection, bytes + early, room + 1 - early);
    /* The end, or what is wrong, comes again by itself. */
    return early > 0 && len <= 0 ? (ssize_t)early : len + (ssize_t)early;
}

static bool receive(struct conversation *c)
{
    struct connection *connection = connection_of(c);
    uint8_t bytes[FRAMING_MAX + 1];
    ssize_t len;

    if (!connection->is_readable && !connection->has_early)
        return false;
    len = read_message(connection, bytes);
    if (len > 0) {
        offer(connection, bytes, (size_t)len);
    } else if (len == 0) {
        connection->is_ended = true;
        csign_server_end(&c->server);
    } else if (errno == EAGAIN) {
        return false;
    } else if (errno != EINTR) {
        connection->is_ended = true;
        csign_server_close(&c->server, CSIGN_E_SEND);
    }
    return true;
}

/* Watches for room to send in, which is rarely lacking, so that nobody else pays for it.
 * True: it failed, and that ends the conversation. */
static bool await_room(struct connection *connection)
{
    struct conversation *c = &connection->conversation;

    if (connection->awaits_room ||
        source_change(&connection->source, c->serve->epoll, connection->fd,
                      SOCKET_EVENTS | EPOLLOUT))
        connection->awaits_room = true;
    else
        csign_server_close(&c->server, CSIGN_E_SEND);
    return !connection->awaits_room;
}

static bool send_out(struct conversation *c)
{
    struct connection *connection = connection_of(c);
    size_t len;
    const uint8_t *bytes = csign_server_out(&c->server, &len);
    ssize_t sent = send(connection->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent > 0) {
        connection->has_moved = true;
        csign_server_sent(&c->server, (size_t)sent, (uint32_t)c->serve->now);
    } else if (errno == EAGAIN) {
        return await_room(connection);
    } else if (errno != EINTR) {
        connection->is_ended = true;
        csign_server_close(&c->server, CSIGN_E_SEND);
    }
    return true;
}

static void settled(struct conversation *c)
{
    connections_place(&c->serve->connections, connection_of(c));
}

static void name_peer(const struct conversation *c, char text[PEER_TEXT_MAX])
{
    peer_format(&connection_of(c)->peer, text);
}

static void linger_on(struct connection *connection)
{
    uint8_t rubbish[DRAIN_CHUNK];

    while (connection->drained <= LINGER_BYTES) {
        ssize_t len;

        if (!connection->is_readable)
            return;
        len = read_some(connection, rubbish, sizeof rubbish);
        if (len > 0)
            connection->drained += (uint32_t)len;
        else if (len == 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    socket_link_drop(connection);
}

void socket_link_drop(struct connection *connection)
{
    struct conversation *c = &connection->conversation;

    conversation_close(c);
    connections_remove(&c->serve->connections, connection);
}

/* Closing a socket with unread input resets the connection, and a reset can overtake the
 * reply that was sent last. So after a last reply only the sending half is closed until
 * the peer has closed the other, within limits. */
static void hang_up(struct conversation *c)
{
    struct connection *connection = connection_of(c);
    bool has_last_reply =
        csign_server_reason(&c->server) == CSIGN_P_CLOSED && !connection->is_ended;

    if (!has_last_reply || shutdown(connection->fd, SHUT_WR) != 0) {
        socket_link_drop(connection);
        return;
    }
    connection->is_lingering = true;
    connections_place(&c->serve->connections, connection);
    timer_set(&c->serve->timers, &c->timer, c->serve->now + LINGER_MS);
    linger_on(connection);
}

static void go_on(struct connection *connection)
{
    if (connection->is_lingering)
        linger_on(connection);
    else
        conversation_go_on(&connection->conversation);
}

static void ready(struct source *source, uint32_t events)
{
    struct connection *connection = OBJECT_OF(source, struct connection, source);

    if (connection->fd < 0)
        return;
    if (events & ~(uint32_t)EPOLLOUT)
        connection->is_readable = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        connection->is_hung_up = true;
    go_on(connection);
}

static void time_is_over(struct timer *timer)
{
    struct conversation *c = OBJECT_OF(timer, struct conversation, timer);
    struct connection *connection = connection_of(c);

    if (connection->is_lingering)
        socket_link_drop(connection);
    else
        conversation_tick(c);
}

static const struct transport socket_transport = {receive, send_out, settled, hang_up,
                                                  name_peer};

void socket_link_init(struct connection *connection, struct serve *serve)
{
    connection->source.ready = ready;
    conversation_init(&connection->conversation, serve, &socket_transport, time_is_over);
}

bool socket_link_open(struct connection *connection)
{
    struct conversation *c = &connection->conversation;

    if (!source_watch(&connection->source, c->serve->epoll, connection->fd,
                      SOCKET_EVENTS))
        return false;
    connection->is_readable = false; /* the epoll set tells of what is there already */
    connection->is_hung_up = false;
    connection->has_early = false;
    connection->awaits_room = false;
    connection->is_ended = false;
    connection->is_lingering = false;
    connection->drained = 0;
    conversation_open(c, connection->memory);
    framing_begin(&connection->framing, &c->served->settings, c->served->file.is_sealed);
    conversation_go_on(c);
    return true;
}
