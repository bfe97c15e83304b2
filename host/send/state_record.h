/* SPDX-License-Identifier: MIT */
/* state_record.h: what a sealed client keeps for `last` to settle an unknown outcome: the
 * tag of the request in doubt and when its time began.
 *
 * A record lies in one of two places of the state file, 512 bytes apart; the valid one
 * with the greater sequence number counts. A write goes to the other place and is synced,
 * so that a cut of power leaves the older record whole: its request is the newest one of
 * which a byte can have left. Numbers are big endian.
 *
 *     offset  bytes
 *          0      8  sequence number, from 1
 *          8      1  request in doubt: 0 none, 1 a connection's first one, 2 a further
 * one 9      1  1: a request is proven to have been the last one run 10      2  zeros 12
 * 4  ms in which the device may still run the request in doubt 16      8  when they
 * began: ms since the machine started 24      8  the same: ms since 1970, for people 32
 * 16  the same: which start of the machine (/proc/sys/kernel/random/boot_id) 48      8
 * tag of the request in doubt, its first 8 bytes 56      8  tag of the proven one 64 48
 * command of the request in doubt, cut, padded with zeros 112     48  command of the
 * proven one 160      8  FNV-1a, 64 bits, of the 160 bytes before
 */
#ifndef STATE_RECORD_H
#define STATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Countersign.h"
#include "moment.h"

#define STATE_RECORD_LEN     168
#define STATE_RECORD_A       512 /* offset in the file */
#define STATE_RECORD_B       1024
#define STATE_RECORD_COMMAND 48 /* bytes, with a terminating 0 */

enum state_doubt { STATE_DOUBT_NONE, STATE_DOUBT_FIRST, STATE_DOUBT_FURTHER };

struct state_record {
    uint64_t sequence;
    enum state_doubt doubt;
    bool has_proven;
    uint32_t limit_ms;
    struct moment start;
    uint8_t doubt_tag[CSIGN_LAST_LEN];
    uint8_t proven_tag[CSIGN_LAST_LEN];
    char doubt_command[STATE_RECORD_COMMAND];
    char proven_command[STATE_RECORD_COMMAND];
};

/* Notes a request that is about to leave. start: when the device's challenge, or the
 * reply before a further request, had arrived; deadline_ms: the protocol's D. */
void state_record_ask(struct state_record *record, const char *command,
                      const uint8_t *tag, bool is_first, const struct moment *start,
                      uint32_t deadline_ms);

/* The request in doubt is proven to have run: no request is in doubt any more. */
void state_record_prove(struct state_record *record);

/* Writes the STATE_RECORD_LEN bytes of record to bytes. */
void state_record_encode(const struct state_record *record, uint8_t *bytes);

/* Reads them; false when they are no record. */
bool state_record_decode(struct state_record *record, const uint8_t *bytes);

/* Reads the record that counts from the state file. False when there is none. */
bool state_record_load(struct state_record *record, int fd);

/* Gives record the next sequence number, writes it and waits until it is on the disk.
 * False with errno set when it is not; the record before is still there. */
bool state_record_store(struct state_record *record, int fd);

#endif
