/* SPDX-License-Identifier: MIT */
/* last.h: `countersign send FILE last`: whether the command in doubt has run. */
#ifndef LAST_H
#define LAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "send_options.h"
#include "send_output.h"
#include "session.h"

enum last_verdict { LAST_RAN, LAST_IS_ANOTHER, LAST_NOT_KNOWN };

/* What a proven reply to `last` says about the request that the record tells of: the one
 * in doubt or, when none is, the one that was proven last. */
enum last_verdict last_judge(const struct state_record *record, uint8_t status,
                             const uint8_t *data, size_t len);

/* Waits until the request in doubt can no longer run, asks the device, prints the
 * verdict. The state stays as it is. SEND_DONE: it ran; SEND_FAILED: it was not the last
 * one run; SEND_UNKNOWN: not known; SEND_NOT_SENT: the question did not leave. */
enum send_status send_last(struct session *session, const struct send_options *options);

#endif
