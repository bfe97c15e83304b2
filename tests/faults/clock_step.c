/* SPDX-License-Identifier: MIT */
/* clock_step.c: preloaded, it sets a program's clocks forward and back while it runs. The
 * file that CLOCK_STEP names holds seconds, each as eight bytes of this machine: for the
 * time of day, for the time since the start with sleep counted (a machine that slept),
 * and for the steady clock (no system does that; to see that it would be noticed). */
#define _GNU_SOURCE 1

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { REAL, BOOT, STEADY, STEPS };

typedef int get_clock(clockid_t, struct timespec *);

static const volatile int64_t *steps;
static get_clock *original;

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("CLOCK_STEP");
    int fd = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    void *map = MAP_FAILED;

    *(void **)&original = dlsym(RTLD_NEXT, "clock_gettime");
    if (fd >= 0) {
        map = mmap(NULL, STEPS * sizeof *steps, PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
    }
    if (map == MAP_FAILED)
        abort();
    steps = map;
}

static int64_t step_of(clockid_t clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        return steps[REAL];
    case CLOCK_BOOTTIME:
        return steps[BOOT] + steps[STEADY];
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
        return steps[STEADY];
    default:
        return 0;
    }
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = original(clock, time);

    time->tv_sec += (time_t)step_of(clock);
    return result;
}

time_t time(time_t *result)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL)
        *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    result->tv_sec = now.tv_sec;
    result->tv_usec = now.tv_nsec / 1000;
    return 0;
}
