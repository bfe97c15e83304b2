/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "moment.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec time = {0, 0};

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

uint64_t moment_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

uint32_t moment_wrapping_ms(void)
{
    return (uint32_t)moment_ms();
}

static uint8_t hex_value(char digit)
{
    return (uint8_t)(isdigit((unsigned char)digit) ? digit - '0'
                                                   : (digit | 0x20) - 'a' + 10);
}

/* Leaves zeros where the system does not tell. */
static void read_boot_id(uint8_t id[MOMENT_BOOT_ID])
{
    char text[64];
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof text);
    unsigned digits = 0;

    memset(id, 0, MOMENT_BOOT_ID);
    for (ssize_t i = 0; i < len && digits < 2 * MOMENT_BOOT_ID; i++) {
        if (!isxdigit((unsigned char)text[i]))
            continue;
        id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | hex_value(text[i]));
        digits++;
    }
    if (fd >= 0)
        close(fd);
}

struct moment moment_now(void)
{
    struct moment now;

    now.boot_ms = moment_ms();
    now.real_ms = clock_ms(CLOCK_REALTIME);
    read_boot_id(now.boot_id);
    return now;
}

static bool is_same_boot(const struct moment *a, const struct moment *b)
{
    static const uint8_t unknown[MOMENT_BOOT_ID];

    return memcmp(a->boot_id, unknown, sizeof unknown) != 0 &&
           memcmp(a->boot_id, b->boot_id, sizeof a->boot_id) == 0;
}

uint64_t moment_left(const struct moment *start, uint32_t limit_ms,
                     const struct moment *now)
{
    uint64_t limit = (uint64_t)limit_ms + limit_ms / 64 + 1;
    uint64_t gone = 0;

    if (is_same_boot(start, now) && now->boot_ms > start->boot_ms)
        gone = now->boot_ms - start->boot_ms;
    return gone >= limit ? 0 : limit - gone;
}
