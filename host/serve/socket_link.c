/* SPDX-License-Identifier: MIT */
/* socket_link.c: bytes stay in the kernel until the machine wants them, and no more are
 * taken from it than the machine takes: they are looked at first. Events come once a
 * change (edge-triggered), so that a peer who talks too early wakes nobody. */
#include "socket_link.h"

#include "serve.h"

#include <errno.h>
#include <sys/socket.h>

#define LOOK_MAX     512   /* bytes: more than any message */
#define DRAIN_CHUNK  4096  /* bytes */
#define LINGER_BYTES 65536 /* bytes */
#define LINGER_MS    2000

static struct connection *connection_of(const struct conversation *c)
{
    return OBJECT_OF(c, struct connection, conversation);
}

/* Lets the machine look at bytes and takes those from the socket that it took. */
static void offer(struct connection *connection, const uint8_t *bytes, size_t len)
{
    csign_server *server = &connection->conversation.server;
    size_t taken = csign_server_take(server, bytes, len, (uint32_t)clock_ms());
    uint8_t rubbish[LOOK_MAX];

    connection->has_moved = true;
    if (taken > 0 && recv(connection->fd, rubbish, taken, MSG_DONTWAIT) != (ssize_t)taken)
        csign_server_close(server, CSIGN_E_SEND);
}

static bool receive(struct conversation *c)
{
    struct connection *connection = connection_of(c);
    uint8_t bytes[LOOK_MAX];
    ssize_t len;

    if (!connection->is_readable)
        return false;
    len = recv(connection->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (len > 0) {
        offer(connection, bytes, (size_t)len);
    } else if (len == 0) {
        connection->is_ended = true;
        csign_server_end(&c->server);
    } else if (errno == EAGAIN) {
        connection->is_readable = false;
        return false;
    } else if (errno != EINTR) {
        connection->is_ended = true;
        csign_server_close(&c->server, CSIGN_E_SEND);
    }
    return true;
}

static bool send_out(struct conversation *c)
{
    struct connection *connection = connection_of(c);
    size_t len;
    const uint8_t *bytes = csign_server_out(&c->server, &len);
    ssize_t sent = send(connection->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent > 0) {
        connection->has_moved = true;
        csign_server_sent(&c->server, (size_t)sent, (uint32_t)clock_ms());
    } else if (errno != EAGAIN && errno != EINTR) {
        connection->is_ended = true;
        csign_server_close(&c->server, CSIGN_E_SEND);
    }
    return sent > 0 || errno != EAGAIN;
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
        ssize_t len = recv(connection->fd, rubbish, sizeof rubbish, MSG_DONTWAIT);

        if (len < 0 && errno == EAGAIN)
            return;
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            break;
        connection->drained += (uint32_t)len;
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
    timer_set(&c->serve->timers, &c->timer, clock_ms() + LINGER_MS);
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
                      EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET))
        return false;
    connection->is_readable = true;
    connection->is_ended = false;
    connection->is_lingering = false;
    connection->drained = 0;
    conversation_open(c, connection->memory);
    conversation_go_on(c);
    return true;
}
