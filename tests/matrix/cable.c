/* SPDX-License-Identifier: MIT */
/* cable.c: a serial cable with somebody listening, and able to talk.
 *
 *     matrix_cable END END      the client's end, the device's
 *
 * END is `pty`, a new pseudo-terminal, or the path of a terminal that is there. Prints
 * `end PATH` for each, then all that passes: `> HEX` from the client, `< HEX` from the
 * device. A line `HEX` on standard input goes to the device as if the client had sent it,
 * and is answered with `=`: all that passed before has been told. It ends when standard
 * input does.
 *
 * Terminals move their bytes in workers of the kernel, which a busy machine may keep
 * waiting for seconds, while a line's silences go by the clock. So a byte goes round a
 * terminal of the cable's own, and `late MS` tells when it took longer than LATE_MS.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { CLIENT, DEVICE, INPUT, PROBE, ENDS };
enum { BYTES = 512, LINE = 4 * BYTES, PROBE_MS = 20, LATE_MS = 100 };

/* A byte on its way from one side of a terminal to the other. */
struct probe {
    int from, to;
    int64_t sent; /* ms; 0: none is under way */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "matrix_cable: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void make_raw(int fd)
{
    struct termios settings;

    if (tcgetattr(fd, &settings) != 0)
        die("no terminal");
    cfmakeraw(&settings);
    if (tcsetattr(fd, TCSANOW, &settings) != 0)
        die("raw");
}

/* Both sides are open: a program may close its end and another open it, where the cable
 * alone would read errors. */
static int open_pty(int *other)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY);

    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0)
        die("pty");
    *other = open(ptsname(fd), O_RDWR | O_NOCTTY);
    if (*other < 0)
        die("pty");
    make_raw(*other);
    return fd;
}

static int open_end(const char *name)
{
    int fd;

    if (strcmp(name, "pty") == 0) {
        fd = open_pty(&(int){0});
        printf("end %s\n", ptsname(fd));
        return fd;
    }
    fd = open(name, O_RDWR | O_NOCTTY);
    if (fd < 0)
        die(name);
    make_raw(fd);
    printf("end %s\n", name);
    return fd;
}

static void write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = write(fd, bytes, len);
        if (sent < 0)
            die("write");
        bytes += sent;
        len -= (size_t)sent;
    }
}

/* Told before it is passed on: whoever knows of an answer can read what came before it.
 */
static void pass(int from, int to, char direction)
{
    uint8_t bytes[BYTES];
    ssize_t got = read(from, bytes, sizeof bytes);

    if (got <= 0)
        die("read");
    putchar(direction);
    putchar(' ');
    for (ssize_t i = 0; i < got; i++)
        printf("%02x", bytes[i]);
    putchar('\n');
    fflush(stdout);
    write_all(to, bytes, (size_t)got);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell_late(const struct probe *probe)
{
    int64_t ms = now_ms() - probe->sent;

    if (probe->sent != 0 && ms > LATE_MS)
        printf("late %lld\n", (long long)ms);
}

static void send_probe(struct probe *probe)
{
    static int64_t last;

    if (probe->sent != 0 || now_ms() - last < PROBE_MS)
        return;
    last = probe->sent = now_ms();
    write_all(probe->from, (const uint8_t *)"", 1);
}

static void take_probe(struct probe *probe)
{
    uint8_t byte;

    if (read(probe->to, &byte, 1) != 1)
        die("probe");
    tell_late(probe);
    probe->sent = 0;
}

static void inject(int to, const struct probe *probe)
{
    static char line[LINE];
    static size_t have;
    uint8_t bytes[BYTES];
    ssize_t got = read(STDIN_FILENO, line + have, sizeof line - 1 - have);
    char *end;

    if (got <= 0)
        exit(0);
    have += (size_t)got;
    line[have] = '\0';
    while ((end = strchr(line, '\n')) != NULL) {
        size_t len = 0;
        unsigned value;

        for (char *at = line;
             at + 1 < end && len < BYTES && sscanf(at, "%2x", &value) == 1; at += 2)
            bytes[len++] = (uint8_t)value;
        write_all(to, bytes, len);
        tell_late(probe);
        puts("=");
        fflush(stdout);
        have -= (size_t)(end + 1 - line);
        memmove(line, end + 1, have + 1);
    }
}

int main(int argc, char **argv)
{
    struct pollfd ends[ENDS];
    struct probe probe = {0};

    if (argc != 3) {
        fprintf(stderr, "usage: matrix_cable END END\n");
        return 2;
    }
    for (int i = 0; i < ENDS; i++)
        ends[i] = (struct pollfd){.events = POLLIN};
    probe.from = open_pty(&probe.to);
    ends[INPUT].fd = STDIN_FILENO;
    ends[PROBE].fd = probe.to;
    ends[CLIENT].fd = open_end(argv[1]);
    ends[DEVICE].fd = open_end(argv[2]);
    fflush(stdout);
    while (poll(ends, ENDS, PROBE_MS) >= 0) {
        send_probe(&probe);
        if (ends[PROBE].revents != 0)
            take_probe(&probe);
        if (ends[CLIENT].revents != 0)
            pass(ends[CLIENT].fd, ends[DEVICE].fd, '>');
        if (ends[DEVICE].revents != 0)
            pass(ends[DEVICE].fd, ends[CLIENT].fd, '<');
        if (ends[INPUT].revents != 0)
            inject(ends[DEVICE].fd, &probe);
    }
    die("poll");
}
