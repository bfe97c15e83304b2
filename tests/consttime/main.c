/* SPDX-License-Identifier: MIT */
/* main.c: runs every part and tells how many reports memcheck made in it:
 *
 *     part        0
 *     leak: part  3
 */
#include <stdio.h>
#include <stdlib.h>
#include <valgrind/memcheck.h>

#include "parts.h"

static const char *running = "";

void hide(const void *bytes, size_t len)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, len);
}

void reveal(const void *bytes, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(bytes, len);
}

bool has_secret(const void *bytes, size_t len)
{
    const uint8_t *byte = bytes;
    uint8_t hidden;

    for (size_t i = 0; i < len; i++) {
        if (VALGRIND_GET_VBITS(byte + i, &hidden, 1) != 1)
            must(false, "memcheck tells what it knows", __FILE__, __LINE__);
        if (hidden != 0)
            return true;
    }
    return false;
}

void must(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s: not so: %s (%s:%d)\n", running, what, file, line);
    exit(1);
}

static void run(const struct part *part, const char *kind)
{
    for (; part->run != NULL; part++) {
        unsigned long before = VALGRIND_COUNT_ERRORS;

        running = part->name;
        part->run(part->hash);
        printf("%s%s\t%lu\n", kind, part->name,
               (unsigned long)VALGRIND_COUNT_ERRORS - before);
    }
}

int main(void)
{
    if (!RUNNING_ON_VALGRIND) {
        fputs("runs under valgrind only: there is nobody else to report\n", stderr);
        return 2;
    }
    run(primitive_parts, "");
    run(sealed_parts, "");
    run(classic_parts, "");
    run(leaks, "leak: ");
    return 0;
}
