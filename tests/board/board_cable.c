/* SPDX-License-Identifier: MIT */
#include "board_cable.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRAME_MAX = 80, HEARD_MAX = 512, TURNS = 200 };

struct heard {
    uint8_t bytes[HEARD_MAX];
    size_t len;
};

static uint8_t sequence;

static uint16_t check_of(const uint8_t *bytes, size_t len)
{
    uint16_t crc = 0xffff;

    while (len-- > 0) {
        crc = (uint16_t)(crc ^ *bytes++ << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

static void send_frame(struct device *d, uint8_t kind, const uint8_t *body, size_t len)
{
    uint8_t frame[FRAME_MAX] = {0xc5, (uint8_t)len, ++sequence, kind};
    char text[4 * FRAME_MAX + 1];
    uint16_t check;

    if (len > 0)
        memcpy(frame + 4, body, len);
    check = check_of(frame + 1, len + 3);
    frame[4 + len] = (uint8_t)(check >> 8);
    frame[5 + len] = (uint8_t)check;
    for (size_t i = 0; i < len + 6; i++)
        snprintf(text + 4 * i, 5, "\\x%02x", frame[i]);
    bench_do(&d->board, "uart send %s", text);
}

/* What the control line tells, out of its escapes. */
static void hear(struct device *d, struct heard *heard)
{
    const char *at = bench_do(&d->board, "uart take");

    while (*at != '\0' && heard->len < HEARD_MAX) {
        char digits[3] = {0};
        uint8_t byte = (uint8_t)*at++;

        if (byte == '\\' && *at == 'x') {
            memcpy(digits, at + 1, 2);
            byte = (uint8_t)strtoul(digits, NULL, 16);
            at += 3;
        } else if (byte == '\\') {
            static const char letters[] = "nrt", meant[] = "\n\r\t";
            const char *letter = strchr(letters, *at);

            byte = (uint8_t)(letter == NULL ? *at : meant[letter - letters]);
            at++;
        }
        heard->bytes[heard->len++] = byte;
    }
}

/* The reply among what else a sketch says: its status. */
static int find_reply(const struct heard *heard, uint8_t kind, uint8_t reply[80])
{
    for (size_t at = 0; at + 6 < heard->len; at++) {
        const uint8_t *frame = heard->bytes + at;
        size_t len = frame[1];

        if (frame[0] != 0xc5 || frame[2] != sequence || frame[3] != (kind | 0x80) ||
            len == 0 || len > 70 || at + len + 6 > heard->len ||
            check_of(frame + 1, len + 5) != 0)
            continue;
        memcpy(reply, frame + 4, len);
        return reply[0];
    }
    return CABLE_NO_REPLY;
}

int cable_ask(struct device *d, uint8_t kind, const uint8_t *body, size_t len,
              uint8_t reply[80])
{
    struct heard heard = {.len = 0};
    int status = CABLE_NO_REPLY;

    bench_do(&d->board, "uart take");
    send_frame(d, kind, body, len);
    for (int i = 0; i < TURNS && status == CABLE_NO_REPLY; i++) {
        const char *answer = bench_ask(&d->board, "run 10ms");

        if (strncmp(answer, "error reason=cut", 16) == 0)
            return CABLE_CUT;
        hear(d, &heard);
        status = find_reply(&heard, kind, reply);
    }
    return status;
}

int cable_state(struct device *d)
{
    static const uint8_t version = 1;
    uint8_t reply[80];
    int status = cable_ask(d, CABLE_HELLO, &version, 1, reply);

    return status == 0 ? reply[2] : status;
}

int cable_provision(struct device *d, const char *id, const uint8_t secret[32],
                    const uint8_t key[32])
{
    uint8_t key_body[37] = {0, 0xff, 0xff, 0xff, 0xff}; /* slot 0, every right */
    uint8_t prove_body[17] = "sixteen byte now"; /* and slot 0 */
    const struct {
        uint8_t kind;
        const uint8_t *body;
        size_t len;
    } steps[] = {{CABLE_BEGIN, NULL, 0},
                 {CABLE_ID, (const uint8_t *)id, strlen(id)},
                 {CABLE_SECRET, secret, 32},
                 {CABLE_KEY, key_body, sizeof key_body},
                 {CABLE_PROVE, prove_body, sizeof prove_body},
                 {CABLE_COMMIT, NULL, 0}};
    uint8_t reply[80];
    int status = cable_state(d);

    memcpy(key_body + 5, key, 32);
    status = status < 0 ? status : 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == 0; i++)
        status = cable_ask(d, steps[i].kind, steps[i].body, steps[i].len, reply);
    return status;
}
