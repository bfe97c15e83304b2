/* SPDX-License-Identifier: MIT */
#include "connections.h"

#include "serve.h"
#include "socket_link.h"

#include <stdlib.h>
#include <unistd.h>

bool connections_init(struct connections *connections, struct serve *serve, size_t room)
{
    connections->serve = serve;
    connections->room = room;
    connections->all = calloc(room, sizeof *connections->all);
    connections->memory = calloc(room, SERVED_CONNECTION_BYTES);
    ring_init(&connections->free);
    ring_init(&connections->strangers);
    ring_init(&connections->proven);
    ring_init(&connections->running);
    ring_init(&connections->lingering);
    ring_init(&connections->mark);
    return connections->all != NULL && connections->memory != NULL;
}

void connections_free(struct connections *connections)
{
    if (connections->memory != NULL)
        csign_wipe(connections->memory, connections->room * SERVED_CONNECTION_BYTES);
    free(connections->memory);
    free(connections->all);
}

/* Places that were never used are not touched, so that they cost no memory yet. */
static struct connection *take_place(struct connections *connections)
{
    struct ring *place = ring_first(&connections->free);
    struct connection *connection;

    connections->count++;
    if (place != NULL)
        return OBJECT_OF(place, struct connection, place);
    connection = &connections->all[connections->used];
    connection->memory =
        connections->memory + connections->used * SERVED_CONNECTION_BYTES;
    connections->used++;
    ring_init(&connection->place);
    socket_link_init(connection, connections->serve);
    return connection;
}

/* To the front of the free: its memory has been paid for. */
static void put_back(struct connections *connections, struct connection *connection)
{
    connection->fd = -1;
    connections->count--;
    ring_leave(&connection->place);
    ring_join(connections->free.next, &connection->place);
}

bool connections_add(struct connections *connections, int fd,
                     const struct sockaddr_storage *address)
{
    struct connection *connection = take_place(connections);

    connection->fd = fd;
    connection->opened = connections->serve->now;
    peer_learn(&connection->peer, fd, address);
    connection->order = NULL;
    connection->is_lingering = false;
    ring_leave(&connection->place);
    if (socket_link_open(connection))
        return true;
    put_back(connections, connection);
    return false;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
    close(connection->fd);
    put_back(connections, connection);
}

static struct ring *order_of(struct connections *connections,
                             const struct connection *connection)
{
    if (connection->is_lingering)
        return &connections->lingering;
    if (conversation_runs(&connection->conversation))
        return &connections->running;
    if (csign_server_is_proven(&connection->conversation.server))
        return &connections->proven;
    return &connections->strangers;
}

void connections_place(struct connections *connections, struct connection *connection)
{
    struct ring *order = order_of(connections, connection);

    /* Strangers stay in the order in which they came, whatever they send. */
    if (order == connection->order &&
        (!connection->has_moved || order == &connections->strangers))
        return;
    connection->has_moved = false;
    connection->order = order;
    ring_join(order, &connection->place);
}

static struct connection *first_of(const struct ring *order)
{
    struct ring *place = ring_first(order);

    return place == NULL ? NULL : OBJECT_OF(place, struct connection, place);
}

bool connections_make_room(struct connections *connections)
{
    struct connection *over = first_of(&connections->lingering);
    struct connection *stranger = first_of(&connections->strangers);
    struct connection *idle = first_of(&connections->proven);

    if (over != NULL) {
        socket_link_drop(over);
        return true;
    }
    if (stranger != NULL && connections->serve->now - stranger->opened > STRANGER_MS)
        idle = stranger;
    if (idle == NULL)
        return false;
    conversation_end(&idle->conversation, CSIGN_E_EVICTED);
    return true;
}

/* The mark stands behind the last one: those that are put in order again come behind it.
 */
static void each_of(struct ring *order, struct ring *mark,
                    void (*do_it)(struct conversation *c))
{
    struct ring *place;

    ring_join(order, mark);
    while ((place = order->next) != mark) {
        ring_join(order, place);
        do_it(&OBJECT_OF(place, struct connection, place)->conversation);
    }
    ring_leave(mark);
}

void connections_each(struct connections *connections,
                      void (*do_it)(struct conversation *c))
{
    each_of(&connections->running, &connections->mark, do_it);
    each_of(&connections->proven, &connections->mark, do_it);
    each_of(&connections->strangers, &connections->mark, do_it);
}
