/* SPDX-License-Identifier: MIT */
#include "runner.h"

#include "Countersign.h"
#include "spawn_child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_MAX   4096  /* bytes at once */
#define DRAIN_MAX  65536 /* bytes of output a turn: what a pipe holds */
#define PIPE_GONE  (-1)
#define NO_PROCESS 0

struct run {
    struct source output_source;
    struct source exit_source;
    struct timer limit;
    struct runner *runner;
    struct run_client *client; /* NULL when it was answered already: only to be reaped */
    struct ring place;         /* in runner->free or runner->busy */
    struct child child;
    size_t kept;
    uint64_t total;
    uint8_t output[RUN_OUTPUT_MAX];
};

static void start_waiting(struct runner *runner);

/* Reads what there is, at most a pipe's fill: a grandchild may write on for ever. */
static void drain(struct run *run)
{
    uint8_t bytes[READ_MAX];
    size_t drained = 0;

    while (run->child.output >= 0 && drained < DRAIN_MAX) {
        ssize_t len = read(run->child.output, bytes, sizeof bytes);
        size_t keep = RUN_OUTPUT_MAX - run->kept;

        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && errno == EAGAIN)
            return;
        if (len <= 0) {
            close(run->child.output);
            run->child.output = PIPE_GONE;
            return;
        }
        keep = keep < (size_t)len ? keep : (size_t)len;
        memcpy(run->output + run->kept, bytes, keep);
        run->kept += keep;
        run->total += (uint64_t)len;
        drained += (size_t)len;
    }
}

static void tell(struct run *run, enum run_end end, int code)
{
    struct run_client *client = run->client;
    struct run_result result = {.end = end,
                                .code = code,
                                .output = run->output,
                                .output_len = run->kept,
                                .output_total = run->total};

    if (client == NULL)
        return;
    run->client = NULL;
    client->run = NULL;
    client->calls->ended(client, &result);
}

/* Nothing of it is left; its place is free for the next. */
static void put_back(struct run *run)
{
    timer_clear(run->runner->timers, &run->limit);
    if (run->child.output >= 0)
        close(run->child.output);
    if (run->child.pidfd >= 0)
        close(run->child.pidfd);
    run->child = (struct child){.pid = NO_PROCESS, .pidfd = -1, .output = PIPE_GONE};
    csign_wipe(run->output, sizeof run->output);
    ring_join(&run->runner->free, &run->place);
}

static void output_ready(struct source *source, uint32_t events)
{
    (void)events;
    drain(OBJECT_OF(source, struct run, output_source));
}

/* What the program wrote is in the pipe by now. Others that hold the pipe open are not
 * waited for. */
static void exit_ready(struct source *source, uint32_t events)
{
    struct run *run = OBJECT_OF(source, struct run, exit_source);
    struct runner *runner = run->runner;
    siginfo_t info = {.si_pid = 0};

    (void)events;
    if (run->child.pid == NO_PROCESS ||
        waitid(P_PID, (id_t)run->child.pid, &info, WEXITED | WNOHANG) != 0 ||
        info.si_pid == 0)
        return;
    run->child.pid = NO_PROCESS;
    drain(run);
    tell(run, info.si_code == CLD_EXITED ? RUN_EXITED : RUN_KILLED, info.si_status);
    put_back(run);
    start_waiting(runner);
}

/* The child is not reaped yet, so neither number can mean another process. It may have
 * left its group. */
static void kill_group(const struct run *run)
{
    if (run->child.pid == NO_PROCESS)
        return;
    kill(-run->child.pid, SIGKILL);
    kill(run->child.pid, SIGKILL);
}

/* The client is answered at once: a process can take its time to die. */
static void limit_is_over(struct timer *timer)
{
    struct run *run = OBJECT_OF(timer, struct run, limit);

    kill_group(run);
    run->kept = 0;
    tell(run, RUN_OVER_LIMIT, 0);
}

bool runner_init(struct runner *runner, int epoll, struct timers *timers,
                 const struct descriptors *descriptors)
{
    runner->epoll = epoll;
    runner->timers = timers;
    runner->descriptors = descriptors;
    ring_init(&runner->free);
    ring_init(&runner->busy);
    ring_init(&runner->clients);
    runner->runs = calloc(descriptors->handlers, sizeof *runner->runs);
    for (size_t i = 0; runner->runs != NULL && i < descriptors->handlers; i++) {
        struct run *run = &runner->runs[i];

        run->runner = runner;
        run->output_source.ready = output_ready;
        run->exit_source.ready = exit_ready;
        run->limit.ring = limit_is_over;
        ring_init(&run->place);
        run->child.output = PIPE_GONE;
        run->child.pidfd = -1;
        put_back(run);
    }
    return runner->runs != NULL;
}

void runner_free(struct runner *runner)
{
    struct ring *place;

    if (runner->runs == NULL)
        return;
    while ((place = ring_first(&runner->busy)) != NULL) {
        struct run *run = OBJECT_OF(place, struct run, place);

        kill_group(run);
        put_back(run);
    }
    free(runner->runs);
}

static int start(struct run *run, struct run_order *order)
{
    struct runner *runner = run->runner;
    int error;

    run->kept = 0;
    run->total = 0;
    error = child_start(&run->child, order, runner->descriptors);
    if (error != 0)
        return error;
    if (!source_watch(&run->output_source, runner->epoll, run->child.output, EPOLLIN) ||
        !source_watch(&run->exit_source, runner->epoll, run->child.pidfd, EPOLLIN)) {
        error = errno;
        kill_group(run);
        waitpid(run->child.pid, NULL, 0);
        return error;
    }
    timer_set(runner->timers, &run->limit, clock_ms() + order->limit_ms);
    return 0;
}

/* Gives a free place to a client that does not wait any more. */
static void serve_client(struct run *run, struct run_client *client)
{
    struct run_order order;
    int error;

    if (!client->calls->order(client, &order))
        return;
    ring_join(&run->runner->busy, &run->place);
    run->client = client;
    client->run = run;
    error = start(run, &order);
    if (error == 0)
        return;
    tell(run, RUN_NOT_STARTED, error);
    put_back(run);
}

static void start_waiting(struct runner *runner)
{
    struct ring *place, *member;

    while ((place = ring_first(&runner->free)) != NULL &&
           (member = ring_first(&runner->clients)) != NULL) {
        ring_leave(member);
        serve_client(OBJECT_OF(place, struct run, place),
                     OBJECT_OF(member, struct run_client, waiting));
    }
}

void runner_want(struct runner *runner, struct run_client *client)
{
    ring_join(&runner->clients, &client->waiting);
    start_waiting(runner);
}

bool runner_waits(const struct run_client *client)
{
    return !ring_is_alone(&client->waiting);
}

void runner_withdraw(struct run_client *client)
{
    ring_leave(&client->waiting);
}

bool runner_is_idle(const struct runner *runner)
{
    for (struct ring *at = runner->busy.next; at != &runner->busy; at = at->next) {
        if (OBJECT_OF(at, struct run, place)->client != NULL)
            return false;
    }
    return ring_is_alone(&runner->clients);
}
