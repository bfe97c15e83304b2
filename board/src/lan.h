/* SPDX-License-Identifier: MIT */
/* lan.h: the cable's far end, made of loopback sockets of this machine.
 *
 * A map gives a port of the board a port of this machine, so that programs
 * here can reach the firmware. A route gives an address that the firmware
 * speaks to a port of this machine, so that the firmware can reach them.
 * Nothing leaves loopback. All sockets are non-blocking.
 */
#ifndef BOARD_LAN_H
#define BOARD_LAN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { LAN_MAPS_MAX = 16, LAN_ROUTES_MAX = 16 };

struct lan_map {
    bool udp;
    uint16_t port;           /* on the board */
    struct sockaddr_in host; /* on this machine, with the chosen port */
    int fd;
    bool open; /* takes connections at the moment */
};

struct lan_route {
    uint32_t ip;   /* network order; 0 stands for every address */
    uint16_t port; /* host order; 0 stands for every port */
    struct sockaddr_in host;
};

struct lan {
    struct lan_map map[LAN_MAPS_MAX];
    int maps;
    struct lan_route route[LAN_ROUTES_MAX];
    int routes;
};

/* Reads "80=127.0.0.1:8080" or "udp:5000=127.0.0.1:0" and takes the host's
 * port at once; port 0 lets the system choose. False, with a message on
 * stderr, when the text or the port is no good. */
bool lan_add_map(struct lan *lan, const char *text);

/* Reads "192.0.2.7:80=127.0.0.1:9000"; "*" stands for any address or port. */
bool lan_add_route(struct lan *lan, const char *text);

/* The map of a board's port, or NULL. */
struct lan_map *lan_find_map(struct lan *lan, bool udp, uint16_t port);

/* Starts or stops taking connections. While stopped, this machine refuses
 * them with a reset, as the chip does without a listening socket. */
void lan_listen(struct lan_map *map, bool open);

/* The next waiting connection and its peer, or -1. */
int lan_accept(struct lan_map *map, struct sockaddr_in *peer);

/* Where packets to ip:port go; false when no route leads there. Loopback
 * addresses lead to themselves. */
bool lan_find_route(const struct lan *lan, uint32_t ip, uint16_t port,
                    struct sockaddr_in *host);

/* What the firmware knows a host's address as: the route's own side. */
void lan_seen_from_board(const struct lan *lan, const struct sockaddr_in *host,
                         uint32_t *ip, uint16_t *port);

/* Begins to connect; the socket, or -1 when refused at once. */
int lan_connect(const struct sockaddr_in *host);

/* A datagram socket: the map's own when the port is mapped (never close it,
 * lan_release() knows), else a fresh one. */
int lan_datagram(struct lan *lan, uint16_t port);

/* Closes a socket unless it belongs to a map. */
void lan_release(struct lan *lan, int fd);

#endif
