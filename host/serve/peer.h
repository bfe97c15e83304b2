/* SPDX-License-Identifier: MIT */
/* peer.h: who is at the other end of a socket, for logs and handlers. Nothing that a peer
 * says of itself; over TCP it may still lie by its address. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define PEER_TEXT_MAX 320 /* bytes with the terminating 0 */

struct peer {
    sa_family_t family;
    uint16_t port; /* TCP */
    uint32_t uid;  /* Unix sockets */
    union {
        uint8_t address[16]; /* TCP: 4 or 16 of them */
        int32_t pid;         /* Unix sockets */
    } of;
};

/* The peer of an accepted socket, from what accept() gave. */
void peer_learn(struct peer *peer, int fd, const struct sockaddr_storage *address);

/* tcp://127.0.0.1:40312, tcp://[::1]:40312, unix:pid=120,uid=1000 */
void peer_format(const struct peer *peer, char text[PEER_TEXT_MAX]);

#endif
