/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "dialogue.h"

#include "connect.h"
#include "moment.h"
#include "status_text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define LONGEST_WAIT_MS 60000

static int clipped(uint64_t ms)
{
    return (int)(ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : ms);
}

/* Opening a serial line resets many devices, whose boot loader then takes and sends bytes
 * of its own. */
static void wait_for_boot(int fd, unsigned boot_ms)
{
    uint64_t end = moment_ms() + boot_ms;
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    uint8_t dropped[DIALOGUE_BUFFER];

    for (uint64_t now = moment_ms(); now < end; now = moment_ms()) {
        if (poll(&pollfd, 1, clipped(end - now)) > 0 &&
            read(fd, dropped, sizeof dropped) <= 0)
            pollfd.fd = -1; /* the line is gone, which the first write will tell */
    }
}

void dialogue_start(struct dialogue *d, int fd, unsigned boot_ms,
                    const csign_client_config *config, uint8_t *memory)
{
    memset(d, 0, sizeof *d);
    d->fd = fd;
    wait_for_boot(fd, boot_ms);
    csign_client_open(&d->client, config, memory, moment_wrapping_ms());
}

static void fail(struct dialogue *d, const char *what)
{
    snprintf(d->trouble, sizeof d->trouble, "%s: %s", what, strerror(errno));
    csign_client_close(&d->client, CSIGN_E_SEND);
}

static void give_challenge(struct dialogue *d)
{
    uint8_t fresh[CSIGN_CHALLENGE_MAX];
    size_t len = d->client.config->settings->wake;
    ssize_t got;

    do
        got = getrandom(fresh, len, 0);
    while (got < 0 && errno == EINTR);
    if (got == (ssize_t)len)
        csign_client_challenge(&d->client, fresh, moment_wrapping_ms());
    else
        fail(d, "no random bytes from the system");
}

/* Waits for the descriptor, no longer than until the client's next limit. */
static bool is_ready(struct dialogue *d, short events)
{
    struct pollfd pollfd = {.fd = d->fd, .events = events};
    uint32_t due = csign_client_due(&d->client, moment_wrapping_ms());

    return poll(&pollfd, 1, clipped(due)) > 0;
}

static void send_some(struct dialogue *d)
{
    size_t len;
    const uint8_t *out = csign_client_out(&d->client, &len);
    ssize_t put = write(d->fd, out, len);

    if (put >= 0)
        csign_client_sent(&d->client, (size_t)put, moment_wrapping_ms());
    else if (connect_is_passing(errno))
        (void)is_ready(d, POLLOUT);
    else
        fail(d, "cannot send"); /* of this write no byte has left */
}

/* Reads what there is, without waiting for it. */
static void fill(struct dialogue *d)
{
    ssize_t got = read(d->fd, d->bytes, sizeof d->bytes);

    if (got > 0) {
        d->at = 0;
        d->len = (size_t)got;
    } else if (got == 0) {
        csign_client_end(&d->client);
    } else if (!connect_is_passing(errno)) {
        fail(d, "cannot receive");
    }
}

static void receive_some(struct dialogue *d)
{
    if (d->at == d->len && is_ready(d, POLLIN))
        fill(d);
    if (d->at < d->len)
        d->at += csign_client_take(&d->client, d->bytes + d->at, d->len - d->at,
                                   moment_wrapping_ms());
}

/* A device that has hung up answers no request: better none leaves. */
static bool has_hung_up(struct dialogue *d)
{
    struct pollfd pollfd = {.fd = d->fd, .events = POLLIN};

    if (d->at == d->len && poll(&pollfd, 1, 0) > 0)
        fill(d);
    return csign_client_wants(&d->client) == CSIGN_WANTS_CLOSE;
}

bool dialogue_advance(struct dialogue *d)
{
    for (;;) {
        csign_client_tick(&d->client, moment_wrapping_ms());
        switch (csign_client_wants(&d->client)) {
        case CSIGN_WANTS_CHALLENGE:
            give_challenge(d);
            break;
        case CSIGN_WANTS_SEND:
            send_some(d);
            break;
        case CSIGN_WANTS_BYTES:
            receive_some(d);
            break;
        case CSIGN_WANTS_REQUEST:
            return !has_hung_up(d);
        default:
            return false;
        }
    }
}

const char *dialogue_reason(const struct dialogue *d)
{
    return d->trouble[0] != '\0' ? d->trouble
                                 : status_sentence(csign_client_reason(&d->client));
}

void dialogue_end(struct dialogue *d)
{
    csign_client_wipe(&d->client);
    csign_wipe(d->bytes, sizeof d->bytes);
}
