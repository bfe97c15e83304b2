/* SPDX-License-Identifier: MIT */
/* doctor_challenge.c: the way to the device, and its first message. */
#define _DEFAULT_SOURCE 1

#include "doctor.h"

#include "moment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CHALLENGE_MS 3000 /* no device takes longer */
#define QUIET_MS     200  /* behind a challenge */
#define PAUSE_MIN_MS 100  /* in which a board has made a challenge, or refused */
#define PAUSE_MAX_MS 1000
#define LINE_TRIES   3
#define WAKE_MAX     255 /* classic's */
#define TEXT_MIN     8   /* bytes; fewer of a challenge may be letters by chance */

static const struct {
    int failure;
    enum cause cause;
    const char *cure;
} failures[] = {
    {0, CAUSE_NAME, "correct the host in address, or write the device's number there"},
    {ECONNREFUSED, CAUSE_REFUSED,
     "start the device, provision it if it is a new board, and compare the port: another "
     "program may hold the address"},
    {ENOENT, CAUSE_ABSENT, "start the device, or plug it in, and compare the path"},
    {ENXIO, CAUSE_ABSENT, "plug the device in, and compare the path"},
    {ENODEV, CAUSE_ABSENT, "plug the device in, and compare the path"},
    {EACCES, CAUSE_PERMISSION,
     "let this user use it: a serial line by sudo adduser USER dialout and a new "
     "login, a socket by its group"},
    {EPERM, CAUSE_PERMISSION, "let this user use it"},
    {EBUSY, CAUSE_BUSY, "end the program that has the line, such as a serial monitor"},
    {ENOTTY, CAUSE_NO_LINE, "name a serial line's device, such as /dev/ttyUSB0"},
    {EINVAL, CAUSE_NO_LINE, "take a baud rate that the line knows, on both sides"},
};

/* Always false. */
static bool tell_failure(struct doctor *d, int failure, const char *error)
{
    enum cause cause = CAUSE_UNREACHED;
    const char *cure =
        "look at cable, power and the device's own address; is it in this network?";

    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        if (failures[i].failure == failure) {
            cause = failures[i].cause;
            cure = failures[i].cure;
        }
    }
    doctor_found(d, cause, cure, "%s", error);
    return false;
}

static void learn_pause(struct doctor *d, uint64_t ms)
{
    uint64_t pause = 4 * ms + PAUSE_MIN_MS;

    d->pause_ms = (uint32_t)(pause > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause);
}

bool doctor_connect(struct doctor *d, struct wire *w)
{
    uint64_t began = moment_ms();
    char error[1024];

    if (!wire_open(w, &d->session.file.address, d->options->timeout_ms,
                   d->was_reached ? WIRE_AGAIN_MS : 0, error, sizeof error))
        return tell_failure(d, errno, error);
    if (!d->was_reached)
        learn_pause(d, moment_ms() - began);
    d->was_reached = true;
    return true;
}

bool doctor_wake(struct doctor *d, struct wire *w)
{
    uint32_t timeout_ms = d->options->timeout_ms;

    if (!doctor_connect(d, w))
        return false;
    w->woken_at = moment_ms();
    wire_send_random(w, d->session.file.wake);
    wire_listen(w, d->has_challenge ? d->session.file.challenge : WIRE_ALL,
                timeout_ms < CHALLENGE_MS ? timeout_ms : CHALLENGE_MS, QUIET_MS);
    return w->len == d->session.file.challenge && !w->is_closed;
}

