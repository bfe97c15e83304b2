/* SPDX-License-Identifier: MIT */
#include "descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <linux/close_range.h>

/* A handler at rest has its output's pipe and a descriptor for the process; while it is
 * started, both ends of two pipes more. */
#define OF_A_HANDLER 2
#define OF_STARTING  4
#define OF_THE_REST  32 /* standard streams, epoll, log, listener, files of a reload */
#define HANDLERS_MIN  4
#define HANDLERS_PART 16 /* of the descriptors: one in so many is for a handler */

void descriptors_close_inherited(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_NOCTTY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

static size_t handlers_of(size_t descriptors)
{
    size_t handlers = descriptors / HANDLERS_PART;

    if (handlers > HANDLERS_MAX)
        return HANDLERS_MAX;
    return handlers < HANDLERS_MIN ? HANDLERS_MIN : handlers;
}

static size_t reserve_of(size_t handlers)
{
    return OF_THE_REST + OF_STARTING + handlers * OF_A_HANDLER;
}

/* As root beyond the hard limit too, where the kernel lets it. */
static void raise_to(struct descriptors *descriptors, rlim_t wanted)
{
    struct rlimit higher = descriptors->given;

    higher.rlim_cur = wanted;
    if (wanted > higher.rlim_max)
        higher.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &higher) != 0) {
        higher = descriptors->given;
        higher.rlim_cur = higher.rlim_max;
        setrlimit(RLIMIT_NOFILE, &higher);
    }
    getrlimit(RLIMIT_NOFILE, &descriptors->raised);
}

void descriptors_raise(struct descriptors *descriptors, size_t connections)
{
    size_t wanted = connections + reserve_of(HANDLERS_MAX);
    size_t have = wanted;

    getrlimit(RLIMIT_NOFILE, &descriptors->given);
    descriptors->raised = descriptors->given;
    if (descriptors->given.rlim_cur < wanted)
        raise_to(descriptors, wanted);
    if (descriptors->raised.rlim_cur < wanted)
        have = (size_t)descriptors->raised.rlim_cur;
    descriptors->handlers = have == wanted ? HANDLERS_MAX : handlers_of(have);
    descriptors->connections = connections;
    if (have < connections + reserve_of(descriptors->handlers))
        descriptors->connections = have > reserve_of(descriptors->handlers)
                                       ? have - reserve_of(descriptors->handlers)
                                       : 1;
}

void descriptors_lower_for_child(const struct descriptors *descriptors)
{
    struct rlimit limit = descriptors->raised;

    limit.rlim_cur = descriptors->given.rlim_cur;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void descriptors_raise_again(const struct descriptors *descriptors)
{
    setrlimit(RLIMIT_NOFILE, &descriptors->raised);
}
