/* SPDX-License-Identifier: MIT */
/* socket_link.h: how a conversation's bytes pass over a socket. */
#ifndef SOCKET_LINK_H
#define SOCKET_LINK_H

#include "connections.h"

/* Once for a place. */
void socket_link_init(struct connection *connection, struct serve *serve);

/* Begins the conversation on connection->fd, in connection->memory. False: the socket
 * can't be watched. */
bool socket_link_open(struct connection *connection);

/* Closes one that lingers. */
void socket_link_drop(struct connection *connection);

#endif
