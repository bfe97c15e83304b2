/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "lamp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

static csign_sha256_work work;
const csign_settings lamp_settings = {
    .hasher = {&csign_sha256, &work.head},
    .id = "lamp-1",
    .id_len = 6,
    .wake = 16,
    .challenge = 16,
    .tag = 16,
    .request_max = LAMP_PAYLOAD,
    .reply_max = LAMP_PAYLOAD,
    .deadline_ms = CSIGN_DEADLINE_MS,
};

int lamp_read_key(const char *path, uint8_t key[32])
{
    FILE *file = fopen(path, "r");
    unsigned byte, count = 0;

    if (file == NULL || fscanf(file, "hex:") == EOF)
        return -1;
    while (count < 32 && fscanf(file, "%2x", &byte) == 1)
        key[count++] = (uint8_t)byte;
    return fclose(file) == 0 && count == 32 ? 0 : -1;
}

void lamp_draw(uint8_t *bytes, size_t len)
{
    if (getrandom(bytes, len, 0) != (ssize_t)len)
        abort();
}

uint32_t lamp_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000 + (uint32_t)(now.tv_nsec / 1000000);
}

static int with_short_reads(int fd)
{
    struct timeval patience = {0, 100000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

int lamp_listen(void)
{
    struct sockaddr_in at = loopback(0);
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *)&at, size) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        return -1;
    printf("listening on tcp://127.0.0.1:%u\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

int lamp_accept(int listener)
{
    return with_short_reads(accept(listener, NULL, NULL));
}

int lamp_connect(const char *port)
{
    struct sockaddr_in at = loopback((uint16_t)atoi(port));
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return connect(fd, (struct sockaddr *)&at, sizeof at) == 0 ? with_short_reads(fd)
                                                               : -1;
}

size_t lamp_write(int fd, const uint8_t *bytes, size_t len)
{
    ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

    return sent > 0 ? (size_t)sent : len;
}
