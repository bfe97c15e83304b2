/* SPDX-License-Identifier: MIT */
#include "cause.h"

#include <stddef.h>

static const struct {
    enum cause cause;
    const char *word;
} words[] = {
    {CAUSE_FILE, "device-file"},
    {CAUSE_KEY, "key"},
    {CAUSE_UNLISTED, "key-unlisted"},
    {CAUSE_OVERLAP, "overlap"},
    {CAUSE_STATE, "state-file"},
    {CAUSE_NAME, "name"},
    {CAUSE_REFUSED, "nothing-listens"},
    {CAUSE_UNREACHED, "unreached"},
    {CAUSE_ABSENT, "absent"},
    {CAUSE_PERMISSION, "permission"},
    {CAUSE_BUSY, "line-busy"},
    {CAUSE_NO_LINE, "no-line"},
    {CAUSE_HUNG_UP, "hung-up"},
    {CAUSE_SILENT, "no-challenge"},
    {CAUSE_STRANGER, "stranger"},
    {CAUSE_WAKE, "wake-length"},
    {CAUSE_CHALLENGE, "challenge-length"},
    {CAUSE_PROFILE, "profile"},
    {CAUSE_TAG, "tag-length"},
    {CAUSE_HASH, "hash"},
    {CAUSE_PAYLOAD, "payload"},
    {CAUSE_REPEATED, "repeated-challenge"},
    {CAUSE_REFUSES, "refused"},
    {CAUSE_ID, "id"},
    {CAUSE_REPLY, "wrong-reply"},
    {CAUSE_SLOW, "slow"},
    {CAUSE_NO_COMMAND, "no-command"},
    {CAUSE_NOT_ALLOWED, "not-allowed"},
    {CAUSE_ARGUMENTS, "bad-arguments"},
    {CAUSE_FAILED, "failed"},
    {CAUSE_WAITS_LONGER, "waits-longer"},
    {CAUSE_WAITS_LESS, "waits-less"},
};

const char *cause_word(enum cause cause)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].cause == cause)
            return words[i].word;
    }
    return "unnamed";
}
