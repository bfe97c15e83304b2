/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "lan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool bad(const char *what, const char *text)
{
    fprintf(stderr, "countersign-board: %s: %s\n", what, text);
    return false;
}

static bool read_port(const char *text, uint16_t *port)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (end == text || *end != '\0' || value > 65535)
        return false;
    *port = (uint16_t)value;
    return true;
}

/* Splits "ADDRESS:PORT"; the address stays a text. */
static bool split(const char *text, char *address, size_t size, char **port)
{
    if (strlen(text) >= size)
        return false;
    strcpy(address, text);
    *port = strrchr(address, ':');
    if (*port == NULL)
        return false;
    *(*port)++ = '\0';
    return true;
}

static bool read_host(const char *text, struct sockaddr_in *host)
{
    char address[64];
    char *port_text;
    uint16_t port;

    memset(host, 0, sizeof *host);
    host->sin_family = AF_INET;
    if (!split(text, address, sizeof address, &port_text) ||
        !read_port(port_text, &port) || inet_pton(AF_INET, address, &host->sin_addr) != 1)
        return false;
    host->sin_port = htons(port);
    return (ntohl(host->sin_addr.s_addr) >> 24) == 127;
}

static int open_map(struct lan_map *map)
{
    int one = 1;
    socklen_t size = sizeof map->host;
    int kind = map->udp ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (!map->udp)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&map->host, sizeof map->host) != 0 ||
        getsockname(fd, (struct sockaddr *)&map->host, &size) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* A port the system chose is forgotten when a listening socket is shut; one
 * that was asked for stays. So what was chosen is then asked for. */
static bool take_port(struct lan_map *map)
{
    bool chosen = map->host.sin_port == 0;

    map->fd = open_map(map);
    if (map->fd >= 0 && chosen && !map->udp) {
        close(map->fd);
        map->fd = open_map(map);
    }
    return map->fd >= 0;
}

bool lan_add_map(struct lan *lan, const char *text)
{
    struct lan_map map = {.udp = strncmp(text, "udp:", 4) == 0};
    const char *board = map.udp ? text + 4 : text;
    const char *equals = strchr(board, '=');
    char port[8] = "";

    if (lan->maps == LAN_MAPS_MAX)
        return bad("too many maps", text);
    if (equals == NULL || (size_t)(equals - board) >= sizeof port)
        return bad("a map is PORT=127.0.0.1:PORT, not", text);
    memcpy(port, board, (size_t)(equals - board));
    if (!read_port(port, &map.port) || !read_host(equals + 1, &map.host))
        return bad("a map is PORT=127.0.0.1:PORT, not", text);
    if (!take_port(&map))
        return bad(strerror(errno), text);
    lan->map[lan->maps++] = map;
    return true;
}

bool lan_add_route(struct lan *lan, const char *text)
{
    struct lan_route route = {0};
    const char *equals = strchr(text, '=');
    char board[64];
    char *port;
    char address[64] = "";

    if (lan->routes == LAN_ROUTES_MAX)
        return bad("too many routes", text);
    if (equals == NULL || (size_t)(equals - text) >= sizeof address)
        return bad("a route is IP:PORT=127.0.0.1:PORT, not", text);
    memcpy(address, text, (size_t)(equals - text));
    if (!split(address, board, sizeof board, &port) ||
        (strcmp(board, "*") != 0 && inet_pton(AF_INET, board, &route.ip) != 1) ||
        (strcmp(port, "*") != 0 && !read_port(port, &route.port)) ||
        !read_host(equals + 1, &route.host))
        return bad("a route is IP:PORT=127.0.0.1:PORT, not", text);
    lan->route[lan->routes++] = route;
    return true;
}

struct lan_map *lan_find_map(struct lan *lan, bool udp, uint16_t port)
{
    for (int i = 0; i < lan->maps; i++)
        if (lan->map[i].udp == udp && lan->map[i].port == port)
            return &lan->map[i];
    return NULL;
}

/* Linux lets a listening socket be shut and listen again on its own port; so
 * the port stays ours while this machine refuses its connections. */
void lan_listen(struct lan_map *map, bool open)
{
    if (map->open == open)
        return;
    if (open && listen(map->fd, 8) != 0)
        return;
    if (!open)
        shutdown(map->fd, SHUT_RDWR);
    map->open = open;
}

int lan_accept(struct lan_map *map, struct sockaddr_in *peer)
{
    socklen_t size = sizeof *peer;

    return map->open ? accept4(map->fd, (struct sockaddr *)peer, &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC)
                     : -1;
}

bool lan_find_route(const struct lan *lan, uint32_t ip, uint16_t port,
                    struct sockaddr_in *host)
{
    for (int i = 0; i < lan->routes; i++) {
        const struct lan_route *r = &lan->route[i];

        if ((r->ip == 0 || r->ip == ip) && (r->port == 0 || r->port == port)) {
            *host = r->host;
            return true;
        }
    }
    memset(host, 0, sizeof *host);
    host->sin_family = AF_INET;
    host->sin_addr.s_addr = ip;
    host->sin_port = htons(port);
    return (ntohl(ip) >> 24) == 127;
}

void lan_seen_from_board(const struct lan *lan, const struct sockaddr_in *host,
                         uint32_t *ip, uint16_t *port)
{
    *ip = host->sin_addr.s_addr;
    *port = ntohs(host->sin_port);
    for (int i = 0; i < lan->routes; i++) {
        const struct lan_route *r = &lan->route[i];

        if (r->ip != 0 && r->port != 0 && r->host.sin_port == host->sin_port &&
            r->host.sin_addr.s_addr == host->sin_addr.s_addr) {
            *ip = r->ip;
            *port = r->port;
            return;
        }
    }
}

int lan_connect(const struct sockaddr_in *host)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)host, sizeof *host) != 0 &&
        errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

int lan_datagram(struct lan *lan, uint16_t port)
{
    struct lan_map *map = lan_find_map(lan, true, port);
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd;

    if (map != NULL)
        return map->fd;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void lan_release(struct lan *lan, int fd)
{
    if (fd < 0)
        return;
    for (int i = 0; i < lan->maps; i++)
        if (lan->map[i].fd == fd)
            return;
    close(fd);
}
