/* SPDX-License-Identifier: MIT */
#include "uart_talk.h"

#include <stdio.h>
#include <stdlib.h>

const csign_hash *uart_hash_named(const char *name)
{
    static const struct {
        const char *name;
        const csign_hash *hash;
    } hashes[] = {{"sha256", &csign_sha256},
                  {"blake2s", &csign_blake2s},
                  {"sha1", &csign_sha1},
                  {"sha512", &csign_sha512}};

    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
        if (strcmp(hashes[i].name, name) == 0)
            return hashes[i].hash;
    return NULL;
}

void uart_send(struct bench *board, const uint8_t *bytes, size_t len)
{
    char text[4 * 256 + 1];

    for (size_t i = 0; i < len; i++)
        snprintf(text + 4 * i, 5, "\\x%02x", bytes[i]);
    bench_do(board, "uart send %s", text);
}

/* What the firmware has said, out of the control line's escapes. */
size_t uart_take(struct bench *board, uint8_t bytes[UART_OUTPUT])
{
    const char *at = bench_do(board, "uart take");
    size_t len = 0;

    for (; *at != '\0' && len < UART_OUTPUT; at++) {
        char digits[3] = {0};

        if (*at == '\\' && at[1] == 'x') {
            memcpy(digits, at + 2, 2);
            bytes[len++] = (uint8_t)strtoul(digits, NULL, 16);
            at += 3;
        } else if (*at == '\\') {
            at++;
            bytes[len++] = (uint8_t)(*at == 'n' ? '\n' : *at == 'r' ? '\r' : *at);
        } else {
            bytes[len++] = (uint8_t)*at;
        }
    }
    return len;
}
