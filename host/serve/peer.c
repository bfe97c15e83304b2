/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static void learn_unix(struct peer *peer, int fd)
{
    struct ucred user = {.pid = 0, .uid = (uid_t)-1};
    socklen_t len = sizeof user;

    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &len);
    peer->of.pid = user.pid;
    peer->uid = user.uid;
}

void peer_learn(struct peer *peer, int fd, const struct sockaddr_storage *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    memset(peer, 0, sizeof *peer);
    peer->family = address->ss_family;
    if (address->ss_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        peer->port = ntohs(v4.sin_port);
        memcpy(peer->of.address, &v4.sin_addr, 4);
    } else if (address->ss_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        peer->port = ntohs(v6.sin6_port);
        memcpy(peer->of.address, &v6.sin6_addr, 16);
    } else {
        learn_unix(peer, fd);
    }
}

void peer_format(const struct peer *peer, char text[PEER_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (peer->family == AF_INET || peer->family == AF_INET6) {
        inet_ntop(peer->family, peer->of.address, host, sizeof host);
        snprintf(text, PEER_TEXT_MAX,
                 peer->family == AF_INET ? "tcp://%s:%u" : "tcp://[%s]:%u", host,
                 (unsigned)peer->port);
    } else {
        snprintf(text, PEER_TEXT_MAX, "unix:pid=%ld,uid=%lu", (long)peer->of.pid,
                 (unsigned long)peer->uid);
    }
}
