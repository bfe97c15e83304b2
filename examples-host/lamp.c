/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "lamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
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
