/* SPDX-License-Identifier: MIT */
#include "serve_loop.h"

#include "reload.h"
#include "store_change.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EVENTS 256 /* a round */

static void log_event(struct serve *serve, const char *event)
{
    struct log_entry entry;

    log_begin(&serve->log, &entry, event);
    log_write(&serve->log, &entry);
}

static void stop(struct serve *serve)
{
    if (serve->is_stopping) {
        serve->is_cut_off = true;
        return;
    }
    serve->is_stopping = true;
    log_event(serve, "stopping");
    listener_close(&serve->listener);
    connections_each(&serve->connections, conversation_stop);
    serial_device_stop(&serve->line);
}

static void signals_ready(struct source *source, uint32_t events)
{
    struct serve *serve = OBJECT_OF(source, struct serve, signals);
    struct signalfd_siginfo info;

    (void)events;
    while (read(serve->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP)
            stop(serve);
        else if (!serve->is_stopping)
            reload(serve);
    }
}

bool serve_loop_init(struct serve *serve)
{
    sigset_t signals;

    serve->now = clock_ms();
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    /* Whatever this process was born with: a child that is ignored leaves no exit status.
     */
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    serve->signals.ready = signals_ready;
    serve->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return serve->signal_fd >= 0 &&
           source_watch(&serve->signals, serve->epoll, serve->signal_fd, EPOLLIN);
}

static bool is_over(const struct serve *serve)
{
    return serve->is_cut_off ||
           (serve->is_stopping && serve->connections.count == 0 &&
            serial_device_is_over(&serve->line) && runner_is_idle(&serve->runner));
}

static int timeout_of(const struct serve *serve)
{
    int64_t left = timers_next(&serve->timers) - clock_ms();

    if (left <= 0 || !ring_is_alone(&serve->again))
        return 0;
    return left < 60000 ? (int)left : 60000;
}

/* Those that are here now, once each. */
static void go_round(struct serve *serve)
{
    struct ring *member;

    ring_join(&serve->again, &serve->mark);
    while ((member = serve->again.next) != &serve->mark) {
        ring_leave(member);
        serve->now = clock_ms();
        conversation_go_on(OBJECT_OF(member, struct conversation, again));
    }
    ring_leave(&serve->mark);
}

void serve_loop(struct serve *serve)
{
    struct epoll_event events[EVENTS];

    while (!is_over(serve)) {
        int count = epoll_wait(serve->epoll, events, EVENTS, timeout_of(serve));

        serve->round++;
        for (int i = 0; i < count; i++) {
            struct source *source = events[i].data.ptr;

            serve->now = clock_ms();
            source->ready(source, events[i].events);
        }
        serve->now = clock_ms();
        timers_ring(&serve->timers, serve->now);
        go_round(serve);
        store_change_end_dropped(serve);
        log_flush(&serve->log);
    }
}
