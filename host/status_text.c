/* SPDX-License-Identifier: MIT */
#include "status_text.h"

#include <stddef.h>

struct text {
    csign_status status;
    const char *word;
    const char *sentence;
};

static const struct text texts[] = {
    {CSIGN_OK, "ok", "all is well"},
    {CSIGN_E_ORDER, "order", "a call came out of order"},
    {CSIGN_E_LENGTH, "length", "too many or too few bytes for the configuration"},
    {CSIGN_E_SLOT, "no-slot", "there is no such key slot"},
    {CSIGN_E_SLOT_TAKEN, "slot-taken", "the key slot holds a key already"},
    {CSIGN_E_SLOT_EMPTY, "slot-empty", "the key slot holds no key"},
    {CSIGN_E_KEY_SHORT, "key-short", "the key is too short for the profile"},
    {CSIGN_E_KEY_KNOWN, "key-known", "another slot holds an equal key"},
    {CSIGN_E_LAST_ADMIN, "last-admin", "nobody could change keys any more"},
    {CSIGN_E_BUSY, "busy", "another key change is under way"},
    {CSIGN_E_EVICTED, "evicted", "closed to make room for another connection"},
    {CSIGN_E_STOPPED, "stopped", "closed because this side stops"},
    {CSIGN_E_SLOW, "slow", "this side took longer than the device waits"},
    {CSIGN_E_SEND, "send", "the connection broke"},
    {CSIGN_E_MEMORY, "memory", "a part of the configuration is missing"},
    {CSIGN_E_HASH, "hash", "the hash is not for this profile"},
    {CSIGN_E_WAKE, "wake-length", "the wake length is out of range"},
    {CSIGN_E_CHALLENGE, "challenge-length", "the challenge length is out of range"},
    {CSIGN_E_TAG_LENGTH, "tag-length", "the tag length is out of range"},
    {CSIGN_E_ID, "id", "the id is longer than 64 bytes"},
    {CSIGN_E_REQUEST_MAX, "request-max", "there is no room for a request"},
    {CSIGN_E_REPLY_MAX, "reply-max", "there is no room for a reply"},
    {CSIGN_E_DEADLINE, "deadline", "the deadline is zero"},
    {CSIGN_E_LINK_WAKE, "link-wake", "a serial line needs a wake of at least 1 byte"},
    {CSIGN_E_NO_COMMAND, "no-command", "there is no command"},
    {CSIGN_E_CODE_LENGTH, "code-length", "the code length is out of range"},
    {CSIGN_E_CODE_TWICE, "code-twice", "two commands have the same code"},
    {CSIGN_E_CODE_RESERVED, "code-reserved", "codes F0 to FF are the protocol's own"},
    {CSIGN_E_ANSWER_LENGTH, "answer-length", "the answer length is out of range"},
    {CSIGN_E_ANSWER_TWICE, "answer-twice", "two answers have the same code"},
    {CSIGN_E_ANSWER_OVERLAPS, "overlap", "an answer equals a command's code"},
    {CSIGN_E_SLOT_COUNT, "slot-count", "a device has 1 to 254 key slots"},
    {CSIGN_P_CLOSED, "closed", "the peer closed between two messages"},
    {CSIGN_P_CUT, "cut", "the peer closed before the message was whole"},
    {CSIGN_P_LATE, "late", "the peer missed the deadline"},
    {CSIGN_P_IDLE, "idle", "the peer sent no further request"},
    {CSIGN_P_SILENT, "silent", "the line fell silent inside an exchange"},
    {CSIGN_P_STUCK, "stuck", "the peer did not take what was sent to it"},
    {CSIGN_P_TAG, "wrong-tag", "the tag matches no key and command known here"},
    {CSIGN_P_EMPTY, "empty", "the peer announced a message of 0 bytes"},
    {CSIGN_P_TOO_LONG, "too-long", "the peer announced more bytes than the limit"},
    {CSIGN_P_REFLECTED, "reflected", "the peer sent the own request back"},
    {CSIGN_P_REPEATED, "repeated", "the peer repeated an old challenge"},
    {CSIGN_P_DROPPED, "dropped", "the connection's key was dropped"},
    {CSIGN_P_TALKS, "talks", "bytes came from a device that does not answer"},
};

static const struct text *find(csign_status status)
{
    static const struct text unknown = {CSIGN_OK, "unnamed", "a reason without a name"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].status == status)
            return &texts[i];
    }
    return &unknown;
}

const char *status_word(csign_status status)
{
    return find(status)->word;
}

const char *status_sentence(csign_status status)
{
    return find(status)->sentence;
}

const char *reply_status_word(uint8_t status)
{
    static const char *const words[] = {"done",        "no-command", "bad-arguments",
                                        "not-allowed", "failed",     "nothing"};

    if (status < sizeof words / sizeof *words)
        return words[status];
    return NULL;
}

const char *outcome_word(csign_outcome outcome)
{
    switch (outcome) {
    case CSIGN_OUTCOME_NOT_SENT:
        return "not-sent";
    case CSIGN_OUTCOME_SENT:
        return "sent";
    case CSIGN_OUTCOME_DONE:
        return "done";
    case CSIGN_OUTCOME_FAILED:
        return "failed";
    default:
        return "unknown";
    }
}
