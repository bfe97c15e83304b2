/* SPDX-License-Identifier: MIT */
#include "w5500_peers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_FD = 4000, FDS = 256 };

static struct choices *input;
static bool is_open[FDS];
static unsigned next_fd;

void peers_begin(struct choices *in)
{
    input = in;
    memset(is_open, 0, sizeof is_open);
    next_fd = 0;
}

unsigned peers_held(void)
{
    unsigned held = 0;

    for (unsigned i = 0; i < FDS; i++)
        held += is_open[i];
    return held;
}

/* -- a lan without a machine behind it ------------------------------------------ */

static int open_fd(void)
{
    for (unsigned i = 0; i < FDS; i++) {
        unsigned fd = (next_fd + i) % FDS;

        if (is_open[fd])
            continue;
        is_open[fd] = true;
        next_fd = fd + 1;
        return FIRST_FD + (int)fd;
    }
    return -1;
}

bool peers_hold(int fd)
{
    return fd >= FIRST_FD && fd < FIRST_FD + FDS && is_open[fd - FIRST_FD];
}

struct lan_map *lan_find_map(struct lan *of, bool udp, uint16_t port)
{
    for (int i = 0; i < of->maps; i++) {
        if (of->map[i].udp == udp && of->map[i].port == port)
            return &of->map[i];
    }
    return NULL;
}

void lan_listen(struct lan_map *map, bool open)
{
    map->open = open;
}

int lan_accept(struct lan_map *map, struct sockaddr_in *peer)
{
    memset(peer, 0x7f, sizeof *peer);
    return map->open && choose(input) % 4 == 1 ? open_fd() : -1;
}

bool lan_find_route(const struct lan *of, uint32_t ip, uint16_t port,
                    struct sockaddr_in *host)
{
    (void)of;
    memset(host, 0, sizeof *host);
    return ((ip ^ port) & 1) == 0;
}

void lan_seen_from_board(const struct lan *of, const struct sockaddr_in *host,
                         uint32_t *ip, uint16_t *port)
{
    (void)of;
    *ip = host->sin_addr.s_addr;
    *port = host->sin_port;
}

int lan_connect(const struct sockaddr_in *host)
{
    (void)host;
    return choose(input) % 4 == 0 ? -1 : open_fd();
}

int lan_datagram(struct lan *of, uint16_t port)
{
    struct lan_map *map = lan_find_map(of, true, port);

    return map != NULL ? map->fd : open_fd();
}

void lan_release(struct lan *of, int fd)
{
    (void)of;
    if (fd < 0 || fd == PEERS_MAP_FD)
        return;
    FUZZ_CHECK(peers_hold(fd));
    is_open[fd - FIRST_FD] = false;
}

/* -- in the place of this machine's sockets ------------------------------------- */

/* How many of len bytes pass; 0 the end, -1 with errno. Without input nothing does. */
static ssize_t pass(size_t len, bool may_end)
{
    uint8_t what = choose(input);

    if (what == 0 || what == 1) {
        errno = what == 0 ? EAGAIN : EINTR;
        return -1;
    }
    if (what == 2) {
        errno = ECONNRESET;
        return -1;
    }
    if (what == 3 && may_end)
        return 0;
    if (what < 0x80)
        return (ssize_t)(what < len ? what : len);
    return (ssize_t)len;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_sendto(int fd, const void *bytes, size_t len, int flags,
                      const struct sockaddr *to, socklen_t size);
ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __wrap_recvfrom(int fd, void *bytes, size_t len, int flags, struct sockaddr *from,
                        socklen_t *size);
int __wrap_shutdown(int fd, int how);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_getpeername(int fd, struct sockaddr *peer, socklen_t *size);
int __wrap_close(int fd);
int __real_close(int fd);

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
    static struct guard guard;

    (void)flags;
    FUZZ_CHECK(peers_hold(fd));
    (void)guard_copy(&guard, bytes, len);
    return pass(len, false);
}

ssize_t __wrap_sendto(int fd, const void *bytes, size_t len, int flags,
                      const struct sockaddr *to, socklen_t size)
{
    static struct guard guard;

    (void)flags, (void)to, (void)size;
    FUZZ_CHECK(fd == PEERS_MAP_FD || peers_hold(fd));
    (void)guard_copy(&guard, bytes, len);
    return pass(len, false);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags)
{
    ssize_t got = pass(len, true);

    (void)flags;
    FUZZ_CHECK(peers_hold(fd) && len > 0);
    memset(bytes, 'r', len);
    return got;
}

ssize_t __wrap_recvfrom(int fd, void *bytes, size_t len, int flags, struct sockaddr *from,
                        socklen_t *size)
{
    (void)flags;
    FUZZ_CHECK(fd == PEERS_MAP_FD || peers_hold(fd));
    memset(bytes, 'd', len);
    memset(from, 0x7f, *size);
    return pass(len, true);
}

int __wrap_shutdown(int fd, int how)
{
    (void)how;
    FUZZ_CHECK(peers_hold(fd));
    return 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    int error = choose(input) == 0x40 ? ECONNREFUSED : 0;

    (void)level, (void)name;
    FUZZ_CHECK(peers_hold(fd) && *size == sizeof error);
    memcpy(value, &error, sizeof error);
    return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    (void)level, (void)name, (void)value, (void)size;
    FUZZ_CHECK(peers_hold(fd));
    return 0;
}

int __wrap_getpeername(int fd, struct sockaddr *peer, socklen_t *size)
{
    FUZZ_CHECK(peers_hold(fd));
    memset(peer, 0x7f, *size);
    return choose(input) == 0x41 ? -1 : 0;
}

int __wrap_close(int fd)
{
    if (!peers_hold(fd))
        return __real_close(fd);
    is_open[fd - FIRST_FD] = false;
    return 0;
}
