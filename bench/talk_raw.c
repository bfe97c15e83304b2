/* SPDX-License-Identifier: MIT */
/* talk_raw.c: the same bytes without cryptography. */
#include "talk.h"

enum { MESSAGE_MAX = 512 };

enum stage { WAKE, CHALLENGE, REQUEST, REPLY, OVER };

struct talk {
    enum stage stage;
    size_t have;
};

static size_t sizes[OVER];

static void setup(const struct talk_options *options)
{
    sizes[WAKE] = options->wake;
    sizes[CHALLENGE] = options->challenge;
    sizes[REQUEST] = options->request;
    sizes[REPLY] = options->reply;
}

static void begin(void *memory, int fd)
{
    (void)fd;
    *(struct talk *)memory = (struct talk){WAKE, 0};
}

static enum talk_state go_on(void *memory, int fd)
{
    static const uint8_t zeros[MESSAGE_MAX];
    uint8_t bytes[MESSAGE_MAX];
    struct talk *talk = memory;

    while (talk->stage < OVER) {
        size_t left = sizes[talk->stage] - talk->have, len = 0;

        if (left > 0)
            len = talk->stage == WAKE || talk->stage == REQUEST
                      ? talk_send(fd, zeros, left)
                      : talk_receive(fd, bytes, sizeof bytes);
        if (left > 0 && len == 0)
            return TALK_WAITS;
        talk->have += len;
        if (talk->have >= sizes[talk->stage])
            *talk = (struct talk){talk->stage + 1, 0};
    }
    *talk = (struct talk){REQUEST, 0};
    return TALK_DONE;
}

static void end(void *memory)
{
    (void)memory;
}

const struct talk_kind talk_raw = {"raw", sizeof(struct talk), setup, begin, go_on, end};
