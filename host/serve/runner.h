/* SPDX-License-Identifier: MIT */
/* runner.h: programs of [run] as child processes: without a shell, each in a process
 * group of its own, a limited number at once, each for a limited time. Who finds no place
 * waits for one. */
#ifndef RUNNER_H
#define RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "descriptors.h"
#include "events.h"
#include "peer.h"
#include "ring.h"
#include "timers.h"

#define RUN_OUTPUT_MAX 254 /* bytes of a reply's data */

/* What to run. All of it has to stay only until order() was asked. */
struct run_order {
    char *const *argv;
    const uint8_t *input; /* for its standard input; at most PIPE_BUF bytes */
    size_t input_len;
    char *const *environment; /* besides the three below */
    const char *command;
    const char *key_name;
    char peer[PEER_TEXT_MAX];
    uint32_t limit_ms;
};

enum run_end {
    RUN_EXITED,      /* code: its exit status */
    RUN_KILLED,      /* code: the signal */
    RUN_OVER_LIMIT,  /* killed by us */
    RUN_NOT_STARTED, /* code: errno */
    RUN_TOO_LATE     /* waited for its turn in vain: not started */
};

struct run_result {
    enum run_end end;
    int code;
    const uint8_t *output; /* at most RUN_OUTPUT_MAX bytes; until ended() returns */
    size_t output_len;
    uint64_t output_total; /* bytes it wrote; those beyond output_len were thrown away */
};

struct run_client;

struct run_calls {
    /* Its turn has come. False: it does not want to run any more, and is forgotten. */
    bool (*order)(struct run_client *client, struct run_order *order);
    /* It has ended, and the client is forgotten before this call. */
    void (*ended)(struct run_client *client, const struct run_result *result);
};

/* Who wants something run; ring_init(&client.waiting) and the rest zero before the first
 * time. */
struct run_client {
    const struct run_calls *calls;
    struct run *run;     /* while it runs */
    struct ring waiting; /* while it waits */
};

struct runner {
    int epoll;
    const struct descriptors *descriptors;
    struct timers *timers;
    struct run *runs;
    struct ring free;    /* runs */
    struct ring busy;    /* runs */
    struct ring clients; /* that wait for a free run */
};

/* Allocates all that is needed for descriptors->handlers at once, two timers each. */
bool runner_init(struct runner *runner, int epoll, struct timers *timers,
                 const struct descriptors *descriptors);

/* Kills what still runs. */
void runner_free(struct runner *runner);

/* Calls order() and ended() now or later, so neither may call back in here. */
void runner_want(struct runner *runner, struct run_client *client);

/* Whether the client waits for its turn. */
bool runner_waits(const struct run_client *client);

/* The client does not want its turn any more. */
void runner_withdraw(struct run_client *client);

/* Whether nobody waits for anything that runs or is to run. */
bool runner_is_idle(const struct runner *runner);

#endif
