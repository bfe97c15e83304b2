/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "state_bytes.h"

#include <errno.h>
#include <unistd.h>

void state_put(uint8_t *bytes, uint64_t number, size_t len)
{
    while (len-- > 0) {
        bytes[len] = (uint8_t)number;
        number >>= 8;
    }
}

uint64_t state_get(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;

    while (len-- > 0)
        number = number << 8 | *bytes++;
    return number;
}

uint64_t state_check(const uint8_t *bytes, size_t len)
{
    uint64_t check = 0xcbf29ce484222325;

    while (len-- > 0)
        check = (check ^ *bytes++) * 0x100000001b3;
    return check;
}

bool state_write(int fd, const uint8_t *bytes, size_t len, off_t offset)
{
    while (len > 0) {
        ssize_t put = pwrite(fd, bytes, len, offset);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            errno = put == 0 ? ENOSPC : errno;
            return false;
        }
        bytes += put;
        len -= (size_t)put;
        offset += put;
    }
    return fdatasync(fd) == 0;
}
