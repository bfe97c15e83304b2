/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1

#include "serial_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const struct {
    unsigned baud;
    speed_t speed;
} speeds[] = {
    {300, B300},         {600, B600},         {1200, B1200},       {1800, B1800},
    {2400, B2400},       {4800, B4800},       {9600, B9600},       {19200, B19200},
    {38400, B38400},     {57600, B57600},     {115200, B115200},   {230400, B230400},
    {460800, B460800},   {500000, B500000},   {576000, B576000},   {921600, B921600},
    {1000000, B1000000}, {1152000, B1152000}, {1500000, B1500000}, {2000000, B2000000},
    {2500000, B2500000}, {3000000, B3000000}, {3500000, B3500000}, {4000000, B4000000},
};

/* B0, which hangs up, when there is none. */
static speed_t speed_of(unsigned baud)
{
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++) {
        if (speeds[i].baud == baud)
            return speeds[i].speed;
    }
    return B0;
}

bool serial_line_knows(unsigned baud)
{
    return speed_of(baud) != B0;
}

/* TIOCEXCL keeps later opens away, but not root's: the lock does, among us. */
static bool claim(int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            errno = EBUSY;
        return false;
    }
    return ioctl(fd, TIOCEXCL) == 0;
}

/* tcsetattr() succeeds when it could do any of what it was asked, so the line is asked what
 * it does now. */
static bool is_set(int fd, speed_t speed)
{
    struct termios now;

    if (tcgetattr(fd, &now) != 0)
        return false;
    if (cfgetospeed(&now) == speed && (now.c_lflag & (ICANON | ECHO)) == 0 &&
        (now.c_cflag & CSIZE) == CS8)
        return true;
    errno = EINVAL;
    return false;
}

static bool make_raw(int fd, speed_t speed)
{
    struct termios line;

    if (tcgetattr(fd, &line) != 0)
        return false;
    cfmakeraw(&line);
    line.c_iflag &= ~(tcflag_t)(IXOFF | IXANY | INPCK);
    line.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
    line.c_cflag |= CREAD | CLOCAL;
    line.c_cc[VMIN] = 1;
    line.c_cc[VTIME] = 0;
    return cfsetispeed(&line, speed) == 0 && cfsetospeed(&line, speed) == 0 &&
           tcsetattr(fd, TCSANOW, &line) == 0 && is_set(fd, speed);
}

/* Always -1; errno is kept. */
static int close_failed(int fd)
{
    int kept = errno;

    close(fd);
    errno = kept;
    return -1;
}

int serial_line_open(const char *path, unsigned baud)
{
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (!isatty(fd) || !claim(fd) || !make_raw(fd, speed_of(baud)) ||
        tcflush(fd, TCIOFLUSH) != 0)
        return close_failed(fd);
    return fd;
}
