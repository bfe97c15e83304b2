/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GUARD_ROOM = 1 << 19 };

uint8_t choose(struct choices *from)
{
    if (from->left == 0)
        return 0;
    from->left--;
    return *from->at++;
}

uint16_t choose16(struct choices *from)
{
    uint8_t high = choose(from);

    return (uint16_t)(high << 8 | choose(from));
}

const uint8_t *choose_bytes(struct choices *from, size_t len, size_t *got)
{
    const uint8_t *bytes = from->at;

    *got = len < from->left ? len : from->left;
    from->at += *got;
    from->left -= *got;
    return bytes;
}

_Noreturn void fuzz_fail(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

static void guard_begin(struct guard *guard)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *all = mmap(NULL, GUARD_ROOM + page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    FUZZ_CHECK(all != MAP_FAILED);
    FUZZ_CHECK(mprotect(all + GUARD_ROOM, page, PROT_NONE) == 0);
    guard->end = all + GUARD_ROOM;
}

uint8_t *guard_room(struct guard *guard, size_t len)
{
    FUZZ_CHECK(len <= GUARD_ROOM);
    if (guard->end == NULL)
        guard_begin(guard);
    return guard->end - len;
}

const uint8_t *guard_copy(struct guard *guard, const void *bytes, size_t len)
{
    uint8_t *room = guard_room(guard, len);

    if (len > 0)
        memcpy(room, bytes, len);
    return room;
}

void log_byte(struct log *log, unsigned byte)
{
    uint8_t *last = log->bytes + sizeof log->bytes - 1;

    if (log->len < sizeof log->bytes)
        log->bytes[log->len++] = (uint8_t)byte;
    else
        *last = (uint8_t)(*last * 31 + byte);
}

void log_bytes(struct log *log, uint8_t mark, const uint8_t *bytes, size_t len)
{
    log_byte(log, mark);
    log_byte(log, (unsigned)(len >> 8));
    log_byte(log, (unsigned)len);
    for (size_t i = 0; i < len; i++)
        log_byte(log, bytes[i]);
}

bool log_is_same(const struct log *a, const struct log *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guard guard;
    struct choices in = {guard_copy(&guard, data, size), size};

    fuzz(&in);
    return 0;
}
