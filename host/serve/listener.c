/* SPDX-License-Identifier: MIT */
#include "listener.h"

#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS  32  /* most a round; then it is the connections' turn */
#define PAUSE_MS 100 /* when the kernel is out of memory */

static void log_refusal(struct serve *serve, int fd,
                        const struct sockaddr_storage *address)
{
    struct log_entry entry;
    struct peer peer;
    char text[PEER_TEXT_MAX];

    peer_learn(&peer, fd, address);
    peer_format(&peer, text);
    log_begin(&serve->log, &entry, "turned-away");
    log_entry_text(&entry, "peer", text);
    log_write(&serve->log, &entry);
}

static void take_in(struct serve *serve, int fd, const struct sockaddr_storage *address)
{
    struct connections *connections = &serve->connections;

    if ((connections->count < connections->room || connections_make_room(connections)) &&
        connections_add(connections, fd, address))
        return;
    log_refusal(serve, fd, address);
    close(fd);
}

static int accept_one(int listener, struct sockaddr_storage *address)
{
    socklen_t len = sizeof *address;

    *address = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    return accept4(listener, (struct sockaddr *)address, &len,
                   SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Without a descriptor nobody can even be turned away, and would wake the loop for ever.
 */
static bool turn_away(struct listener *listener)
{
    struct sockaddr_storage address;
    int fd;

    close(listener->reserve);
    fd = accept_one(listener->fd, &address);
    if (fd >= 0) {
        log_refusal(listener->serve, fd, &address);
        close(fd);
    }
    listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

static void pause_accepting(struct listener *listener)
{
    source_unwatch(listener->serve->epoll, listener->fd);
    timer_set(&listener->serve->timers, &listener->pause, clock_ms() + PAUSE_MS);
}

static void pause_is_over(struct timer *timer)
{
    struct listener *listener = OBJECT_OF(timer, struct listener, pause);

    if (!source_watch(&listener->source, listener->serve->epoll, listener->fd, EPOLLIN))
        timer_set(&listener->serve->timers, &listener->pause, clock_ms() + PAUSE_MS);
}

/* accept() failed. False: no more of it in this round. */
static bool cope_with(struct listener *listener, int error)
{
    switch (error) {
    case EAGAIN:
        return false;
    case EMFILE:
    case ENFILE:
        if (connections_make_room(&listener->serve->connections) || turn_away(listener))
            return true;
        break;
    case ENOMEM:
    case ENOBUFS:
        break;
    default: /* that connection has failed, and with it nobody else */
        return true;
    }
    pause_accepting(listener);
    return false;
}

/* How many to take in. Asking until nobody is left costs a call for nothing, so one is
 * asked for, and more only where the last round left some. */
static int choose_accepts(struct listener *listener)
{
    bool is_again = listener->serve->round == listener->round + 1;

    listener->round = listener->serve->round;
    listener->accepts = is_again ? 2 * listener->accepts : 1;
    if (listener->accepts > ACCEPTS)
        listener->accepts = ACCEPTS;
    return listener->accepts;
}

static void ready(struct source *source, uint32_t events)
{
    struct listener *listener = OBJECT_OF(source, struct listener, source);
    struct sockaddr_storage address;
    int accepts = choose_accepts(listener);

    (void)events;
    for (int i = 0; i < accepts && listener->fd >= 0; i++) {
        int fd = accept_one(listener->fd, &address);

        if (fd >= 0)
            take_in(listener->serve, fd, &address);
        else if (!cope_with(listener, errno))
            break;
    }
}

bool listener_init(struct listener *listener, struct serve *serve, int fd)
{
    static const int on = 1;

    listener->source.ready = ready;
    listener->pause.ring = pause_is_over;
    listener->serve = serve;
    listener->accepts = 1;
    listener->fd = fd;
    /* One message is one segment. Accepted sockets inherit it (Linux); Unix sockets
     * refuse it without harm. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return source_watch(&listener->source, serve->epoll, fd, EPOLLIN);
}

void listener_close(struct listener *listener)
{
    if (listener->fd < 0)
        return;
    timer_clear(&listener->serve->timers, &listener->pause);
    close(listener->fd);
    close(listener->reserve);
    listener->fd = -1;
    if (listener->serve->address.kind == ADDRESS_UNIX)
        unlink(listener->serve->address.path);
}
