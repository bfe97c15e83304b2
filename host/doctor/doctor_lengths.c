/* SPDX-License-Identifier: MIT */
/* doctor_lengths.c: what a device that refuses is set to. It hangs up as soon as it knows
 * that a request is wrong, and after how many bytes that is depends on profile and
 * lengths (docs/protocol.md, sections 3 and 5). The bytes are random, so nothing can run.
 * A serial line has nothing to hang up. */
#include "doctor.h"

#include <stdio.h>

#define TAG_MIN     16
#define TAG_MAX     32
#define SEARCH_MS   1200 /* a part of it; three and the device's deadline is near */
#define SEARCH_PART 4    /* of the file's deadline */

/* Whether the device hangs up at these bytes of a request within wait_ms: 1 or 0; -1: it
 * gives no challenge. */
static int hangs_up_at(struct doctor *d, const uint8_t *bytes, size_t len, size_t more,
                       uint32_t wait_ms)
{
    struct wire w;
    bool is_awake = doctor_wake(d, &w);

    if (is_awake) {
        wire_send(&w, bytes, len);
        wire_send_random(&w, more);
        wire_listen(&w, WIRE_ALL, wait_ms, 0);
    }
    wire_close(&w);
    return is_awake ? w.is_closed : -1;
}

/* A request of no bytes is refused at once in sealed; in classic it is the first byte of
 * a tag. */
static int is_sealed(struct doctor *d)
{
    static const uint8_t none[] = {0};

    return hangs_up_at(d, none, sizeof none, 0, d->pause_ms);
}

/* Whether a request of one byte is whole with t bytes of tag. */
static bool is_whole_with(struct doctor *d, unsigned t)
{
    static const uint8_t one[] = {1};

    return hangs_up_at(d, one, sizeof one, 1 + t, d->pause_ms) == 1;
}

/* After how many bytes of 20, 32 and 64 a classic device has a whole request; 0: none. */
static unsigned find_digest(struct doctor *d)
{
    static const unsigned lengths[] = {20, 32, 64};
    uint32_t part = d->session.file.deadline_ms / SEARCH_PART;
    unsigned sent = 0, found = 0;
    struct wire w;

    if (doctor_wake(d, &w)) {
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths && found == 0; i++) {
            wire_send_random(&w, lengths[i] - sent);
            sent = lengths[i];
            wire_listen(&w, WIRE_ALL, part < SEARCH_MS ? part : SEARCH_MS, 0);
            found = w.is_closed ? sent : 0;
        }
    }
    wire_close(&w);
    return found;
}

static enum doctor_difference compare_tags(struct doctor *d)
{
    struct device_file *file = &d->session.file;
    unsigned tag = doctor_least(d, TAG_MIN, TAG_MAX, is_whole_with);

    if (tag == file->tag)
        return DIFFERS_NOT;
    doctor_found_length(d, CAUSE_TAG, "tag", "tags have", tag, file->tag);
    file->tag = (uint8_t)tag;
    return DIFFERS_IN_LENGTH;
}

static enum doctor_difference compare_digests(struct doctor *d)
{
    static const char *const names[] = {"sha1", "sha256 or blake2s", "sha512"};
    const struct device_file *file = &d->session.file;
    unsigned digest = find_digest(d);

    if (digest == 0 || digest == file->hash->digest_size)
        return DIFFERS_NOT;
    doctor_found(
        d, CAUSE_HASH, "write the device's hash, or set the device to the file's",
        "the device's hash is %s, the file says %s", names[digest / 32], file->hash_name);
    return DIFFERS_IN_KIND;
}

enum doctor_difference doctor_lengths(struct doctor *d)
{
    const struct device_file *file = &d->session.file;
    int sealed;

    if (file->address.kind == ADDRESS_SERIAL)
        return DIFFERS_NOT;
    if (doctor_wake_is_shorter(d))
        return DIFFERS_IN_LENGTH;
    sealed = is_sealed(d);
    if (sealed < 0)
        return DIFFERS_NOT;
    if (sealed != file->is_sealed) {
        doctor_found(d, CAUSE_PROFILE,
                     "write the device's profile, or set the device to the file's",
                     "the device speaks %s, the file says %s",
                     sealed ? "sealed" : "classic",
                     file->is_sealed ? "sealed" : "classic");
        return DIFFERS_IN_KIND;
    }
    return sealed ? compare_tags(d) : compare_digests(d);
}

/* Whether the device hangs up at a request that announces n bytes. */
static bool is_too_long(struct doctor *d, unsigned n)
{
    uint8_t byte = (uint8_t)n;

    return hangs_up_at(d, &byte, sizeof byte, 0, d->pause_ms) == 1;
}

void doctor_payload(struct doctor *d)
{
    const struct device_file *file = &d->session.file;
    unsigned payload = file->payload, takes;
    char cure[64];

    if (!file->is_sealed || file->address.kind == ADDRESS_SERIAL)
        return;
    if (!is_too_long(d, payload)) {
        doctor_ok("payload", "the device takes requests of %u bytes", payload);
        return;
    }
    takes = doctor_least(d, 1, payload, is_too_long) - 1;
    snprintf(cure, sizeof cure, "write payload = %u, or set the device to %u", takes,
             payload);
    doctor_found(d, CAUSE_PAYLOAD, cure,
                 "the device takes requests of %u bytes, the file allows %u", takes,
                 payload);
}
