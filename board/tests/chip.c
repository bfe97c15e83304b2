/* SPDX-License-Identifier: MIT */
#include "chip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void note(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static void fault(void *context, const char *text)
{
    struct bench_chip *b = context;

    snprintf(b->fault, sizeof b->fault, "%s", text);
}

static void event(void *context)
{
    ((struct bench_chip *)context)->events++;
}

void chip_start(struct bench_chip *b)
{
    const struct w5500_surroundings out = {b, note, fault, event};

    w5500_init(&b->chip, &b->lan, &out);
    b->fault[0] = '\0';
}

void chip_stop(struct bench_chip *b)
{
    w5500_power(&b->chip, false);
    for (int i = 0; i < b->lan.maps; i++)
        close(b->lan.map[i].fd);
    memset(&b->lan, 0, sizeof b->lan);
}

void chip_pass(struct bench_chip *b, uint64_t microseconds)
{
    uint64_t end = b->chip.now + microseconds;

    while (b->chip.now < end)
        w5500_tick(&b->chip, b->chip.now + 100);
}

void chip_frame(struct bench_chip *b, uint16_t address, uint8_t control, uint8_t *bytes,
                unsigned count)
{
    w5500_select(&b->chip, true);
    w5500_exchange(&b->chip, (uint8_t)(address >> 8));
    w5500_exchange(&b->chip, (uint8_t)address);
    w5500_exchange(&b->chip, control);
    for (unsigned i = 0; i < count; i++) {
        uint8_t miso = w5500_exchange(&b->chip, bytes[i]);

        if (!(control & 4))
            bytes[i] = miso;
    }
    w5500_select(&b->chip, false);
}

uint8_t chip_common(struct bench_chip *b, uint16_t address)
{
    uint8_t value = 0;

    chip_frame(b, address, 0, &value, 1);
    return value;
}

void chip_set_common(struct bench_chip *b, uint16_t address, uint8_t value)
{
    chip_frame(b, address, 4, &value, 1);
}

static uint8_t control(int n, int kind, bool write)
{
    return (uint8_t)((n * 4 + kind) << 3 | (write ? 4 : 0));
}

uint8_t chip_get(struct bench_chip *b, int n, uint16_t address)
{
    uint8_t value = 0;

    chip_frame(b, address, control(n, 1, false), &value, 1);
    return value;
}

uint16_t chip_get16(struct bench_chip *b, int n, uint16_t address)
{
    uint8_t pair[2] = {0, 0};

    chip_frame(b, address, control(n, 1, false), pair, 2);
    return w5500_get16(pair);
}

void chip_set(struct bench_chip *b, int n, uint16_t address, uint8_t value)
{
    chip_frame(b, address, control(n, 1, true), &value, 1);
}

void chip_set16(struct bench_chip *b, int n, uint16_t address, uint16_t value)
{
    uint8_t pair[2];

    w5500_set16(pair, value);
    chip_frame(b, address, control(n, 1, true), pair, 2);
}

void chip_command(struct bench_chip *b, int n, uint8_t command)
{
    chip_set(b, n, S_CR, command);
}

void chip_listen(struct bench_chip *b, int n, uint16_t port)
{
    chip_set(b, n, S_MR, 1);
    chip_set16(b, n, S_PORT, port);
    chip_command(b, n, CR_OPEN);
    chip_command(b, n, CR_LISTEN);
}

void chip_send(struct bench_chip *b, int n, const char *text)
{
    uint8_t bytes[4096];
    unsigned count = (unsigned)strlen(text);
    uint16_t at = chip_get16(b, n, S_TX_WR);

    memcpy(bytes, text, count);
    chip_frame(b, at, control(n, 2, true), bytes, count);
    chip_set16(b, n, S_TX_WR, (uint16_t)(at + count));
    chip_command(b, n, CR_SEND);
}

void chip_start_mapped(struct bench_chip *b)
{
    lan_add_map(&b->lan, "80=127.0.0.1:0");
    chip_start(b);
}

int chip_establish(struct bench_chip *b)
{
    int peer;

    chip_start_mapped(b);
    chip_listen(b, 0, 80);
    peer = peer_connect(b, 80);
    chip_pass(b, 200);
    return peer;
}

unsigned chip_receive(struct bench_chip *b, int n, char *text, unsigned size)
{
    unsigned count = chip_get16(b, n, S_RX_RSR);
    uint16_t at = chip_get16(b, n, S_RX_RD);

    if (count > size - 1)
        count = size - 1;
    chip_frame(b, at, control(n, 3, false), (uint8_t *)text, count);
    text[count] = '\0';
    chip_set16(b, n, S_RX_RD, (uint16_t)(at + count));
    chip_command(b, n, CR_RECV);
    return count;
}

int peer_connect(struct bench_chip *b, uint16_t port)
{
    struct lan_map *map = lan_find_map(&b->lan, false, port);
    struct timeval second = {1, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    if (connect(fd, (struct sockaddr *)&map->host, sizeof map->host) == 0)
        return fd;
    close(fd);
    return -1;
}

int peer_listen(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t size = sizeof a;
    struct timeval second = {1, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    if (bind(fd, (struct sockaddr *)&a, size) != 0 || listen(fd, 4) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &size) != 0)
        return -1;
    *port = ntohs(a.sin_port);
    return fd;
}

int peer_read(int fd, char *text, unsigned size)
{
    ssize_t got = recv(fd, text, size - 1, 0);

    text[got > 0 ? got : 0] = '\0';
    return (int)got;
}
