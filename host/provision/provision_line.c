/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "provision_line.h"

#include "moment.h"

#include <csign/bytes.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define TRIES    3
#define REPLY_MS 2000
#define SEND_MS  5000 /* for a frame to leave */
#define PART     32   /* bytes at a time: small receive buffers */
#define PART_MS  10

enum { AT_LEN = 1, AT_SEQUENCE = 2, AT_KIND = 3, AT_BODY = 4, AROUND = 6, REPLY = 0x80 };

/* CRC-16/IBM-3740. */
static uint16_t check_of(const uint8_t *bytes, size_t len)
{
    uint16_t crc = 0xffff;

    for (; len > 0; len--) {
        crc = (uint16_t)(crc ^ *bytes++ << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

void provision_frame_make(struct provision_frame *frame, uint8_t sequence, uint8_t kind,
                          const void *body, size_t len)
{
    uint16_t check;

    frame->bytes[0] = PROVISION_START;
    frame->bytes[AT_LEN] = (uint8_t)len;
    frame->bytes[AT_SEQUENCE] = sequence;
    frame->bytes[AT_KIND] = kind;
    if (len > 0)
        memcpy(frame->bytes + AT_BODY, body, len);
    check = check_of(frame->bytes + AT_LEN, len + AT_BODY - AT_LEN);
    frame->bytes[AT_BODY + len] = (uint8_t)(check >> 8);
    frame->bytes[AT_BODY + len + 1] = (uint8_t)check;
    frame->len = len + AROUND;
}

static void drop(struct provision_input *input, size_t len)
{
    input->len -= len;
    memmove(input->bytes, input->bytes + len, input->len);
}

/* A start that leads to no frame is passed over alone: what a bootloader or a sketch
 * prints may hold one just before the true one. */
bool provision_input_next(struct provision_input *input, struct provision_frame *frame)
{
    for (;;) {
        const uint8_t *start = memchr(input->bytes, PROVISION_START, input->len);
        size_t len;

        drop(input, start == NULL ? input->len : (size_t)(start - input->bytes));
        if (input->len < AROUND)
            return false;
        len = (size_t)input->bytes[AT_LEN] + AROUND;
        if (len <= sizeof frame->bytes && input->len < len)
            return false;
        if (len <= sizeof frame->bytes &&
            check_of(input->bytes + AT_LEN, len - AT_LEN) == 0) {
            memcpy(frame->bytes, input->bytes, len);
            frame->len = len;
            drop(input, len);
            return true;
        }
        drop(input, 1);
    }
}

static int left_ms(uint64_t end)
{
    uint64_t now = moment_ms();

    return now < end ? (int)(end - now) : 0;
}

/* Waits for bytes until the end and takes what there is. False: nothing came. */
static bool receive(struct provision_line *line, uint64_t end)
{
    struct pollfd pollfd = {.fd = line->fd, .events = POLLIN};
    struct provision_input *input = &line->input;
    ssize_t got;

    if (poll(&pollfd, 1, left_ms(end)) <= 0)
        return false;
    if (input->len == sizeof input->bytes)
        input->len = 0; /* noise: a frame is never that long */
    got = read(line->fd, input->bytes + input->len, sizeof input->bytes - input->len);
    if (got > 0)
        input->len += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        line->is_gone = true;
    return got > 0;
}

void provision_line_wait(struct provision_line *line, unsigned ms)
{
    uint64_t end = moment_ms() + ms;

    while (!line->is_gone && left_ms(end) > 0) {
        (void)receive(line, end);
        line->input.len = 0;
    }
}

static bool send_part(struct provision_line *line, const uint8_t *bytes, size_t len)
{
    uint64_t end = moment_ms() + SEND_MS;
    struct pollfd pollfd = {.fd = line->fd, .events = POLLOUT};

    while (len > 0 && left_ms(end) > 0) {
        ssize_t put = write(line->fd, bytes, len);

        if (put > 0) {
            bytes += put;
            len -= (size_t)put;
        } else if (put < 0 && errno != EAGAIN && errno != EINTR) {
            line->is_gone = true;
            return false;
        } else {
            (void)poll(&pollfd, 1, left_ms(end));
        }
    }
    return len == 0;
}

static bool send_frame(struct provision_line *line, const struct provision_frame *frame)
{
    for (size_t at = 0; at < frame->len; at += PART) {
        size_t left = frame->len - at;

        if (at > 0)
            (void)poll(NULL, 0, PART_MS);
        if (!send_part(line, frame->bytes + at, left < PART ? left : PART))
            return false;
    }
    return true;
}

/* Whether the reply to this request came in time. */
static bool await(struct provision_line *line, const struct provision_frame *request,
                  unsigned ms)
{
    uint64_t end = moment_ms() + ms;
    struct provision_frame reply;

    do {
        while (provision_input_next(&line->input, &reply)) {
            if (reply.bytes[AT_SEQUENCE] != request->bytes[AT_SEQUENCE] ||
                reply.bytes[AT_KIND] != (request->bytes[AT_KIND] | REPLY) ||
                reply.bytes[AT_LEN] == 0)
                continue;
            line->len = reply.bytes[AT_LEN];
            memcpy(line->body, reply.bytes + AT_BODY, line->len);
            return true;
        }
        (void)receive(line, end);
    } while (!line->is_gone && left_ms(end) > 0);
    return false;
}

bool provision_line_hello(struct provision_line *line)
{
    static const uint8_t version[] = {PROVISION_VERSION};
    struct provision_frame request;

    line->sequence = 0;
    provision_frame_make(&request, 0, PROVISION_HELLO, version, sizeof version);
    return send_frame(line, &request) && await(line, &request, PROVISION_QUIET_MS);
}

bool provision_line_ask(struct provision_line *line, enum provision_kind kind,
                        const void *body, size_t len)
{
    struct provision_frame request;
    bool is_answered = false;

    line->len = 0;
    provision_frame_make(&request, ++line->sequence, (uint8_t)kind, body, len);
    for (int i = 0; i < TRIES && !is_answered && !line->is_gone; i++)
        is_answered = send_frame(line, &request) && await(line, &request, REPLY_MS);
    csign_wipe(&request, sizeof request);
    return is_answered;
}

void provision_line_wipe(struct provision_line *line)
{
    csign_wipe(&line->input, sizeof line->input);
    csign_wipe(line->body, sizeof line->body);
}
