/* SPDX-License-Identifier: MIT */
/* provision_meet.c: who is at the other end, and whether the plan is for it. */
#include "provision_run.h"

#include "message.h"
#include "moment.h"

#include <stdio.h>
#include <string.h>

#define HELLO_LEN 14
#define HINT_MS   4000 /* of silence, before the user is told what may help */

static bool read_hello(const struct provision_line *line, struct provision_hello *hello,
                       char *error, size_t error_size)
{
    const uint8_t *body = line->body;

    if (body[0] != PROVISION_DONE || line->len < 2 || body[1] != PROVISION_VERSION ||
        line->len < HELLO_LEN) {
        snprintf(error, error_size,
                 "the device speaks another version of provisioning; use "
                 "the countersign that its library came with");
        return false;
    }
    *hello = (struct provision_hello){.version = body[1],
                                      .state = body[2],
                                      .is_granted = (body[3] & 1) != 0,
                                      .hash = body[4],
                                      .digest_size = body[5],
                                      .is_sealed = body[6] != 0,
                                      .wake = body[7],
                                      .challenge = body[8],
                                      .tag = body[9],
                                      .slots = body[11],
                                      .id_max = body[12]};
    return true;
}

bool provision_meet(struct provision_line *line, unsigned patience_ms,
                    struct provision_hello *hello, char *error, size_t error_size)
{
    uint64_t began = moment_ms();
    bool has_hinted = false;

    while (!line->is_gone && moment_ms() - began < patience_ms) {
        if (provision_line_hello(line))
            return read_hello(line, hello, error, error_size);
        if (!has_hinted && moment_ms() - began >= HINT_MS) {
            complain("provision: no answer yet; press the device's reset button");
            has_hinted = true;
        }
    }
    snprintf(error, error_size,
             line->is_gone
                 ? "the line is gone; plug the device in again"
                 : "no device answers; is its sketch one that can be provisioned, "
                   "and is the baud rate the sketch's?");
    return false;
}

static bool refuse(char *error, size_t error_size, const char *what)
{
    snprintf(error, error_size, "%s", what);
    return false;
}

static bool refuse_setting(const char *name, unsigned there, unsigned here, char *error,
                           size_t error_size)
{
    snprintf(error, error_size,
             "the device was built with %s %u, the device file says %u; build its sketch "
             "with the header that countersign header makes",
             name, there, here);
    return false;
}

static const char *hash_name(const struct provision_hello *hello)
{
    static const csign_hash *const hashes[] = {&csign_sha256, &csign_blake2s, &csign_sha1,
                                               &csign_sha512};
    static const char *const names[] = {"sha256", "blake2s", "sha1", "sha512"};

    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (hashes[i]->id == hello->hash && hashes[i]->digest_size == hello->digest_size)
            return names[i];
    }
    return "another hash";
}

static bool is_built_alike(const struct provision_hello *hello,
                           const struct device_file *file, char *error, size_t error_size)
{
    if (hello->is_sealed != file->is_sealed)
        return refuse(error, error_size,
                      file->is_sealed ? "the device is classic, the device file sealed"
                                      : "the device is sealed, the device file classic");
    if (strcmp(hash_name(hello), file->hash_name) != 0) {
        snprintf(
            error, error_size,
            "the device computes %s, the device file says %s; build its sketch with the "
            "header that countersign header makes",
            hash_name(hello), file->hash_name);
        return false;
    }
    if (hello->wake != file->wake)
        return refuse_setting("wake", hello->wake, file->wake, error, error_size);
    if (hello->challenge != file->challenge)
        return refuse_setting("challenge", hello->challenge, file->challenge, error,
                              error_size);
    if (file->is_sealed && hello->tag != file->tag)
        return refuse_setting("tag", hello->tag, file->tag, error, error_size);
    return true;
}

static bool has_room(const struct provision_hello *hello,
                     const struct provision_plan *plan, char *error, size_t error_size)
{
    const struct provision_key *last = &plan->keys[plan->count - 1];

    if (strlen(plan->file.id) > hello->id_max)
        return refuse(error, error_size, "the id is longer than the device can store");
    if (last->slot < hello->slots)
        return true;
    snprintf(error, error_size,
             "the device has %u key slots, counted from 0; the keys need one up to %u",
             hello->slots, last->slot);
    return false;
}

static bool is_free(const struct provision_hello *hello, bool may_replace, char *error,
                    size_t error_size)
{
    bool is_provisioned =
        hello->state == PROVISION_IS_READY || hello->state == PROVISION_IS_SERVING;

    if (is_provisioned && !hello->is_granted)
        return refuse(
            error, error_size,
            "the device is provisioned already; it allows it again only to who "
            "has it in hand: set its jumper or hold its button while it starts, "
            "as its sketch says");
    if (hello->state == PROVISION_IS_FOREIGN && !may_replace)
        return refuse(error, error_size,
                      "the device's memory holds data of another program; with --foreign "
                      "they are overwritten");
    return true;
}

bool provision_fits(const struct provision_hello *hello,
                    const struct provision_plan *plan, bool may_replace, char *error,
                    size_t error_size)
{
    return is_free(hello, may_replace, error, error_size) &&
           is_built_alike(hello, &plan->file, error, error_size) &&
           has_room(hello, plan, error, error_size);
}
