/* SPDX-License-Identifier: MIT */
/* address_open.c: sockets and lines at an address. */
#define _GNU_SOURCE 1

#include "address.h"
#include "serial_line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TEXT_MAX 300
#define BACKLOG  4096 /* the system cuts it to net.core.somaxconn */

/* "ADDRESS: why" as the listening side's error. Always -1, so that a caller can return
 * it; errno is kept. */
static int fail(const struct address *address, const char *why, char *error, size_t size)
{
    char text[TEXT_MAX + 1];
    int kept = errno;

    address_format(address, text, sizeof text);
    snprintf(error, size, "%s: %s", text, why);
    errno = kept;
    return -1;
}

/* Always -1; errno is kept. */
static int close_failed(int fd)
{
    int kept = errno;

    close(fd);
    errno = kept;
    return -1;
}

/* What getaddrinfo() found; *why when that is NULL. The name localhost is this machine's
 * loopback whatever a resolver says (RFC 6761, section 6.3), and where there is none. */
static struct addrinfo *resolve(const struct address *address, int flags,
                                const char **why)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | flags};
    struct addrinfo *found = NULL;
    bool is_localhost = strcasecmp(address->host, "localhost") == 0;
    int answer;

    if (is_localhost)
        hints.ai_flags &= ~AI_PASSIVE;
    answer = getaddrinfo(is_localhost ? NULL : address->host, address->port, &hints, &found);

    if (answer == 0)
        return found;
    *why = answer == EAI_SYSTEM ? strerror(errno) : gai_strerror(answer);
    return NULL;
}

static int open_socket(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    /* Messages are short and each awaits its answer: held back they cost a round trip. */
    if (fd >= 0 && family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static struct sockaddr_un unix_name(const struct address *address)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    memcpy(name.sun_path, address->path,
           strnlen(address->path, sizeof name.sun_path - 1));
    return name;
}

static int begin_connect(const struct sockaddr *name, socklen_t len, bool *is_pending)
{
    int fd = open_socket(name->sa_family);

    if (fd < 0)
        return -1;
    *is_pending = connect(fd, name, len) != 0;
    return *is_pending && errno != EINPROGRESS ? close_failed(fd) : fd;
}

static int connect_tcp(const struct address *address, unsigned index, bool *is_pending,
                       char *error, size_t error_size)
{
    const char *why = "";
    struct addrinfo *found = resolve(address, 0, &why);
    const struct addrinfo *at = found;
    int fd = -1, kept = 0;

    for (; at != NULL && index > 0; index--)
        at = at->ai_next;
    if (at != NULL) {
        fd = begin_connect(at->ai_addr, at->ai_addrlen, is_pending);
        kept = errno;
    }
    if (found != NULL)
        freeaddrinfo(found);
    else
        snprintf(error, error_size, "%s", why);
    errno = kept;
    return fd;
}

/* What is said when a connection fails at once is errno, so that the caller goes on to
 * the next address; error holds the resolver's failures, after which there is none. */
int address_connect(const struct address *address, unsigned index, bool *is_pending,
                    char *error, size_t error_size)
{
    struct sockaddr_un name;

    if (error_size > 0)
        error[0] = '\0';
    *is_pending = false;
    errno = 0;
    if (address->kind == ADDRESS_TCP)
        return connect_tcp(address, index, is_pending, error, error_size);
    if (index > 0)
        return -1;
    if (address->kind == ADDRESS_SERIAL)
        return serial_line_open(address->path, address->baud);
    name = unix_name(address);
    return begin_connect((const struct sockaddr *)&name, sizeof name, is_pending);
}

/* Port 0 became a number. */
static bool note_port(int fd, struct address *address)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    in_port_t port;

    if (getsockname(fd, (struct sockaddr *)&name, &len) != 0)
        return false;
    port = name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                      : ((struct sockaddr_in *)&name)->sin_port;
    snprintf(address->port, sizeof address->port, "%u", (unsigned)ntohs(port));
    return true;
}

static int bind_tcp(const struct addrinfo *at)
{
    int fd = open_socket(at->ai_family);
    int on = 1;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    return close_failed(fd);
}

static int listen_tcp(struct address *address, const char **why)
{
    struct addrinfo *found = resolve(address, AI_PASSIVE, why);
    int fd = -1;

    if (found == NULL)
        return -1;
    for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
        fd = bind_tcp(at);
    *why = strerror(errno);
    freeaddrinfo(found);
    if (fd < 0 || note_port(fd, address))
        return fd;
    *why = strerror(errno);
    return close_failed(fd);
}

/* Whether the socket file was left by a process that is gone. Anything but a refusal may
 * be a process that is there, and anything but a socket is someone's file. */
static bool is_abandoned(const struct sockaddr_un *name)
{
    struct stat status;
    int fd;
    bool is_refused;

    if (lstat(name->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return false;
    fd = open_socket(AF_UNIX);
    if (fd < 0)
        return false;
    is_refused = connect(fd, (const struct sockaddr *)name, sizeof *name) != 0 &&
                 errno == ECONNREFUSED;
    close(fd);
    return is_refused;
}

static bool bind_unix(int fd, const struct sockaddr_un *name)
{
    const struct sockaddr *plain = (const struct sockaddr *)name;

    if (bind(fd, plain, sizeof *name) == 0)
        return true;
    if (errno != EADDRINUSE)
        return false;
    if (is_abandoned(name) && unlink(name->sun_path) == 0)
        return bind(fd, plain, sizeof *name) == 0;
    errno = EADDRINUSE;
    return false;
}

static int listen_unix(const struct address *address)
{
    struct sockaddr_un name = unix_name(address);
    int fd = open_socket(AF_UNIX);

    if (fd < 0)
        return -1;
    /* Nobody can connect before listen(), so that the mode is in place in time. */
    if (bind_unix(fd, &name) && chmod(name.sun_path, 0660) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    return close_failed(fd);
}

int address_listen(struct address *address, char *error, size_t error_size)
{
    const char *why = NULL;
    int fd;

    if (error_size > 0)
        error[0] = '\0';
    if (address->kind == ADDRESS_TCP)
        fd = listen_tcp(address, &why);
    else if (address->kind == ADDRESS_UNIX)
        fd = listen_unix(address);
    else
        fd = serial_line_open(address->path, address->baud);
    if (fd >= 0)
        return fd;
    return fail(address, why != NULL ? why : strerror(errno), error, error_size);
}
