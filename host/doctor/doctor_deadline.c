/* SPDX-License-Identifier: MIT */
/* doctor_deadline.c: the device's clock. A client takes it for certain that a request can
 * no longer run a deadline after its challenge (docs/protocol.md, section 6). */
#include "doctor.h"

#include "moment.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_MS 20000 /* that is waited for */
#define SLACK_MS   150   /* of the way and of this machine */

static void tell_longer(struct doctor *d, const char *waited)
{
    doctor_found(
        d, CAUSE_WAITS_LONGER,
        "set deadline on both sides alike; a board whose clock is slow by more than 1.5 "
        "per cent needs a crystal, or a longer deadline in the file",
        "the device waits %s for a request, the file says %u ms: what send calls "
        "impossible may still run",
        waited, (unsigned)d->session.file.deadline_ms);
}

static void judge(struct doctor *d, const struct wire *w, uint32_t ms)
{
    uint32_t deadline = d->session.file.deadline_ms;
    char waited[32];

    snprintf(waited, sizeof waited, "%u ms", (unsigned)ms);
    if (!w->is_closed)
        tell_longer(d, "longer than that");
    else if (ms > deadline + deadline / 64 + SLACK_MS)
        tell_longer(d, waited);
    else if (ms + SLACK_MS < deadline - deadline / 20)
        doctor_found(
            d, CAUSE_WAITS_LESS, "set deadline on both sides alike",
            "the device waits %s for a request, the file says %u ms: a slow link is "
            "refused",
            waited, (unsigned)deadline);
    else
        doctor_ok("deadline", "the device waits %s for a request", waited);
}

void doctor_deadline(struct doctor *d)
{
    const struct device_file *file = &d->session.file;
    struct wire w;
    bool is_awake;

    if (file->address.kind == ADDRESS_SERIAL) {
        doctor_skip("deadline", "a line does not show when the device gives up");
        return;
    }
    is_awake = doctor_wake(d, &w);
    if (is_awake && file->challenge >= 8 &&
        memcmp(w.bytes, d->challenge, file->challenge) == 0)
        doctor_found(
            d, CAUSE_REPEATED,
            "trust nothing of it until that is found: provision it anew, and make sure "
            "that it is your device which answers there",
            "the device gave the same challenge twice: recorded requests can run again");
    if (is_awake && file->deadline_ms > LONGEST_MS) {
        doctor_skip("deadline", "it is over 20 s");
    } else if (is_awake) {
        wire_listen(&w, WIRE_ALL,
                    file->deadline_ms + file->deadline_ms / 4U + 2U * SLACK_MS, 0);
        judge(d, &w, (uint32_t)((w.is_closed ? w.closed_at : moment_ms()) - w.heard_at));
    }
    wire_close(&w);
}
