/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "state_record.h"

#include "state_bytes.h"

#include <string.h>
#include <unistd.h>

#define CHECKED 160 /* bytes before the check */

void state_record_ask(struct state_record *record, const char *command,
                      const uint8_t *tag, bool is_first, const struct moment *start,
                      uint32_t deadline_ms)
{
    record->doubt = is_first ? STATE_DOUBT_FIRST : STATE_DOUBT_FURTHER;
    record->limit_ms = is_first ? deadline_ms : CSIGN_IDLE_MS + deadline_ms;
    record->start = *start;
    memcpy(record->doubt_tag, tag, CSIGN_LAST_LEN);
    memset(record->doubt_command, 0, sizeof record->doubt_command);
    memcpy(record->doubt_command, command,
           strnlen(command, sizeof record->doubt_command - 1));
}

void state_record_prove(struct state_record *record)
{
    record->doubt = STATE_DOUBT_NONE;
    record->has_proven = true;
    memcpy(record->proven_tag, record->doubt_tag, CSIGN_LAST_LEN);
    memcpy(record->proven_command, record->doubt_command, STATE_RECORD_COMMAND);
}

void state_record_encode(const struct state_record *record, uint8_t *bytes)
{
    memset(bytes, 0, STATE_RECORD_LEN);
    state_put(bytes, record->sequence, 8);
    bytes[8] = (uint8_t)record->doubt;
    bytes[9] = record->has_proven;
    state_put(bytes + 12, record->limit_ms, 4);
    state_put(bytes + 16, record->start.boot_ms, 8);
    state_put(bytes + 24, record->start.real_ms, 8);
    memcpy(bytes + 32, record->start.boot_id, MOMENT_BOOT_ID);
    memcpy(bytes + 48, record->doubt_tag, CSIGN_LAST_LEN);
    memcpy(bytes + 56, record->proven_tag, CSIGN_LAST_LEN);
    memcpy(bytes + 64, record->doubt_command, STATE_RECORD_COMMAND - 1);
    memcpy(bytes + 112, record->proven_command, STATE_RECORD_COMMAND - 1);
    state_put(bytes + CHECKED, state_check(bytes, CHECKED), 8);
}

bool state_record_decode(struct state_record *record, const uint8_t *bytes)
{
    memset(record, 0, sizeof *record);
    if (state_get(bytes + CHECKED, 8) != state_check(bytes, CHECKED) ||
        bytes[8] > STATE_DOUBT_FURTHER || bytes[9] > 1)
        return false;
    record->sequence = state_get(bytes, 8);
    record->doubt = (enum state_doubt)bytes[8];
    record->has_proven = bytes[9] == 1;
    record->limit_ms = (uint32_t)state_get(bytes + 12, 4);
    record->start.boot_ms = state_get(bytes + 16, 8);
    record->start.real_ms = state_get(bytes + 24, 8);
    memcpy(record->start.boot_id, bytes + 32, MOMENT_BOOT_ID);
    memcpy(record->doubt_tag, bytes + 48, CSIGN_LAST_LEN);
    memcpy(record->proven_tag, bytes + 56, CSIGN_LAST_LEN);
    memcpy(record->doubt_command, bytes + 64, STATE_RECORD_COMMAND - 1);
    memcpy(record->proven_command, bytes + 112, STATE_RECORD_COMMAND - 1);
    return true;
}

static bool load_from(struct state_record *record, int fd, off_t offset)
{
    uint8_t bytes[STATE_RECORD_LEN];

    return pread(fd, bytes, sizeof bytes, offset) == (ssize_t)sizeof bytes &&
           state_record_decode(record, bytes);
}

bool state_record_load(struct state_record *record, int fd)
{
    struct state_record b;
    bool has_a = load_from(record, fd, STATE_RECORD_A);
    bool has_b = load_from(&b, fd, STATE_RECORD_B);

    if (has_b && (!has_a || b.sequence > record->sequence))
        *record = b;
    return has_a || has_b;
}

bool state_record_store(struct state_record *record, int fd)
{
    uint8_t bytes[STATE_RECORD_LEN];
    struct state_record next = *record;

    /* Odd numbers go to A, even ones to B: never over the record that counts. */
    next.sequence++;
    state_record_encode(&next, bytes);
    if (!state_write(fd, bytes, sizeof bytes,
                     next.sequence % 2 == 1 ? STATE_RECORD_A : STATE_RECORD_B))
        return false;
    record->sequence = next.sequence;
    return true;
}