unsigned doctor_least(struct doctor *d, unsigned low, unsigned high,
                      bool (*holds)(struct doctor *d, unsigned number))
{
    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (holds(d, middle))
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

/* Whether k bytes of wake are enough for a challenge. */
static bool wakes(struct doctor *d, unsigned k)
{
    struct wire w;

    if (doctor_connect(d, &w)) {
        wire_send_random(&w, k);
        wire_listen(&w, 1, d->pause_ms, 0);
    }
    wire_close(&w);
    return w.len > 0;
}

static bool take_wake(struct doctor *d, unsigned wake)
{
    struct device_file *file = &d->session.file;

    doctor_found_length(d, CAUSE_WAKE, "wake", "wake has", wake, file->wake);
    file->wake = (uint8_t)wake;
    return true;
}

bool doctor_wake_is_shorter(struct doctor *d)
{
    unsigned wake = d->session.file.wake;
    unsigned least = doctor_least(d, 0, wake, wakes);

    return least < wake && take_wake(d, least);
}

/* Nothing came for the whole wake. */
static bool find_longer_wake(struct doctor *d)
{
    unsigned wake = d->session.file.wake;

    return wake < WAKE_MAX && wakes(d, WAKE_MAX) &&
           take_wake(d, doctor_least(d, wake + 1, WAKE_MAX, wakes));
}

static bool is_text(const struct wire *w)
{
    size_t kept = w->len < sizeof w->bytes ? w->len : sizeof w->bytes;

    if (w->len < TEXT_MIN)
        return false;
    for (size_t i = 0; i < kept; i++) {
        bool is_space = w->bytes[i] == '\n' || w->bytes[i] == '\r' || w->bytes[i] == '\t';

        if (!is_space && (w->bytes[i] < 0x20 || w->bytes[i] > 0x7e))
            return false;
    }
    return true;
}

/* Bytes came, but not as many as the file says. */
static bool judge_length(struct doctor *d, const struct wire *w)
{
    struct device_file *file = &d->session.file;

    if (w->len > CSIGN_CHALLENGE_MAX || is_text(w)) {
        doctor_found(d, CAUSE_STRANGER,
                     "compare the address: another program answers there",
                     "what answers there is no Countersign device: it sends %s",
                     is_text(w) ? "text" : "more than a challenge can have");
        return false;
    }
    doctor_found_length(d, CAUSE_CHALLENGE, "challenge", "challenge has",
                        (unsigned)w->len, file->challenge);
    file->challenge = (uint8_t)w->len;
    return true;
}

static bool tell_silence(struct doctor *d, const struct wire *w)
{
    bool is_line = d->session.file.address.kind == ADDRESS_SERIAL;

    if (w->is_closed)
        doctor_found(
            d, CAUSE_HUNG_UP,
            "provision it if it is new; else wait for a free place and look at its log",
            "the device hangs up before it gives a challenge: it has no key, or no "
            "place free, or is no such device");
    else if (is_line)
        doctor_found(
            d, CAUSE_SILENT,
            "provision it if it is a new board; else compare baud, the wires (TX to RX, "
            "both grounds) and wake; a board that resets at opening may need a longer "
            "boot=MS",
            "no challenge comes over the line");
    else
        doctor_found(
            d, CAUSE_SILENT,
            "look whether the program there is a Countersign device, and whether it runs",
            "something takes the connection there and gives no challenge");
    return false;
}

/* What came for the wake; a line's device may have been busy with what it took for one.
 */
static bool hear_once(struct doctor *d, struct wire *w, uint64_t *ms)
{
    unsigned tries = d->session.file.address.kind == ADDRESS_SERIAL ? LINE_TRIES : 1;

    do {
        if (!doctor_wake(d, w) && w->fd < 0)
            return false;
        *ms = w->len > 0 ? w->heard_at - w->woken_at : 0;
        if (w->len == 0)
            wire_close(w);
    } while (w->len == 0 && --tries > 0);
    return true;
}

/* The same with the wake that the device takes, if that is a longer one. Once only: who
 * gives no challenge for that is no device, and could go on with a longer one for
 * minutes. */
static bool hear(struct doctor *d, struct wire *w, uint64_t *ms)
{
    bool is_line = d->session.file.address.kind == ADDRESS_SERIAL;
    bool is_reached = hear_once(d, w, ms);

    wire_close(w);
    if (!is_reached || w->len > 0 || is_line || !find_longer_wake(d))
        return is_reached;
    is_reached = hear_once(d, w, ms);
    wire_close(w);
    return is_reached;
}

bool doctor_challenge(struct doctor *d)
{
    struct wire w;
    uint64_t ms = 0;

    if (!hear(d, &w, &ms))
        return false;
    if (w.len == 0)
        return tell_silence(d, &w);
    if (w.len != d->session.file.challenge && !judge_length(d, &w))
        return false;
    d->has_challenge = true;
    memcpy(d->challenge, w.bytes, d->session.file.challenge);
    doctor_ok("challenge", "%zu bytes after %u ms", w.len, (unsigned)ms);
    return true;
}
